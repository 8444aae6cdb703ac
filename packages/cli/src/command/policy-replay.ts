// `holdpoint policy replay FILE`: what a policy would have decided about what was proposed before.

import { compilePolicy } from "@holdpoint/core/policy-decide/compile";
import { Replay } from "@holdpoint/core/policy-trial/replay";
import type { ReplayReport, ReplaySample, ReviewLoad } from "@holdpoint/core/policy/report";
import { cut, table } from "../output/table.ts";
import { safeLine, type Terminal } from "../output/terminal.ts";
import { verdictText } from "./policy-diff.ts";
import { readPolicyFile } from "./policy-file.ts";
import { readRecords } from "./record-file.ts";
import { type GlobalOptions, openSession } from "./session.ts";

export interface ReplayOptions extends GlobalOptions {
  /** Exported audit events; the server's own records without it. */
  readonly records?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
}

export async function replay(file: string, options: ReplayOptions): Promise<void> {
  const { terminal, server } = openSession(options);
  const { policy, text } = await readPolicyFile(file, { terminal });
  let report: ReplayReport;
  if (options.records === undefined) {
    const { since, until, limit } = options;
    report = await server.post<ReplayReport>("/policies/replay", {
      source: text,
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
      ...(limit !== undefined && { limit }),
    });
  } else {
    const replaying = new Replay(compilePolicy(policy));
    for await (const record of readRecords(options.records)) replaying.add(record);
    report = replaying.report();
  }
  if (terminal.json) terminal.printJson(report);
  else printReplay(terminal, report);
}

function printReplay(terminal: Terminal, report: ReplayReport): void {
  printCoverage(terminal, report);
  if (report.coverage.replayable === 0) return;
  terminal.print();
  const { same, loosened, tightened } = report;
  terminal.print(`${same} decided alike, ${loosened} loosened, ${tightened} tightened`);
  const rows = report.transitions.map(({ from, to, count }) => [from, to, String(count)]);
  for (const line of table(["WAS", "WOULD BE", "ACTIONS"], rows)) terminal.print(line);
  if (report.rules.length > 0) {
    terminal.print();
    terminal.print("rules responsible:");
    for (const { before, after, count } of report.rules) {
      terminal.print(`  ${count}  ${verdictText(before)} → ${verdictText(after)}`);
    }
    terminal.print();
    for (const sample of report.samples.slice(0, samplesShownMax)) printSample(terminal, sample);
  }
  terminal.print();
  printLoad(terminal, report.load);
  terminal.print();
  const people = report.agreement.map((one) => [
    one.people,
    String(one.would_allow),
    String(one.would_hold),
    String(one.would_deny),
  ]);
  const head = ["PEOPLE DECIDED", "WOULD ALLOW", "WOULD HOLD", "WOULD DENY"];
  for (const line of table(head, people)) terminal.print(line);
}

function printCoverage(terminal: Terminal, { coverage }: ReplayReport): void {
  const { decisions, replayable, since, until } = coverage;
  const span = since === null ? "" : `, from ${since} to ${until ?? since}`;
  terminal.print(`${replayable} of ${decisions} decisions can be replayed${span}`);
  for (const { why, count, jobs } of coverage.not_replayable) {
    const some = jobs.slice(0, jobsShownMax).map(safeLine).join(", ");
    terminal.print(`  not replayable: ${count}, ${why.replaceAll("_", " ")} (${some})`);
  }
}

function printSample(terminal: Terminal, sample: ReplaySample): void {
  const { job, at, before, after, reason, action } = sample;
  terminal.print(`  ${safeLine(job)} at ${at}: ${verdictText(before)} → ${verdictText(after)}`);
  terminal.print(`    ${safeLine(reason)}`);
  terminal.print(`    ${cut(safeLine(JSON.stringify(action)), actionColumnsMax)}`);
}

function printLoad(
  terminal: Terminal,
  { before, after }: { readonly before: ReviewLoad; readonly after: ReviewLoad },
): void {
  const line = (name: string, was: number, is: number): string => `${name} ${was} → ${is}`;
  const totals = [
    line("cards", before.cards, after.cards),
    line("night pages", before.night_pages, after.night_pages),
  ];
  terminal.print(totals.join(", "));
  const names = [...new Set([...after.reviewers, ...before.reviewers].map((one) => one.reviewer))];
  const of = (load: ReviewLoad, name: string): ReviewLoad["reviewers"][number] | undefined =>
    load.reviewers.find((one) => one.reviewer === name);
  const rows = names.map((name) => {
    const [was, is] = [of(before, name), of(after, name)];
    return [
      safeLine(name),
      `${was?.cards ?? 0} → ${is?.cards ?? 0}`,
      `${was?.night_pages ?? 0} → ${is?.night_pages ?? 0}`,
      `${was?.busiest_hour ?? 0} → ${is?.busiest_hour ?? 0}`,
    ];
  });
  if (rows.length === 0) return;
  for (const row of table(["REVIEWER", "CARDS", "AT NIGHT", "IN ONE HOUR"], rows)) {
    terminal.print(row);
  }
}

const samplesShownMax = 10;
const jobsShownMax = 3;
const actionColumnsMax = 200;
