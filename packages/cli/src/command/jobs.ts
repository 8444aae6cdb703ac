// `holdpoint jobs`: one job from its proposal to its outcome, and what people say of an outcome that nobody reported.

import type { DecisionEntry, DecisionsView, JobView } from "@holdpoint/core/wire/response";
import { safeJson, safeLine, type Terminal } from "../output/terminal.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";
import { printTrace } from "../output/trace.ts";

export interface SettleOptions extends GlobalOptions {
  readonly succeeded?: boolean;
  readonly failed?: boolean;
  readonly reason: string;
}

export async function settle(id: string, options: SettleOptions): Promise<void> {
  if ((options.succeeded === true) === (options.failed === true)) {
    throw new CommandFailed("say one of --succeeded and --failed", exitCodes.usage);
  }
  const { server, terminal } = openSession(options);
  const status = options.succeeded === true ? "SUCCEEDED" : "FAILED";
  const body = { status, reason: options.reason };
  const job = await server.post<JobView>(`/jobs/${segment(id)}/settle`, body);
  if (terminal.json) terminal.printJson(job);
  else terminal.print(`${job.job.id}: settled as ${job.job.state}.`);
}

export async function show(id: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const path = `/jobs/${segment(id)}`;
  const [job, decisions] = await Promise.all([
    server.get<JobView>(path),
    server.get<DecisionsView>(`${path}/decisions`),
  ]);
  if (terminal.json) {
    terminal.printJson({ ...job, decisions: decisions.items });
    return;
  }
  printJob(terminal, job);
  terminal.print();
  for (const entry of decisions.items) terminal.print(decisionLine(entry));
  printEnding(terminal, job);
  if (job.trace !== null) {
    terminal.print();
    printTrace(terminal, job.trace);
  }
}

function printJob(terminal: Terminal, job: JobView): void {
  terminal.print(terminal.style("bold", safeLine(job.decision_summary.title)));
  terminal.print(`${job.job.id} · ${job.job.state} · revision ${job.job.revision}`);
  terminal.print(`${job.action.topic} by agent ${safeLine(job.action.agent.id)}`);
  terminal.print(`${job.decision}: ${safeLine(job.policy_reason)}`);
  terminal.print(terminal.style("dim", `${job.job_hash} under ${job.policy_snapshot}`));
  for (const line of safeJson(job.action.params).split("\n")) terminal.print(`  ${line}`);
}

function decisionLine(entry: DecisionEntry): string {
  const who = safeLine(entry.actor.name ?? entry.actor.id);
  const words = [entry.reason, entry.note].filter((text) => text !== null).map(safeLine);
  return `${entry.at}  ${entry.kind} ${entry.decision} by ${who}${words.length > 0 ? `: ${words.join("; ")}` : ""}`;
}

function printEnding(terminal: Terminal, job: JobView): void {
  if (job.execution !== null)
    terminal.print(`${job.execution.started_at}  execution ${job.execution.id}`);
  if (job.outcome === null) return;
  const { at, status, summary, drift, settled_by: by } = job.outcome;
  const words = summary === null ? "" : `: ${safeLine(summary)}`;
  const who = by === null ? "" : ` settled by ${safeLine(by.name ?? by.id)}`;
  terminal.print(
    `${at}  outcome ${status}${who}${words}${drift ? " (not the previewed effect)" : ""}`,
  );
}
