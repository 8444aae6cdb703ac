// `holdpoint import cordum FILE`: a policy of ours from a safety policy of Cordum, without a server.

import { writeFile } from "node:fs/promises";
import { importCordum, type Loss } from "@holdpoint/core/cordum/import";
import { CommandFailed } from "../output/exit-code.ts";
import { safeLine } from "../output/terminal.ts";
import { readText } from "./input.ts";
import { type GlobalOptions, openSession } from "./session.ts";

export interface ImportOptions extends GlobalOptions {
  readonly out?: string;
  readonly acceptLoss?: readonly Loss[];
}

/** Findings go to standard error, so that the policy alone can be piped on. */
export async function importFile(file: string, options: ImportOptions): Promise<void> {
  const { terminal } = openSession(options);
  const imported = importCordum(await readText(file), new Set(options.acceptLoss ?? []));
  const { yaml, findings, rules } = imported;
  if (terminal.json) terminal.printJson({ ok: yaml !== null, file, rules, findings, policy: yaml });
  else {
    for (const { severity, code, line, column, message, help } of findings) {
      terminal.note(`${file}:${line}:${column}: ${severity} ${code}: ${safeLine(message)}`);
      if (help !== null) terminal.note(`    ${safeLine(help)}`);
    }
  }
  if (yaml === null) {
    throw new CommandFailed(terminal.json ? "" : `${file} is not imported; nothing was written`);
  }
  if (options.out !== undefined) {
    await writeFile(options.out, yaml, { flag: "wx" }).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new CommandFailed(`cannot write \`${options.out}\`: ${why}`);
    });
    terminal.note(
      `${options.out}: ${rules} rules; \`holdpoint policy check ${options.out}\` is next`,
    );
  } else if (!terminal.json) {
    for (const line of yaml.trimEnd().split("\n")) terminal.print(safeLine(line));
  }
}
