// `holdpoint start`: runs the server until it is told to stop.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Config, configFromEnvironment, startServer } from "@holdpoint/server";
import { makeTerminal, type Terminal } from "../output/terminal.ts";
import { provideFirstKey } from "./first-key.ts";

/** Only what was said on the command line; the environment fills in the rest. */
export interface StartOptions {
  readonly port?: number;
  readonly host?: string;
  readonly data?: string;
  readonly policy?: string;
  readonly tools?: string;
  readonly people?: string;
  readonly databaseUrl?: string;
  readonly dev?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Resolves when the server has stopped. */
export async function start(options: StartOptions): Promise<void> {
  const terminal = makeTerminal({ json: options.json ?? false });
  const config = configOf(options);
  // Before the server, so that a signal during a long first start is not lost.
  const stopped = untilSignal(terminal);
  const server = await startServer(config, {
    onProgress: (sentence) => terminal.note(sentence),
    ...(terminal.json && { write: (line: string) => terminal.note(line) }),
  });
  if (config.dev !== true) await provideFirstKey(server.engine, config.dataDir, terminal);
  announce(terminal, server.url, config.dev === true);
  await stopped;
  await server.close();
}

function configOf(options: StartOptions): Partial<Config> {
  const set = { ...configFromEnvironment(process.env), ...flagsOf(options) };
  const demoPolicy = set.dev === true ? inRepository("examples/demo/policy.yaml") : null;
  const demoProgram = inRepository("examples/demo/dist/main.js");
  const consoleDir = inRepository("packages/console/dist", "index.html");
  return {
    ...(demoPolicy !== null && { firstPolicyFile: demoPolicy }),
    ...(demoProgram !== null && { demoProgram }),
    ...(consoleDir !== null && { consoleDir }),
    ...set,
  };
}

function flagsOf(options: StartOptions): Partial<Config> {
  return {
    ...(options.port !== undefined && { port: options.port }),
    ...(options.host !== undefined && { host: options.host }),
    ...(options.data !== undefined && { dataDir: options.data }),
    ...(options.policy !== undefined && { policyFile: options.policy }),
    ...(options.tools !== undefined && { toolsFile: options.tools }),
    ...(options.people !== undefined && { peopleFile: options.people }),
    ...(options.databaseUrl !== undefined && { databaseUrl: options.databaseUrl }),
    ...(options.dev === true && { dev: true }),
    ...(options.quiet === true && { logLevel: "silent" as const }),
  };
}

/** A file or folder of the repository that this package stands in; null when it is not there. */
function inRepository(place: string, witness?: string): string | null {
  const root = new URL("../../../../", import.meta.url);
  const found = fileURLToPath(new URL(place, root));
  return existsSync(witness === undefined ? found : `${found}/${witness}`) ? found : null;
}

function announce(terminal: Terminal, url: string, development: boolean): void {
  if (terminal.json) {
    terminal.print(JSON.stringify({ event: "listening", url, development, pid: process.pid }));
    return;
  }
  if (development) {
    const mark = terminal.style("yellow", "Development mode");
    terminal.print(`${mark}: everyone on this machine may propose and review, without signing in.`);
  }
  terminal.print(`Holdpoint listens at ${terminal.style("bold", url)}  (Ctrl+C stops it)`);
}

/** The first signal stops in order, the second at once. */
async function untilSignal(terminal: Terminal): Promise<void> {
  const names = ["SIGINT", "SIGTERM"] as const;
  await new Promise<void>((resolve) => {
    for (const name of names) process.once(name, () => resolve());
  });
  for (const name of names) process.once(name, () => process.exit(130));
  terminal.note("Stopping: what was acknowledged is kept, open calls are answered.");
}
