// The wait for people: long polls, one after the other, that survive restarts of the server.

import { hasEnded, isAnswered } from "@holdpoint/core/job/state";
import type { JobView } from "@holdpoint/core/wire/response";
import { WaitTimedOut } from "./error.ts";
import { jobPath, readJob } from "./job.ts";
import { withLinkedSignal } from "./linked-signal.ts";
import { backoffMs, pause } from "./pause.ts";
import { attempt, type Transport, unreachable } from "./transport.ts";

export interface WaitLimits {
  /** The longest wait in milliseconds; null waits as long as the hold lives. */
  readonly timeoutMs: number | null;
  readonly signal?: AbortSignal | undefined;
  /** What is known of the job already: tells how long the hold can live. */
  readonly known?: JobView;
  /** Until when the server keeps a poll open. Default: `answered`. */
  readonly until?: "answered" | "ended" | undefined;
  /** When the wait is over. Default: when `until` is, which is when the job is not waiting for people. */
  readonly isOver?: (job: JobView) => boolean;
  /** Called for each change of a job whose wait goes on; the poll then ends at any change. */
  readonly onChange?: ((job: JobView) => Promise<void>) | undefined;
}

/** One poll in seconds; the server allows 60. */
const POLL_S = 50;
/** Beyond the poll's own time, for the way there and back. */
const POLL_SLACK_MS = 10_000;
/** How long after a hold's end a server that does not answer is still asked: room for clocks that differ. */
const GRACE_MS = 300_000;
/** A poll that answers "still waiting" sooner than this is followed by a pause. */
const POLL_MS_MIN = 1_000;

/**
 * The job as soon as it is not waiting for people. Connection losses and 5xx are waited out.
 *
 * @throws WaitTimedOut; HoldpointApiError that is of no use to repeat; HoldpointUnreachable when the
 *   server is still away minutes after the hold's end; the signal's reason.
 */
export function waitForAnswer(
  transport: Transport,
  jobId: string,
  limits: WaitLimits,
): Promise<JobView> {
  return withLinkedSignal([transport.closed, limits.signal], null, (signal) =>
    poll(transport, jobId, { ...limits, signal }),
  );
}

async function poll(
  transport: Transport,
  jobId: string,
  limits: WaitLimits & { readonly signal: AbortSignal },
): Promise<JobView> {
  const { timeoutMs, signal, onChange } = limits;
  const { until = "answered" } = limits;
  const isOver =
    limits.isOver ??
    (({ job }: JobView): boolean => (until === "ended" ? hasEnded : isAnswered)(job.state));
  const endsAt = timeoutMs === null ? Infinity : performance.now() + timeoutMs;
  let known = limits.known;
  let failures = 0;
  let hurried = 0;
  let lost: unknown = null;
  if (known !== undefined) await onChange?.(known);
  for (;;) {
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) {
      if (failures > 0) throw unreachable(transport, lost, `${timeoutMs} ms of waiting are over`);
      throw new WaitTimedOut(jobId, timeoutMs ?? 0);
    }
    const pollS = Math.min(POLL_S, Math.ceil(leftMs / 1_000));
    const since = onChange === undefined ? "" : `&since=${known?.job.revision ?? 0}`;
    const ending = until === "ended" ? "&until=ended" : "";
    const path = `${jobPath(jobId)}/wait?timeout=${pollS}${ending}${since}`;
    const startedAt = performance.now();
    const limitMs = Math.min(pollS * 1_000 + POLL_SLACK_MS, leftMs);
    const outcome = await attempt(transport, { method: "GET", path, signal }, limitMs);
    if (outcome.kind === "refused") throw outcome.error;
    if (outcome.kind === "answer") {
      const before = known;
      known = readJob(outcome.value, jobId);
      if (isOver(known)) return known;
      failures = 0;
      if (onChange !== undefined && known.job.revision !== before?.job.revision) {
        await onChange(known);
        hurried = 0;
        continue;
      }
      // A server that does not keep the poll open must not be asked in a tight loop.
      hurried = performance.now() - startedAt < POLL_MS_MIN ? hurried + 1 : 0;
      if (hurried > 0)
        await pause(Math.min(backoffMs(hurried), endsAt - performance.now()), signal);
      continue;
    }
    // A poll that the wait's own end cut short says nothing about the server.
    if (limitMs === leftMs && failures === 0 && isTimeout(outcome.cause)) {
      throw new WaitTimedOut(jobId, timeoutMs ?? 0);
    }
    failures += 1;
    lost = outcome.cause;
    if (isLongOver(known))
      throw unreachable(transport, outcome.cause, `the hold of ${jobId} is over`);
    const waitMs = Math.max(backoffMs(failures), outcome.retryAfterMs);
    await pause(Math.max(0, Math.min(waitMs, endsAt - performance.now())), signal);
  }
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "TimeoutError";
}

function isLongOver(known: JobView | undefined): boolean {
  if (known === undefined || known.expires_at === null) return false;
  return Date.now() > Date.parse(known.expires_at) + GRACE_MS;
}
