// The SDK as a user has it: installed from its tarball into an empty folder, without anything else of this repository.

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLine, stopLine, type Line } from "./line-world.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const sizeMax = 40_000;

/** Empty, and not below the repository: nothing of it is found from there. */
const folder = mkdtempSync(path.join(tmpdir(), "holdpoint-packed-"));
const installed = path.join(folder, "node_modules", "@holdpoint", "sdk");
let line: Line;

beforeAll(async () => {
  const { stdout } = await run(process.execPath, ["tools/pack-sdk.mjs", folder], { cwd: root });
  writeFileSync(path.join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const args = ["install", "--offline", "--no-audit", "--no-fund", stdout.trim()];
  await run("npm", args, { cwd: folder });
  line = await startLine();
}, 120_000);

afterAll(async () => {
  await stopLine(line);
  rmSync(folder, { recursive: true, force: true });
});

function manifest(): { exports: Record<string, string>; dependencies?: object } {
  return JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8")) as never;
}

async function tsc(at: string, files: readonly string[], options: object = {}): Promise<string> {
  const config = path.join(at, "tsconfig.json");
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023", "dom"],
    module: "nodenext",
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    ...options,
  };
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  const bin = path.join(
    path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
    "bin",
    "tsc",
  );
  const { stdout } = await run(process.execPath, [bin, "-p", config], { cwd: at }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

test("it brings nothing along, and every entry has its code and its types", () => {
  expect(
    readdirSync(path.join(folder, "node_modules")).filter((name) => !name.startsWith(".")),
  ).toEqual(["@holdpoint"]);
  expect(readdirSync(path.join(folder, "node_modules", "@holdpoint"))).toEqual(["sdk"]);
  expect(manifest().dependencies).toBeUndefined();
  for (const file of Object.values(manifest().exports)) {
    readFileSync(path.join(installed, file));
    readFileSync(path.join(installed, file.replace(/\.js$/, ".d.ts")));
  }
});

test("a program of another folder guards a tool with it", async () => {
  const program = `
    import { ActionDenied, Holdpoint } from "@holdpoint/sdk";
    import { resume } from "@holdpoint/sdk/ag-ui";
    import { verifyWebhook } from "@holdpoint/sdk/webhook";
    const hp = new Holdpoint();
    const read = hp.guard(({ file }) => "content of " + file, { topic: "job.files.read" });
    const drop = hp.guard(() => "gone", { topic: "job.db.drop" });
    const said = [await read({ file: "a.txt" })];
    await drop({}).catch((error) => said.push(error instanceof ActionDenied && error.reason));
    console.log(JSON.stringify([...said, typeof resume, typeof verifyWebhook]));
  `;
  const file = path.join(folder, "program.js");
  writeFileSync(file, program);
  const env = { ...process.env, HOLDPOINT_URL: `http://127.0.0.1:${line.server.port}` };
  const { stdout } = await run(process.execPath, [file], { cwd: folder, env });

  expect(JSON.parse(stdout)).toEqual([
    "content of a.txt",
    "Dropping a database is never automated",
    "function",
    "function",
  ]);
});

test("what it loads only when it decides by itself is inside of it too, with the licences of others", async () => {
  const program = `
    import { Holdpoint } from "@holdpoint/sdk";
    const hp = new Holdpoint({ local: { spoolDir: "spool" } });
    await hp.local.ready();
    const read = hp.guard(({ file }) => "content of " + file, { topic: "job.files.read" });
    console.log(await read({ file: "a.txt" }), JSON.stringify(hp.local.status()));
    hp.close();
  `;
  const file = path.join(folder, "local.js");
  writeFileSync(file, program);
  const env = { ...process.env, HOLDPOINT_URL: `http://127.0.0.1:${line.server.port}` };
  const { stdout } = await run(process.execPath, [file], { cwd: folder, env });

  expect(stdout).toContain("content of a.txt");
  expect(stdout).toContain(`"decided":1`);
  expect(readFileSync(path.join(installed, "THIRD-PARTY.md"), "utf8")).toContain("re2js");
});

test("its types stand alone, and hold callers to them", async () => {
  const right = `
    import { Holdpoint, type CallOutcome, Interrupted, type JobView } from "@holdpoint/sdk";
    import { interruptOf, type Interrupt } from "@holdpoint/sdk/ag-ui";
    import { humanInterruptOf } from "@holdpoint/sdk/agent-inbox";
    import { decisionsOf } from "@holdpoint/sdk/langchain-hitl";
    import { verifyWebhook, type RunReady } from "@holdpoint/sdk/webhook";
    const hp = new Holdpoint({ url: "http://localhost:8081" });
    const pay = hp.guard(async (p: { amount: number }) => p.amount * 2, { topic: "job.payment.refund" });
    export const twice: number = await pay({ amount: 2 });
    export const job: JobView = await hp.propose({ topic: "a.b" });
    export const state: "APPROVAL" | "APPROVED" = job.job.state === "APPROVAL" ? job.job.state : "APPROVED";
    export const shown: Interrupt = interruptOf(job);
    export const outcomes: CallOutcome[] = await hp.interrupt([{ topic: "a.b" }], { run: "r", thread: "t", state: {} });
    export const all: JobView[] = await hp.wait([job]);
    for await (const one of hp.wait([job], { mode: "each" })) one.job_hash satisfies string;
    export { decisionsOf, humanInterruptOf, Interrupted, verifyWebhook, type RunReady };
  `;
  const wrong = `
    import { Holdpoint } from "@holdpoint/sdk";
    const hp = new Holdpoint();
    export const job = await hp.propose({ subject: "a.b" });
    export const state: "HELD" = job.job.state;
    export const one: number = await hp.interrupt({ topic: "a.b" }, { run: "r", state: {} });
    export const trace: number = job.trace;
  `;
  writeFileSync(path.join(folder, "right.ts"), right);
  writeFileSync(path.join(folder, "wrong.ts"), wrong);

  expect(await tsc(folder, ["right.ts"])).toBe("");
  const faults = (await tsc(folder, ["wrong.ts"])).matchAll(/^wrong\.ts\((\d+),/gm);
  expect([...new Set([...faults].map(([, at]) => at))]).toEqual(["4", "5", "6", "7"]);
});

test("each type of the wire in it is the one that the server's schema says", async () => {
  const wireFolder = path.join(root, "packages", "core", "dist", "wire");
  const places = new Map<string, string>();
  for (const file of readdirSync(wireFolder).filter((name) => name.endsWith(".d.ts"))) {
    const text = readFileSync(path.join(wireFolder, file), "utf8");
    for (const [, name = ""] of text.matchAll(/^export type (\w+) = z\.infer/gm)) {
      places.set(name, file.replace(/\.d\.ts$/, ""));
    }
  }
  const packed = readFileSync(path.join(installed, "dist", "core", "wire.d.ts"), "utf8");
  const names = [...packed.matchAll(/^export type (\w+) =/gm)].map(([, name = ""]) => name);
  // Below the repository, where core is found.
  const at = mkdtempSync(path.join(root, ".cache", "packed-types-"));
  try {
    writeFileSync(path.join(at, "package.json"), '{ "type": "module" }');
    mkdirSync(path.join(at, "base", "json"), { recursive: true });
    const value = path.join(installed, "dist", "core", "base", "json", "value.d.ts");
    writeFileSync(path.join(at, "base", "json", "value.d.ts"), readFileSync(value));
    writeFileSync(path.join(at, "wire.d.ts"), packed);
    const lines = names.map(
      (name) => `
        import type { ${name} as Core${name} } from "@holdpoint/core/wire/${places.get(name)}";
        import type { ${name} } from "./wire.js";
        export const from${name} = (value: Core${name}): ${name} => value;
        export const to${name} = (value: ${name}): Core${name} => value;`,
    );
    writeFileSync(path.join(at, "same.ts"), lines.join(""));

    expect(names).toContain("JobView");
    expect(await tsc(at, ["same.ts"], { skipLibCheck: true })).toBe("");
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
});

test("what every program loads of it is small, and is of the SDK and the pure core alone", async () => {
  const bundled = await build({
    configFile: false,
    logLevel: "silent",
    ssr: { noExternal: true },
    build: {
      ssr: true,
      write: false,
      minify: true,
      rolldownOptions: { input: path.join(installed, "dist", "index.js") },
    },
  });
  const chunks = [bundled].flat().flatMap((one) => ("output" in one ? one.output : []));
  const code = new Map(chunks.map((one) => [one.fileName, one.type === "chunk" ? one : null]));
  const loaded = new Set<string>();
  const waiting = chunks.flatMap((one) =>
    one.type === "chunk" && one.isEntry ? [one.fileName] : [],
  );
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    waiting.push(...(code.get(next)?.imports ?? []).filter((name) => code.has(name)));
  }
  const text = [...loaded].map((name) => code.get(name)?.code ?? "").join("\n");
  const bytes = gzipSync(text).length;

  expect(bytes).toBeGreaterThan(5_000);
  expect(bytes).toBeLessThanOrEqual(sizeMax);
  const sources = readdirSync(path.join(installed, "dist"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".js"))
    .flatMap((name) => [
      ...readFileSync(path.join(installed, "dist", name), "utf8").matchAll(
        /^\/\/(?:#region)? ((?:\.\.\/)*packages\/\S+)/gm,
      ),
    ])
    .map(([, source = ""]) => source.replace(/^(\.\.\/)*/, ""));
  expect(sources.length).toBeGreaterThan(20);
  expect(sources.filter((source) => !/^packages\/(sdk|core)\//.test(source))).toEqual([]);
});
