// `holdpoint approvals watch`: holds as they come and as they are decided.

import type { ApprovalPage, CardView, EventView } from "@holdpoint/core/wire/response";
import { safeLine, type Terminal } from "../output/terminal.ts";
import { timeLeft } from "../output/span.ts";
import { followEvents } from "./event-stream.ts";
import { type GlobalOptions, openSession, segment, type Session } from "./session.ts";

export interface WatchOptions extends GlobalOptions {
  /** Every event, not only those of holds. */
  readonly all?: boolean;
  readonly job?: string;
}

const HOLD_EVENTS = new Set([
  "review.submitted",
  "job.approved",
  "job.rejected",
  "job.modified",
  "job.returned",
  "job.expired",
  "job.cancelled",
  "job.revoked",
]);

/** Runs until SIGINT or SIGTERM. */
export async function watch(options: WatchOptions): Promise<void> {
  const session = openSession(options);
  const { terminal, url, apiKey } = session;
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  const stream = followEvents({
    url,
    apiKey,
    job: options.job,
    signal: stop.signal,
    onOpen: () => terminal.note(`Watching ${url}; Ctrl+C ends.`),
    onLost: (why) => terminal.note(`The connection broke (${why}); it is taken up again.`),
  });
  if (!terminal.json) await printPending(session);
  for await (const event of stream) {
    if (options.all !== true && !isOfHold(event)) continue;
    if (terminal.json) terminal.print(JSON.stringify(event));
    else await printEvent(session, event);
  }
}

function isOfHold(event: EventView): boolean {
  if (event.type === "job.proposed") return event.state === "APPROVAL";
  return HOLD_EVENTS.has(event.type);
}

async function printPending({ server, terminal }: Session): Promise<void> {
  const page = await server.get<ApprovalPage>("/approvals", { sort: "oldest" });
  const now = Date.now();
  for (const item of page.items) {
    const title = safeLine(item.decision_summary.title);
    const left = timeLeft(item.expires_at, now);
    terminal.print(`${mark(terminal, "waiting")} ${item.job.id}  ${title}  (${left} left)`);
  }
}

async function printEvent({ server, terminal }: Session, event: EventView): Promise<void> {
  const time = event.at.slice(11, 19);
  const who = safeLine(event.actor.id);
  const line = `${time} ${mark(terminal, event.type)} ${event.job_id ?? ""} by ${event.actor.kind} ${who}`;
  if (event.type !== "job.proposed" || event.job_id === null) {
    terminal.print(line);
    return;
  }
  const title = await server
    .get<CardView>(`/approvals/${segment(event.job_id)}`)
    .then((card) => safeLine(card.decision_summary.title))
    .catch(() => "");
  terminal.print(`${line}  ${title}`);
}

function mark(terminal: Terminal, type: string): string {
  const word = type.padEnd(16);
  if (type === "waiting" || type === "job.proposed") return terminal.style("yellow", word);
  if (type === "job.approved") return terminal.style("green", word);
  return type === "job.rejected" || type === "job.expired" ? terminal.style("red", word) : word;
}
