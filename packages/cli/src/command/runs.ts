// `holdpoint runs list|show|retry|cancel`: runs that wait for people or for a worker, and those that were given up.

import type { ResumptionPage, ResumptionView } from "@holdpoint/core/wire/resumption";
import { timeLeft, timeSince } from "../output/span.ts";
import { cut, table } from "../output/table.ts";
import { safeLine, type Terminal } from "../output/terminal.ts";
import { type GlobalOptions, openSession, segment } from "./session.ts";

export interface ListOptions extends GlobalOptions {
  readonly state?: string;
  readonly agent?: string;
  readonly thread?: string;
  readonly cursor?: string;
}

export interface ReasonOptions extends GlobalOptions {
  readonly reason?: string;
}

/** `RUN` is the agent's own name of the run; what the commands take is its resumption. */
const head: readonly string[] =
  "RESUMPTION|STATE|SUSPENDED|ANSWERS|AGENT|RUN|THREAD|LAST ERROR".split("|");

export async function list(options: ListOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const { state, agent, thread, cursor } = options;
  const page = await server.get<ResumptionPage>("/resumptions", { state, agent, thread, cursor });
  if (terminal.json) {
    terminal.printJson(page);
    return;
  }
  if (page.items.length === 0) {
    terminal.print("No run is suspended.");
    return;
  }
  const now = Date.now();
  const rows = page.items.map((run) => [
    run.id,
    run.state,
    timeSince(run.created_at, now),
    `${run.settled.length + run.handed.length}/${run.jobs.length} ${run.mode}`,
    safeLine(run.agent),
    cut(safeLine(run.run ?? "–"), 30),
    cut(safeLine(run.thread), 30),
    cut(safeLine(run.last_error ?? ""), 50),
  ]);
  for (const line of table(head, rows)) terminal.print(line);
  if (page.next_cursor !== null) terminal.note(`more: --cursor ${page.next_cursor}`);
}

export async function show(id: string, options: GlobalOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const run = await server.get<ResumptionView>(`/resumptions/${segment(id)}`);
  if (terminal.json) terminal.printJson(run);
  else printRun(terminal, run);
}

function printRun(terminal: Terminal, run: ResumptionView): void {
  const now = Date.now();
  const jobs = (ids: readonly string[]): string => (ids.length === 0 ? "–" : ids.join(", "));
  const lines: (readonly [string, string])[] = [
    ["resumption", run.id],
    ["state", whenOf(run, now)],
    ["agent", `${safeLine(run.agent)}, queue ${run.queue}`],
    ["run", safeLine(run.run ?? "–")],
    ["thread", safeLine(run.thread)],
    ["checkpoint", `${safeLine(run.checkpoint.id)}, ${run.checkpoint.digest}`],
    ["goes on with", `${run.mode} of its calls`],
    ["no answer yet", jobs(run.open)],
    ["answered", jobs(run.settled)],
    ["taken up", jobs(run.handed)],
    ["attempts", String(run.attempts)],
    ...(run.worker === null ? [] : [["worker", safeLine(run.worker)] as const]),
    ...(run.last_error === null ? [] : [["last error", safeLine(run.last_error)] as const]),
  ];
  for (const line of table(
    ["", ""],
    lines.map((line) => [...line]),
  ).slice(1)) {
    terminal.print(line);
  }
}

function whenOf(
  { state, due_at: dueAt, lease_until: leaseUntil }: ResumptionView,
  now: number,
): string {
  if (state === "claimed" && leaseUntil !== null)
    return `claimed, lease ${timeLeft(leaseUntil, now)}`;
  if (state !== "waiting") return state;
  if (dueAt === null) return "waiting for people";
  return Date.parse(dueAt) <= now
    ? "waiting for a worker"
    : `tried again in ${timeLeft(dueAt, now)}`;
}

export function retry(id: string, options: ReasonOptions): Promise<void> {
  return step(id, "retry", options);
}

export function cancel(id: string, options: ReasonOptions): Promise<void> {
  return step(id, "cancel", options);
}

async function step(id: string, verb: "retry" | "cancel", options: ReasonOptions): Promise<void> {
  const { server, terminal } = openSession(options);
  const body = options.reason === undefined ? {} : { reason: options.reason };
  const run = await server.post<ResumptionView>(`/resumptions/${segment(id)}/${verb}`, body);
  if (terminal.json) terminal.printJson(run);
  else terminal.print(`${run.id} is ${run.state}.`);
}
