// `holdpoint doctor`: looks at what a server needs, one thing after the other, and says what to do.

import { CommandFailed } from "../output/exit-code.ts";
import { safeLine, type Style } from "../output/terminal.ts";
import {
  checkData,
  checkDatabase,
  checkNode,
  checkPolicyFile,
  checkPort,
  checkServer,
  type Finding,
} from "./diagnose.ts";
import { type GlobalOptions, openSession } from "./session.ts";

export interface DoctorOptions extends GlobalOptions {
  readonly port?: number;
  readonly host?: string;
  readonly data?: string;
  readonly policy?: string;
  readonly databaseUrl?: string;
}

/** What `holdpoint start` takes when nothing is said. */
const DEFAULTS = { port: 8081, host: "127.0.0.1", data: ".holdpoint" };

const STYLES: Readonly<Record<Finding["status"], readonly [string, Style]>> = {
  ok: ["✓", "green"],
  note: ["·", "dim"],
  failed: ["✗", "red"],
};

/** Ends with a failure when one of the checks fails. A server that does not run is no failure. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const { terminal, url, apiKey } = openSession(options);
  const findings: Finding[] = [
    checkNode(process.versions.node),
    options.databaseUrl === undefined
      ? await checkData(options.data ?? DEFAULTS.data)
      : await checkDatabase(options.databaseUrl),
    await checkPort(options.host ?? DEFAULTS.host, options.port ?? DEFAULTS.port),
    await checkServer(url, apiKey),
  ];
  if (options.policy !== undefined) findings.push(await checkPolicyFile(options.policy));
  const failed = findings.filter((finding) => finding.status === "failed");
  if (terminal.json) terminal.printJson({ ok: failed.length === 0, findings });
  else {
    for (const { status, what, detail } of findings) {
      const [sign, style] = STYLES[status];
      terminal.print(`${terminal.style(style, sign)} ${what.padEnd(9)} ${safeLine(detail)}`);
    }
  }
  if (failed.length === 0) return;
  const count = failed.length === 1 ? "1 thing does" : `${failed.length} things do`;
  throw new CommandFailed(terminal.json ? "" : `${count} not work`);
}
