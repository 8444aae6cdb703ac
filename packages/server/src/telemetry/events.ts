// What the process says about itself: one function per business event, one JSON line each.

import type { Change } from "@holdpoint/core/job/change";

export type LogLevel = "info" | "silent";
export type WriteLine = (line: string) => void;

export interface Telemetry {
  jobChanged(change: Change): void;
  decisionFailed(error: unknown): void;
  requestFailed(error: unknown, request: { method: string; path: string; id: string }): void;
  workFailed(name: string, error: unknown): void;
  notice(sentence: string): void;
  /** Timers fired so late that people should know: the clocks cannot keep up, or were stopped. */
  timersLate(count: number, latenessMaxMs: number): void;
  /** The `log` channel: what people are told, as a line. */
  told(kind: string, body: string): void;
}

/** JSON lines: text of agents cannot forge a line, because everything is escaped. */
export function makeTelemetry(level: LogLevel, write: WriteLine, now: () => number): Telemetry {
  const say = (event: string, fields: Record<string, unknown>): void => {
    if (level === "silent") return;
    write(JSON.stringify({ at: new Date(now()).toISOString(), event, ...fields }));
  };
  return {
    jobChanged: (change) => {
      const { job, notice } = change;
      if (notice !== null)
        say(`job.${notice}`, { job: job.id, state: job.state, rule: job.decision.ruleId });
    },
    decisionFailed: (error) => say("decision.failed", { error: describe(error) }),
    requestFailed: (error, request) =>
      say("request.failed", { ...request, error: describe(error) }),
    workFailed: (name, error) => say("work.failed", { name, error: describe(error) }),
    notice: (sentence) => say("notice", { message: sentence }),
    timersLate: (count, latenessMaxMs) =>
      say("timers.late", { count, lateness_max_ms: latenessMaxMs }),
    told: (kind, body) => say("told", { kind, ...toldOf(body) }),
  };
}

interface Told {
  readonly data: {
    readonly job?: { readonly id: string; readonly state: string } | string | null;
    readonly decision_summary?: { readonly title: string };
    readonly title?: string;
    readonly url?: string;
  };
}

/** What a line of a log can hold of a message; the rest is where the address leads. */
function toldOf(body: string): Record<string, string> {
  const { job, decision_summary: summary, title, url } = (JSON.parse(body) as Told).data;
  const ofJob = typeof job === "string" ? { job } : job && { job: job.id, state: job.state };
  const words = summary?.title ?? title;
  return {
    ...ofJob,
    ...(words === undefined ? {} : { title: words }),
    ...(url === undefined ? {} : { url }),
  };
}

/** The stack of a fault with its causes: for the program log only, never for a caller. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${describe(error.cause)}`;
}
