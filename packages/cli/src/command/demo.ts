// `holdpoint demo`: runs the demo agent against a server; people decide in the console or with this command.

import { safeLine } from "../output/terminal.ts";
import { CommandFailed } from "../output/exit-code.ts";
import { type GlobalOptions, openSession } from "./session.ts";

/** What this needs of the demo package, which is installed with the repository only. */
interface DemoPackage {
  runDemo(options: {
    readonly url: string;
    readonly apiKey?: string;
    readonly folder?: string;
    readonly onStep?: (step: { text: string; jobId?: string; state?: string }) => void;
    readonly signal?: AbortSignal;
  }): Promise<unknown>;
  reportText(report: unknown): string;
}

const PACKAGE = "@holdpoint/demo";

export async function demo(options: GlobalOptions & { readonly folder?: string }): Promise<void> {
  const { url, apiKey, terminal } = openSession(options);
  const agent = await load();
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => stop.abort(new CommandFailed(`stopped by ${name}`)));
  }
  if (!terminal.json) terminal.print(`The agent asks ${url}; answer its cards there.`);
  const report = await agent.runDemo({
    url,
    signal: stop.signal,
    ...(apiKey !== undefined && { apiKey }),
    ...(options.folder !== undefined && { folder: options.folder }),
    onStep: (step) =>
      terminal.print(terminal.json ? JSON.stringify(step) : `· ${safeLine(step.text)}`),
  });
  if (terminal.json) terminal.print(JSON.stringify({ done: true, report }));
  else terminal.print(`\n${agent.reportText(report)}`);
}

async function load(): Promise<DemoPackage> {
  try {
    return (await import(PACKAGE)) as DemoPackage;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailed(`the demo is part of the repository and not installed here: ${why}`);
  }
}
