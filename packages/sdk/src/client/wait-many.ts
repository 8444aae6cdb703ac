// Waits for several jobs at once: for all of them, for the first, or for each in turn.

import type { JobView } from "@holdpoint/core/wire/response";
import { durationMs } from "../action/duration.ts";
import { answering } from "./answering.ts";
import { withLinkedSignal } from "./linked-signal.ts";
import type { WaitOptions } from "./options.ts";
import type { Transport } from "./transport.ts";
import { waitForAnswer } from "./wait.ts";

/** A job, or its id. */
export type JobRef = string | JobView;

type WaitForOne = (job: JobRef, signal: AbortSignal | undefined) => Promise<JobView>;

export interface WaitAllOptions extends WaitOptions {
  /** `all` (the default) resolves with every job, in the order asked. */
  readonly mode?: "all";
}

export interface WaitFirstOptions extends WaitOptions {
  /** `first` resolves with the job that is answered first; the others are waited for no longer. */
  readonly mode: "first";
}

export interface WaitEachOptions extends WaitOptions {
  /** `each` gives the jobs one by one, as they are answered. */
  readonly mode: "each";
}

/** See `Holdpoint.wait`. */
export function waitFor(
  transport: Transport,
  jobs: JobRef | readonly JobRef[],
  options: WaitAllOptions | WaitFirstOptions | WaitEachOptions,
): Promise<JobView | JobView[]> | AsyncIterable<JobView> {
  const { timeout, signal, onQuestion, until, mode = "all" } = options;
  const timeoutMs = timeout === undefined ? null : durationMs(timeout);
  const one: WaitForOne = (job, inner) => {
    const jobId = typeof job === "string" ? job : job.job.id;
    const onChange = answering(transport, onQuestion, inner);
    const known = typeof job === "string" ? {} : { known: job };
    const limits = { timeoutMs, signal: inner, onChange, until, ...known };
    return waitForAnswer(transport, jobId, limits);
  };
  if (!isList(jobs)) return one(jobs, signal);
  if (mode === "each") return waitForEach(jobs, one, signal);
  return mode === "first" ? waitForFirst(jobs, one, signal) : waitForAll(jobs, one, signal);
}

function isList(jobs: JobRef | readonly JobRef[]): jobs is readonly JobRef[] {
  return Array.isArray(jobs);
}

/** In the order of `jobs`; the first failure ends the other waits. */
function waitForAll(
  jobs: readonly JobRef[],
  one: WaitForOne,
  signal: AbortSignal | undefined,
): Promise<JobView[]> {
  return together(signal, (inner) => Promise.all(jobs.map((job) => one(job, inner))));
}

/** The one that is answered first. */
async function waitForFirst(
  jobs: readonly JobRef[],
  one: WaitForOne,
  signal: AbortSignal | undefined,
): Promise<JobView> {
  if (jobs.length === 0) throw new TypeError("there is no job to wait for");
  return together(signal, (inner) => Promise.race(jobs.map((job) => one(job, inner))));
}

/** As they are answered. Leaving the loop ends the waits that are left. */
async function* waitForEach(
  jobs: readonly JobRef[],
  one: WaitForOne,
  signal: AbortSignal | undefined,
): AsyncGenerator<JobView, void, undefined> {
  const left = new AbortController();
  const waits = new Map(
    jobs.map((job, index) => {
      const wait = withLinkedSignal([signal, left.signal], null, (inner) => one(job, inner));
      return [index, wait.then((view) => ({ index, view }))] as const;
    }),
  );
  try {
    while (waits.size > 0) {
      const { index, view } = await Promise.race(waits.values());
      waits.delete(index);
      yield view;
    }
  } finally {
    left.abort(new DOMException("nobody waits any more", "AbortError"));
  }
}

/** What is still under way when `work` is done is ended. */
function together<T>(
  signal: AbortSignal | undefined,
  work: (inner: AbortSignal) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  return withLinkedSignal([signal, done.signal], null, async (inner) => {
    try {
      return await work(inner);
    } finally {
      done.abort(new DOMException("nobody waits any more", "AbortError"));
    }
  });
}
