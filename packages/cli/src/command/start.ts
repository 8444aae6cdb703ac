// `holdpoint start`: runs the server until it is told to stop.

import { startServer } from "@holdpoint/server";
import { CommandFailed } from "../output/exit-code.ts";
import { makeTerminal, type Terminal } from "../output/terminal.ts";

export interface StartOptions {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly policy?: string;
  readonly databaseUrl?: string;
  readonly dev: boolean;
  readonly quiet: boolean;
  readonly json?: boolean;
}

/** Resolves when the server has stopped. */
export async function start(options: StartOptions): Promise<void> {
  const terminal = makeTerminal({ json: options.json ?? false });
  const running = await startServer({
    port: options.port,
    host: options.host,
    dataDir: options.data,
    dev: options.dev,
    logLevel: options.quiet ? "silent" : "info",
    ...(options.policy !== undefined && { policyFile: options.policy }),
    ...(options.databaseUrl !== undefined && { databaseUrl: options.databaseUrl }),
  }).catch((error: unknown) => {
    throw startFault(error, options);
  });
  const stopped = untilSignal(terminal);
  announce(terminal, running.url, options);
  await stopped;
  await running.close();
}

function announce(terminal: Terminal, url: string, options: StartOptions): void {
  if (terminal.json) {
    const { dev: development } = options;
    terminal.print(JSON.stringify({ event: "listening", url, development, pid: process.pid }));
    return;
  }
  if (options.dev) {
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
  terminal.note("Stopping: what was acknowledged is kept, open calls are answered.");
  for (const name of names) process.once(name, () => process.exit(130));
}

function startFault(error: unknown, options: StartOptions): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (error.code === "EADDRINUSE") {
    return new CommandFailed(
      `port ${options.port} is taken; \`holdpoint doctor\` says by whom, \`--port 0\` takes a free one`,
    );
  }
  if (error.code === "EACCES") {
    return new CommandFailed(`port ${options.port} needs more rights; take one above 1023`);
  }
  return error;
}
