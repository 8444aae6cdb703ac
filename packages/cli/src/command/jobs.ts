// `holdpoint jobs show`: one job from its proposal to its outcome, with who decided what.

import type { DecisionEntry, DecisionsView, JobView } from "@holdpoint/core/wire/response";
import { safeJson, safeLine, type Terminal } from "../output/terminal.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";
import { printTrace } from "../output/trace.ts";

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
  const { at, status, summary, drift } = job.outcome;
  const words = summary === null ? "" : `: ${safeLine(summary)}`;
  terminal.print(`${at}  outcome ${status}${words}${drift ? " (not the previewed effect)" : ""}`);
}
