// A harness that works in a process of another Node than the one of the tests.

import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Harness, PassReport } from "./plan.ts";
import { bundle, outDirOf } from "./world.ts";

const here = path.dirname(fileURLToPath(import.meta.url));

export interface RemoteHarness extends Harness {
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (report: PassReport) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Runs a module of an example (below `test`) that exports `harness`, or another one by its name.
 *
 * @param node the program to run it with
 */
export async function remoteHarness(
  example: string,
  node: string,
  name = "harness",
): Promise<RemoteHarness> {
  const outDir = outDirOf(example);
  await mkdir(outDir, { recursive: true });
  const entry = path.join(outDir, `serve-${name}.ts`);
  const serve = JSON.stringify(path.join(here, "serve.ts"));
  const module = JSON.stringify(path.resolve(here, "../../examples", example, "test/harness.ts"));
  const text = `import { serveHarness } from ${serve};\nimport { ${name} } from ${module};\nawait serveHarness(${name});\n`;
  await writeFile(entry, text);
  const program = await bundle(entry, outDir, `serve-${name}.mjs`);
  const child = spawn(node, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => void child.on("close", () => resolve()));
  const waiting = new Map<number, Waiting>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith('{"id":')) return;
    const { id, report, error } = JSON.parse(line) as {
      id: number;
      report?: PassReport;
      error?: string;
    };
    if (report === undefined) waiting.get(id)?.reject(new Error(error));
    else waiting.get(id)?.resolve(report);
    waiting.delete(id);
  });
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error("the harness's process ended"));
  });
  let orders = 0;
  const order = (verb: string, plan: object): Promise<PassReport> =>
    new Promise((resolve, reject) => {
      const id = (orders += 1);
      waiting.set(id, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ id, verb, plan })}\n`);
    });
  return {
    start: (plan) => order("start", plan),
    resume: (plan) => order("resume", plan),
    async close() {
      child.stdin.end();
      child.kill();
      await ended;
    },
  };
}
