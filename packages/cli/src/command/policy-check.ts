// `holdpoint policy check FILE`: everything that can be said of a policy file without running it.

import { checkPolicy } from "@holdpoint/core/policy-check/check";
import { type Finding, loadPolicy } from "@holdpoint/core/policy-file/load";
import type { Policy } from "@holdpoint/core/policy/policy";
import type { Registry } from "@holdpoint/core/policy/registry";
import { findingsToSarif } from "@holdpoint/core/policy-file/sarif";
import { CommandFailed } from "../output/exit-code.ts";
import { printFindings } from "../output/finding.ts";
import type { Terminal } from "../output/terminal.ts";
import { readText } from "./input.ts";
import { readRegistryFile } from "./policy-file.ts";
import { type GlobalOptions, openSession } from "./session.ts";

export interface CheckOptions extends GlobalOptions {
  readonly strict?: boolean;
  readonly format?: "text" | "json" | "sarif";
  /** The tools file, for the types of parameters. */
  readonly tools?: string;
}

/** Works without a server. Ends with a failure when the file has an error, and with `strict` at a warning. */
export async function check(file: string, options: CheckOptions): Promise<void> {
  const { terminal } = openSession(options);
  const registry = await readRegistryFile({ terminal, tools: options.tools });
  const text = await readText(file);
  const { policy, findings } = checkText(text, options.tools === undefined ? {} : { registry });
  const isBad = policy === null || findings.some((one) => one.severity === "error");
  const rules = policy === null ? 0 : policy.rules.length + policy.invariants.length;
  print(terminal, options, { file, text, findings, isBad, rules });
  const isWarned = options.strict === true && findings.some((one) => one.severity === "warning");
  if (isBad || isWarned) {
    const isForPeople = formatOf(options) === "text";
    throw new CommandFailed(isForPeople ? `${file} is not accepted` : "");
  }
}

/** The policy of a text, null when it does not load, with everything there is to say about it. */
export function checkText(
  text: string,
  known: { readonly registry?: Registry } = {},
): { readonly policy: Policy | null; readonly findings: readonly Finding[] } {
  const loaded = loadPolicy(text, known);
  if (!loaded.ok) return { policy: null, findings: loaded.findings };
  const options = { now: Date.now(), loaded: loaded.findings, ...known };
  return { policy: loaded.policy, findings: checkPolicy(loaded.policy, text, options) };
}

interface Checked {
  readonly file: string;
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly isBad: boolean;
  readonly rules: number;
}

function print(terminal: Terminal, options: CheckOptions, checked: Checked): void {
  const { file, text, findings, isBad, rules } = checked;
  switch (formatOf(options)) {
    case "json":
      terminal.printJson({ ok: !isBad, file, findings });
      break;
    case "sarif":
      terminal.printJson(findingsToSarif(findings, file));
      break;
    case "text": {
      printFindings(terminal, { file, text }, findings);
      const count = (severity: Finding["severity"]): string =>
        plural(findings.filter((one) => one.severity === severity).length, severity);
      if (!isBad) {
        const found = `${count("warning")}, ${count("note")}`;
        terminal.print(`${file}: ${plural(rules, "rule")}, loads; ${found}`);
      }
    }
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function formatOf({ json, format }: CheckOptions): "text" | "json" | "sarif" {
  return format ?? (json === true ? "json" : "text");
}
