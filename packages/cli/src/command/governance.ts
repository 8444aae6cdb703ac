// `holdpoint governance list|close|close-finding|report`: overrides are judged, and counted.

import type {
  GovernanceFindingView,
  GovernancePage,
  GovernanceReport,
  GovernanceView,
} from "@holdpoint/core/wire/governance";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { span, timeLeft } from "../output/span.ts";
import { cut, table } from "../output/table.ts";
import { safeLine, type Terminal } from "../output/terminal.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export interface ListOptions extends GlobalOptions {
  readonly all?: boolean;
  readonly cursor?: string;
}

export interface CloseOptions extends GlobalOptions {
  readonly legitimate?: boolean;
  readonly illegitimate?: boolean;
  readonly whatWentWrong: string;
  readonly howToAvoid: string;
}

export interface FindingOptions extends GlobalOptions {
  readonly note: string;
}

export interface ReportOptions extends GlobalOptions {
  readonly from?: string;
  readonly to?: string;
}

export async function list(options: ListOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const page = await server.get<GovernancePage>("/governance", {
    state: options.all === true ? "all" : "open",
    cursor: options.cursor,
  });
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  for (const finding of page.findings) {
    const who = finding.name ?? finding.subject;
    terminal.print(
      `Finding ${finding.id}: ${finding.count} overrides, ${safeLine(who)} (${finding.state})`,
    );
  }
  if (page.items.length === 0) {
    terminal.print("No override waits to be judged.");
    return;
  }
  const now = Date.now();
  const rows = page.items.map((item) => [
    item.id,
    item.state === "open" ? timeLeft(item.due_at, now) : verdictOf(item),
    safeLine(item.people.map(({ id, name }) => name ?? id).join(", ")),
    safeLine(item.incident),
    safeLine(item.rule ?? "default"),
    cut(safeLine(item.title), 50),
  ]);
  for (const line of table(["REVIEW", "DUE", "BY", "INCIDENT", "RULE", "WHAT"], rows)) {
    terminal.print(line);
  }
  if (page.next_cursor !== null) terminal.note(`more: --cursor ${page.next_cursor}`);
}

export async function close(id: string, options: CloseOptions): Promise<void> {
  if ((options.legitimate === true) === (options.illegitimate === true)) {
    throw new CommandFailed("say one of --legitimate and --illegitimate", exitCodes.usage);
  }
  const { server, terminal } = openSession(options);
  const review = await server.post<GovernanceView>(`/governance/${segment(id)}/close`, {
    legitimate: options.legitimate === true,
    what_went_wrong: options.whatWentWrong,
    how_to_avoid: options.howToAvoid,
  });
  if (terminal.json) terminal.printJson(review);
  else terminal.print(`${review.id} is closed: ${verdictOf(review)}.`);
}

export async function closeFinding(id: string, options: FindingOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const path = `/governance/findings/${segment(id)}/close`;
  const finding = await server.post<GovernanceFindingView>(path, { note: options.note });
  if (terminal.json) terminal.printJson(finding);
  else terminal.print(`${finding.id} is closed; an override takes one person again.`);
}

export async function report(options: ReportOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const { from, to } = options;
  const told = await server.get<GovernanceReport>("/governance/report", { from, to });
  if (terminal.json) {
    terminal.printJson(told);
    return;
  }
  const share = told.legitimate_share;
  terminal.print(`${told.from} to ${told.to}`);
  terminal.print(
    `${told.overrides} overrides: ${told.legitimate} legitimate, ${told.not_legitimate} not, ` +
      `${told.open} open (${told.overdue} overdue)`,
  );
  if (share !== null) terminal.print(`${Math.round(share * 100)} % of the judged were legitimate`);
  if (told.median_close_ms !== null) {
    terminal.print(`half of the reviews were closed within ${span(told.median_close_ms)}`);
  }
  terminal.print(`${told.findings_opened} findings, ${told.findings_open} of them open`);
  if (!told.complete) terminal.note("the period holds more overrides than one report counts");
  printCounts(terminal, "PERSON", told.by_person);
  printCounts(terminal, "RULE", told.by_rule);
  printCounts(terminal, "AGENT", told.by_agent);
}

function printCounts(
  terminal: Terminal,
  head: string,
  counts: GovernanceReport["by_person"],
): void {
  if (counts.length === 0) return;
  const rows = counts.map((one) => [
    safeLine(one.name ?? one.id),
    String(one.overrides),
    String(one.legitimate),
    String(one.not_legitimate),
  ]);
  for (const line of table([head, "OVERRIDES", "LEGITIMATE", "NOT"], rows)) terminal.print(line);
}

function verdictOf({ legitimate }: GovernanceView): string {
  return legitimate === true ? "legitimate" : "not legitimate";
}
