// A server with the policy of the adapters' tests, the people who decide, and agents in processes of their own.

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "@holdpoint/server";
import { build } from "vite";
import { call } from "../http.ts";
import { type PassReport, type Plan, type PlannedCall, policy } from "./plan.ts";

const here = path.dirname(fileURLToPath(import.meta.url));
const examples = path.resolve(here, "../../examples");

export interface World {
  readonly url: string;
  /** A run of an agent whose effects have a file of their own. */
  plan(calls: readonly PlannedCall[]): Plan;
  /** For what programs write. */
  readonly folder: string;
  /** What was done, a line each. */
  effects(plan: Plan): Promise<string[]>;
  /** Lets the server's time pass. */
  pass(ms: number): void;
  /** A person's answer: `approve`, `reject` or `modify`. */
  decide(jobId: string, verb: string, body?: object): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdpoint-adapters-"));
  const policyFile = path.join(folder, "policy.yaml");
  await writeFile(policyFile, policy);
  const dataDir = path.join(folder, "data");
  let aheadMs = 0;
  const server = await startServer(
    { port: 0, dataDir, policyFile, dev: true, logLevel: "silent" },
    { clock: { now: () => Date.now() + aheadMs } },
  );
  let runs = 0;
  return {
    url: server.url,
    folder,
    plan(calls) {
      const thread = `thread-${(runs += 1)}`;
      return { url: server.url, thread, effects: path.join(folder, `${thread}.txt`), calls };
    },
    effects: async ({ effects }) => linesOf(effects),
    pass(ms) {
      aheadMs += ms;
      server.engine.hub.work();
    },
    async decide(jobId, verb, body = {}) {
      const answer = await call(server.url, "POST", `/approvals/${jobId}/${verb}`, { body });
      if (answer.status !== 200) throw new Error(answer.text);
    },
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function linesOf(file: string): Promise<string[]> {
  try {
    return (await readFile(file, "utf8")).trimEnd().split("\n");
  } catch {
    return [];
  }
}

/** Runs a harness in a process of its own. */
export type Program = (verb: "start" | "resume", plan: Plan) => Promise<PassReport>;

/**
 * Builds the harness of an example (`test/harness.ts`) into a program, where the example's packages are found.
 *
 * @param example folder below `examples`
 */
export async function buildProgram(
  example: string,
  node: string = process.execPath,
): Promise<Program> {
  const outDir = outDirOf(example);
  await mkdir(outDir, { recursive: true });
  const entry = path.join(outDir, "entry.ts");
  const child = JSON.stringify(path.join(here, "child.ts"));
  const module = JSON.stringify(path.join(examples, example, "test", "harness.ts"));
  await writeFile(
    entry,
    `import { runChild } from ${child};\nimport { harness } from ${module};\nawait runChild(harness);\n`,
  );
  const program = await bundle(entry, outDir, "program.mjs");
  return (verb, plan) => runProgram(node, program, verb, plan);
}

export function outDirOf(example: string): string {
  return path.join(examples, example, "node_modules", ".holdpoint");
}

export async function bundle(entry: string, outDir: string, name: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: "warn",
    ssr: { external: true },
    build: {
      ssr: entry,
      outDir,
      emptyOutDir: false,
      target: "node20",
      rolldownOptions: {
        // Every package is found beside the example, as its user has it.
        external: (id) => !id.startsWith(".") && !path.isAbsolute(id),
        output: { entryFileNames: name },
      },
    },
  });
  return path.join(outDir, name);
}

/** A running program of an example. */
export interface Running {
  /** The first line that fits, as soon as it is printed. Fails when the program ends without it. */
  line(pattern: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Runs the program of an example (`agent.ts`) as its read-me says, against a server of the tests.
 *
 * @param folder where it writes its files
 */
export async function runExample(
  example: string,
  args: readonly string[],
  {
    url,
    folder,
    node = process.execPath,
    env = {},
    file = "agent",
  }: {
    url: string;
    folder: string;
    node?: string;
    env?: Readonly<Record<string, string>>;
    file?: string;
  },
): Promise<Running> {
  const entry = path.join(examples, example, `${file}.ts`);
  const program = await bundle(entry, outDirOf(example), `${file}.mjs`);
  const child = spawn(node, [program, ...args], {
    cwd: folder,
    env: { ...process.env, HOLDPOINT_URL: url, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => void child.on("close", () => resolve()));
  let text = "";
  const look: (() => void)[] = [];
  const add = (chunk: Buffer): void => {
    text += chunk.toString("utf8");
    for (const one of look) one();
  };
  child.stdout.on("data", add);
  child.stderr.on("data", add);
  return {
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const find = (): void => {
          const found = text.split("\n").find((line) => pattern.test(line));
          if (found !== undefined) resolve(found);
        };
        look.push(find);
        find();
        void ended.then(() =>
          reject(new Error(`the example ended without ${String(pattern)}: ${text}`)),
        );
      }),
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function runProgram(node: string, program: string, verb: string, plan: Plan): Promise<PassReport> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [program, verb, JSON.stringify(plan)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => void out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => void errors.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      const last = Buffer.concat(out).toString("utf8").trimEnd().split("\n").at(-1) ?? "";
      if (code === 0) resolve(JSON.parse(last) as PassReport);
      else
        reject(
          new Error(
            `the agent's process ended with ${code}: ${Buffer.concat(errors).toString("utf8")}`,
          ),
        );
    });
  });
}
