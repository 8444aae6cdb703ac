// `holdpoint policy diff A B`: what another policy changes in its text and in what it decides.

import { diffPolicies } from "@holdpoint/core/policy-trial/diff";
import type {
  DiffExample,
  Difference,
  DiffReport,
  SectionChange,
  Verdict,
} from "@holdpoint/core/policy/report";
import { CommandFailed } from "../output/exit-code.ts";
import { cut } from "../output/table.ts";
import { safeLine, type Terminal } from "../output/terminal.ts";
import { readPolicyNamed } from "./policy-file.ts";
import { readCorpus } from "./record-file.ts";
import { type GlobalOptions, openSession } from "./session.ts";

export interface DiffOptions extends GlobalOptions {
  /** Exported audit events, whose actions are decided by both policies. */
  readonly corpus?: string;
  readonly failOn?: "loosened" | "any";
}

export async function diff(before: string, after: string, options: DiffOptions): Promise<void> {
  const { terminal, server } = openSession(options);
  const [a, b] = [
    await readPolicyNamed(before, { terminal, server }),
    await readPolicyNamed(after, { terminal, server }),
  ];
  const corpus = options.corpus === undefined ? null : await readCorpus(options.corpus);
  const report = diffPolicies(a.policy, b.policy, {
    now: Date.now(),
    ...(corpus !== null && { corpus: corpus.actions }),
  });
  if (terminal.json) terminal.printJson(report);
  else printDiff(terminal, report, corpus?.left ?? 0);
  const { failOn } = options;
  const isLoosened = failOn !== undefined && report.loosened.length > 0;
  if (isLoosened) {
    const { loosened } = report.actions;
    throw new CommandFailed(terminal.json ? "" : `decided more loosely: ${loosened}`);
  }
  if (failOn === "any" && report.tightened.length > 0) {
    throw new CommandFailed(
      terminal.json ? "" : `decided more strictly: ${report.actions.tightened}`,
    );
  }
}

function printDiff(terminal: Terminal, report: DiffReport, left = 0): void {
  if (report.identical) terminal.print("both are the same snapshot");
  for (const change of report.changes) printChange(terminal, change);
  const { recorded, tests, boundaries, same, unclear, limited } = report.actions;
  if (report.changes.length > 0) terminal.print();
  const more = limited ? ", more could be made" : "";
  terminal.print(
    `${recorded} recorded, ${tests} tests, ${boundaries} generated actions${more}: ${same} decided alike`,
  );
  if (left + unclear > 0) {
    terminal.print(`${left + unclear} recorded actions cannot be decided again and were left out`);
  }
  printDifferences(terminal, "LOOSENED", report.loosened);
  printDifferences(terminal, "TIGHTENED", report.tightened);
}

function printChange(terminal: Terminal, change: SectionChange): void {
  const { kind, section, id, members } = change;
  const sign = { added: "+", removed: "-", changed: "~" }[kind];
  const colour = { added: "green", removed: "red", changed: "yellow" } as const;
  const name = id === null ? section : `${section} ${safeLine(id)}`;
  terminal.print(terminal.style(colour[kind], `${sign} ${name}`));
  for (const { path, before, after } of members) {
    const [old, fresh] = [valueText(before), valueText(after)];
    terminal.print(`    ${safeLine(path === "" ? "/" : path)}: ${old} → ${fresh}`);
  }
}

function printDifferences(terminal: Terminal, title: string, all: readonly Difference[]): void {
  if (all.length === 0) return;
  terminal.print();
  const colour = title === "LOOSENED" ? "red" : "yellow";
  terminal.print(
    terminal.style(colour, `${title} ${all.reduce((sum, one) => sum + one.count, 0)}`),
  );
  for (const { before, after, about, count, examples } of all) {
    const what = about.join() === "decision" ? "" : ` (${about.join(", ")})`;
    terminal.print(`  ${verdictText(before)} → ${verdictText(after)}${what}: ${count}`);
    for (const example of examples) printExample(terminal, example);
  }
}

function printExample(terminal: Terminal, { origin, from, action, now }: DiffExample): void {
  terminal.print(`      ${origin}, ${safeLine(from)}, at ${now}`);
  terminal.print(`        ${cut(safeLine(JSON.stringify(action)), exampleColumnsMax)}`);
}

export function verdictText({ decision, rule }: Verdict): string {
  return `${decision} by ${rule === null ? "the default" : safeLine(rule)}`;
}

function valueText(value: unknown): string {
  return value === null ? "nothing" : cut(safeLine(JSON.stringify(value)), valueColumnsMax);
}

const exampleColumnsMax = 400;
const valueColumnsMax = 120;
