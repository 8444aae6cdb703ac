// The demo as a module (`runDemo`) and as a command: `node main.js --url http://localhost:8081 [--json]`.

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { reportText } from "./report.ts";
import { type DemoStep, runDemo } from "./run-demo.ts";

export { type DemoOptions, type DemoStep, runDemo } from "./run-demo.ts";
export { type DemoReport, reportText } from "./report.ts";

const usage = `Usage: node main.js [--url URL] [--key KEY] [--folder FOLDER] [--json]

  --url     the Holdpoint server (default: HOLDPOINT_URL, else http://localhost:8081)
  --key     an API key (default: HOLDPOINT_API_KEY); a development server needs none
  --folder  files and mails go to a new folder below it (default: the temporary folder)
  --json    one JSON object per line: steps, then {"done":true,"report":…}
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      key: { type: "string" },
      folder: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  }
  // A server that started this process with a channel to it takes it along when it ends.
  process.once("disconnect", () => stop.abort(new Error("the process that started it ended")));
  process.channel?.unref();
  const apiKey = values.key ?? process.env["HOLDPOINT_API_KEY"];
  try {
    const report = await runDemo({
      url: values.url ?? process.env["HOLDPOINT_URL"] ?? "http://localhost:8081",
      ...(apiKey !== undefined && { apiKey }),
      ...(values.folder !== undefined && { folder: values.folder }),
      onStep: (step: DemoStep) => print(values.json ? JSON.stringify(step) : `· ${step.text}`),
      signal: stop.signal,
    });
    print(values.json ? JSON.stringify({ done: true, report }) : `\n${reportText(report)}`);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (values.json) print(JSON.stringify({ done: true, report: null, error: message }));
    process.stderr.write(`The demo ended early: ${message}\n`);
    return 1;
  }
}

const started = process.argv[1];
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  });
}
