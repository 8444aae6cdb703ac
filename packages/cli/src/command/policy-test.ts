// `holdpoint policy test FILE`: what the tests of a policy expect, what they got, what they left untried.

import { loadTests } from "@holdpoint/core/policy-file/load-tests";
import type { PolicyTest } from "@holdpoint/core/policy/policy";
import { runTests } from "@holdpoint/core/policy-trial/run-tests";
import type {
  CoverageReport,
  RuleCoverage,
  RuleLine,
  TestResult,
} from "@holdpoint/core/policy/report";
import { CommandFailed } from "../output/exit-code.ts";
import { printFindings } from "../output/finding.ts";
import { table } from "../output/table.ts";
import { safeLine, type Terminal } from "../output/terminal.ts";
import { readText } from "./input.ts";
import { readPolicyFile } from "./policy-file.ts";
import { type GlobalOptions, openSession } from "./session.ts";

export interface TestOptions extends GlobalOptions {
  /** Files of tests beside those that the policy ends with. */
  readonly tests?: readonly string[];
  readonly minCoverage?: number;
  readonly tools?: string;
}

/** Ends with a failure when a test fails, or when fewer points are reached than asked for. */
export async function test(file: string, options: TestOptions): Promise<void> {
  const { terminal } = openSession(options);
  const { policy } = await readPolicyFile(file, { terminal, tools: options.tools });
  const fileOf = new Map<PolicyTest, string>();
  for (const name of options.tests ?? []) {
    for (const one of await readTestFile(terminal, name)) fileOf.set(one, name);
  }
  const all = [...policy.tests, ...fileOf.keys()];
  const report = runTests(policy, all, { fileOf: (one) => fileOf.get(one) ?? null });
  const { coverage } = report;
  const isReached = coverage.percent >= (options.minCoverage ?? 0);
  if (terminal.json) terminal.printJson({ ...report, ok: report.ok && isReached });
  else {
    for (const result of report.tests) printResult(terminal, result);
    printCoverage(terminal, coverage);
    terminal.print(`${report.passed} passed, ${report.failed} failed`);
  }
  if (terminal.json) {
    if (!report.ok || !isReached) throw new CommandFailed("");
    return;
  }
  if (!report.ok) throw new CommandFailed(`${report.failed} of ${all.length} tests failed`);
  if (!isReached) {
    const wanted = options.minCoverage ?? 0;
    throw new CommandFailed(`coverage is ${coverage.percent} %, ${wanted} % is asked for`);
  }
}

async function readTestFile(terminal: Terminal, file: string): Promise<readonly PolicyTest[]> {
  const text = await readText(file);
  const loaded = loadTests(text);
  if (loaded.ok) return loaded.tests;
  if (terminal.json) terminal.printJson({ ok: false, file, findings: loaded.findings });
  else printFindings(terminal, { file, text }, loaded.findings);
  throw new CommandFailed(terminal.json ? "" : `${file} does not load; no test was run`);
}

function printResult(terminal: Terminal, result: TestResult): void {
  const where = result.file === null ? "" : terminal.style("dim", ` (${safeLine(result.file)})`);
  if (result.ok) {
    terminal.print(`${terminal.style("green", "✓")} ${safeLine(result.name)}${where}`);
    return;
  }
  terminal.print(`${terminal.style("red", "✗")} ${safeLine(result.name)}${where}`);
  const { expected, actual } = result;
  for (const member of result.wrong) {
    const [wanted, got] = [words(expected[member]), words(actual[member])];
    terminal.print(`    ${member}: expected ${wanted}, got ${got}`);
  }
  terminal.print(`    because: ${safeLine(actual.reason)}`);
  for (const rule of result.trace.slice(0, rulesShownMax)) printRule(terminal, rule);
  for (const note of result.notes) terminal.print(`    ${safeLine(note)}`);
}

function words(value: unknown): string {
  if (value === null) return "none";
  return safeLine(typeof value === "string" ? value : JSON.stringify(value));
}

function printRule(terminal: Terminal, rule: RuleLine): void {
  const mark = rule.matched ? "✓" : "·";
  const won = rule.won ? "  ← decides" : "";
  const lifted = rule.exception === null ? "" : `  lifted by ${safeLine(rule.exception)}`;
  terminal.print(`    ${mark} ${safeLine(rule.rule)} ${rule.decision}${won}${lifted}`);
  for (const { clause, matched, because } of rule.clauses) {
    terminal.print(`        ${matched ? "✓" : "✗"} ${clause}: ${safeLine(because)}`);
  }
}

function printCoverage(terminal: Terminal, coverage: CoverageReport): void {
  const { percent, reached, points } = coverage;
  const open = coverage.rules.filter(({ gaps }) => gaps.length > 0);
  if (open.length > 0) {
    terminal.print();
    const rows = open.map((rule) => [
      safeLine(rule.rule),
      String(rule.matched),
      String(rule.won),
      conditionOf(rule),
      rule.gaps.map((gap) => gap.replaceAll("_", " ")).join(", "),
    ]);
    for (const line of table(["RULE", "MATCHED", "WON", "TRUE/FALSE", "NOT TRIED"], rows)) {
      terminal.print(line);
    }
    terminal.print();
  }
  terminal.print(`coverage ${percent} % (${reached} of ${points} points)`);
}

function conditionOf({ condition }: RuleCoverage): string {
  return condition === null ? "–" : `${condition.true}/${condition.false}`;
}

/** Rules of a trace that are shown under a test that failed; `--json` has them all. */
const rulesShownMax = 4;
