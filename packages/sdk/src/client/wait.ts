// The wait for people: long polls, or one stream for all waits of the client; both survive restarts of the server.

import { hasEnded, isAnswered } from "@holdpoint/core/job/state";
import type { JobView } from "@holdpoint/core/wire/response";
import { WaitTimedOut } from "./error.ts";
import { jobPath, readJob } from "./job.ts";
import { orAborted, withLinkedSignal } from "./linked-signal.ts";
import { backoffMs, pause } from "./pause.ts";
import { type Attempt, attempt, type Transport, unreachable } from "./transport.ts";
import { type Watch, watchJob } from "./wait-stream.ts";

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
/** Without news for so long, a job whose end is not known is read once more. */
const LOOK_MS = 300_000;

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
  return withLinkedSignal([transport.closed, limits.signal], null, async (signal) => {
    const wait = waitOf(transport, jobId, { ...limits, signal });
    try {
      const job = await follow(wait);
      transport.known.answered(job);
      return job;
    } finally {
      wait.watch?.end();
    }
  });
}

interface Wait {
  readonly transport: Transport;
  readonly jobId: string;
  readonly limits: WaitLimits;
  readonly signal: AbortSignal;
  readonly endsAt: number;
  readonly isOver: (job: JobView) => boolean;
  /** Null for a wait for something else than the job itself. */
  readonly watch: Watch | null;
}

function waitOf(
  transport: Transport,
  jobId: string,
  limits: WaitLimits & { readonly signal: AbortSignal },
): Wait {
  const { timeoutMs, signal, onChange, until = "answered" } = limits;
  const isOverIn = until === "ended" ? hasEnded : isAnswered;
  return {
    transport,
    jobId,
    limits,
    signal,
    endsAt: timeoutMs === null ? Infinity : performance.now() + timeoutMs,
    isOver: limits.isOver ?? (({ job }) => isOverIn(job.state)),
    watch:
      limits.isOver === undefined
        ? watchJob(transport, jobId, ({ state }) => onChange !== undefined || isOverIn(state))
        : null,
  };
}

async function follow(wait: Wait): Promise<JobView> {
  const { transport, jobId, signal, isOver, endsAt } = wait;
  const { timeoutMs, onChange } = wait.limits;
  let known = wait.limits.known;
  let failures = 0;
  let hurried = 0;
  let lost: unknown = null;
  if (known !== undefined) await onChange?.(known);
  for (;;) {
    const isTold = wait.watch !== null && (await orAborted(wait.watch.isTold(), signal));
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) {
      if (failures > 0) throw unreachable(transport, lost, `${timeoutMs} ms of waiting are over`);
      throw new WaitTimedOut(jobId, timeoutMs ?? 0);
    }
    const startedAt = performance.now();
    const { outcome, limitMs } = await ask(wait, { known, leftMs, isTold });
    if (outcome.kind === "refused") throw outcome.error;
    if (outcome.kind === "answer") {
      const before = known;
      known = readJob(outcome.value, jobId);
      if (isOver(known)) return known;
      failures = 0;
      const isChanged = onChange !== undefined && known.job.revision !== before?.job.revision;
      if (isChanged) await onChange(known);
      if (isTold) {
        await listen(wait, known);
        continue;
      }
      // A server that does not keep the poll open must not be asked in a tight loop.
      hurried = !isChanged && performance.now() - startedAt < POLL_MS_MIN ? hurried + 1 : 0;
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

interface Asking {
  readonly known: JobView | undefined;
  readonly leftMs: number;
  readonly isTold: boolean;
}

/** One long poll; or one read, when the stream tells what comes after it. */
async function ask(
  { transport, jobId, limits, signal, watch }: Wait,
  { known, leftMs, isTold }: Asking,
): Promise<{ readonly outcome: Attempt; readonly limitMs: number }> {
  const request = (path: string, limitMs: number): Promise<Attempt> =>
    attempt(transport, { method: "GET", path, signal }, limitMs);
  if (isTold && watch !== null) {
    const limitMs = Math.min(POLL_SLACK_MS, leftMs);
    const path = readPath(jobId, known, watch.revision);
    const read = watch.inTurn(() => request(path, limitMs));
    return { outcome: await orAborted(read, signal), limitMs };
  }
  const pollS = Math.min(POLL_S, Math.ceil(leftMs / 1_000));
  const since = limits.onChange === undefined ? "" : `&since=${known?.job.revision ?? 0}`;
  const ending = limits.until === "ended" ? "&until=ended" : "";
  const limitMs = Math.min(pollS * 1_000 + POLL_SLACK_MS, leftMs);
  const path = `${jobPath(jobId)}/wait?timeout=${pollS}${ending}${since}`;
  return { outcome: await request(path, limitMs), limitMs };
}

/**
 * Another server than the one that told may be behind it: it answers as soon as it knows as much. Without news the
 * job is asked for as it is stored.
 */
function readPath(jobId: string, known: JobView | undefined, told: number): string {
  const isNews = told > (known?.job.revision ?? 0);
  return `${jobPath(jobId)}/wait?timeout=${isNews ? `5&since=${told - 1}` : "0"}`;
}

/** Until the stream tells something, or the hold must have ended, or the wait's own time is over. */
async function listen({ watch, endsAt, signal }: Wait, known: JobView): Promise<void> {
  const lifeMs =
    known.expires_at === null ? LOOK_MS : Date.parse(known.expires_at) - Date.now() + GRACE_MS;
  const withinMs = Math.min(Math.max(lifeMs, LOOK_MS), endsAt - performance.now());
  await orAborted(watch?.heard(known.job.revision, withinMs) ?? Promise.resolve(), signal);
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "TimeoutError";
}

function isLongOver(known: JobView | undefined): boolean {
  if (known === undefined || known.expires_at === null) return false;
  return Date.now() > Date.parse(known.expires_at) + GRACE_MS;
}
