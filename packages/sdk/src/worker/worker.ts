// Takes up suspended runs, as many at once as it is told to, and keeps each while it is worked on.

import type { ClaimedRun } from "@holdpoint/core/wire/resumption";
import type { Duration } from "../action/action.ts";
import { durationMs } from "../action/duration.ts";
import { isApiError } from "../client/error.ts";
import { backoffMs, pause } from "../client/pause.ts";
import { keepLease } from "./lease.ts";
import { type ResumedRun, resumedRun } from "./resumed-run.ts";
import type { Resumptions } from "./resumptions.ts";

export interface WorkerOptions {
  /**
   * Goes on with one run. When it returns, the run is done with the answers that it was given; when it throws
   * `Interrupted`, the run has stopped again, which is as well; any other error is tried again later, by any worker.
   */
  readonly resume: (run: ResumedRun) => unknown;
  /** Names the process, for people who look. Default: a random name. */
  readonly name?: string;
  /** Default: `["default"]`. */
  readonly queues?: readonly string[];
  /** Only runs of this thread. Default: of any. */
  readonly thread?: string;
  /** How long a run stays this worker's when it is not heard of; extended while `resume` works. Default: `60s`. */
  readonly lease?: Duration;
  /** Runs at once. Default: 1. */
  readonly concurrency?: number;
  /** True for an error after which another attempt cannot help: the run is given up, for people to see. */
  readonly isFinal?: (error: unknown) => boolean;
  /** Told of what went wrong: what `resume` threw, a lease that was lost, a server that is away. */
  readonly onError?: (error: unknown, run: ResumedRun | null) => void;
}

/** The server gives so many at once. */
const CLAIM_MAX = 16;
const POLL_S = 50;
const ERROR_LENGTH_MAX = 400;

export class Worker {
  readonly #resumptions: Resumptions;
  readonly #options: WorkerOptions;
  readonly #name: string;
  readonly #leaseMs: number;
  readonly #stopping: AbortController = new AbortController();
  readonly #flights = new Set<Promise<void>>();
  #running: Promise<void> | null = null;

  constructor(resumptions: Resumptions, options: WorkerOptions) {
    this.#resumptions = resumptions;
    this.#options = options;
    this.#name = options.name ?? `worker-${globalThis.crypto.randomUUID().slice(0, 8)}`;
    this.#leaseMs = durationMs(options.lease ?? "60s");
  }

  /**
   * Works until `stop` is called or `signal` aborts; runs under way are finished first.
   *
   * @throws HoldpointApiError when the server refuses this worker: no credential, no right, a killed agent.
   */
  run({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const onAbort = (): void => this.#stopping.abort();
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#running ??= this.#work().finally(() => signal?.removeEventListener("abort", onAbort));
    return this.#running;
  }

  /** Takes up nothing more; resolves when the runs under way are finished. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running?.catch(() => undefined);
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    const { concurrency = 1 } = this.#options;
    let failures = 0;
    try {
      while (!signal.aborted) {
        if (this.#flights.size >= concurrency) {
          await Promise.race(this.#flights);
          continue;
        }
        try {
          await this.#take(Math.min(CLAIM_MAX, concurrency - this.#flights.size));
          failures = 0;
        } catch (error) {
          if (signal.aborted) break;
          if (isHopeless(error)) throw error;
          this.#tell(error, null);
          failures += 1;
          await pause(backoffMs(failures), signal).catch(() => undefined);
        }
      }
    } finally {
      await Promise.all(this.#flights);
    }
  }

  async #take(limit: number): Promise<void> {
    const { queues, thread, lease } = this.#options;
    const startedAt = performance.now();
    const items = await this.#resumptions.claim({
      worker: this.#name,
      limit,
      timeoutS: POLL_S,
      signal: this.#stopping.signal,
      ...(queues !== undefined && { queues }),
      ...(thread !== undefined && { thread }),
      ...(lease !== undefined && { lease }),
    });
    for (const item of items) {
      const flight = this.#resume(item).finally(() => this.#flights.delete(flight));
      this.#flights.add(flight);
    }
    // A server that does not keep the poll open must not be asked in a tight loop.
    const isHurried = items.length === 0 && performance.now() - startedAt < 1_000;
    if (isHurried) await pause(backoffMs(3), this.#stopping.signal).catch(() => undefined);
  }

  async #resume(claimed: ClaimedRun): Promise<void> {
    const { id } = claimed.resumption;
    const { fence } = claimed;
    const lease = keepLease(this.#resumptions, { id, fence, leaseMs: this.#leaseMs });
    let run: ResumedRun | null = null;
    try {
      const error = await attemptOf(async () => {
        run = resumedRun(claimed, lease.signal);
        await this.#options.resume(run);
      });
      if (lease.signal.aborted) {
        this.#tell(lease.signal.reason, run);
        return;
      }
      if (error === null || isInterrupted(error.cause)) {
        await this.#resumptions.complete(id, { fence });
        return;
      }
      this.#tell(error.cause, run);
      const isFinal = this.#options.isFinal?.(error.cause) === true;
      await this.#resumptions.fail(id, { fence, error: wordsOf(error.cause), isFinal });
    } catch (error) {
      // Another worker has the run by now, or will have it when the lease is over.
      this.#tell(error, run);
    } finally {
      lease.end();
    }
  }

  #tell(error: unknown, run: ResumedRun | null): void {
    try {
      this.#options.onError?.(error, run);
    } catch {
      // What is told of an error must not become one.
    }
  }
}

async function attemptOf(work: () => Promise<void>): Promise<{ readonly cause: unknown } | null> {
  try {
    await work();
    return null;
  } catch (cause) {
    return { cause };
  }
}

/** By name, so that it also knows the error of another copy of this package. */
function isInterrupted(error: unknown): boolean {
  return error instanceof Error && error.name === "Interrupted";
}

/** A paused agent is resumed by people; everything else that is refused is refused again. */
function isHopeless(error: unknown): boolean {
  if (!isApiError(error) || error.code === "agent_paused" || error.retry === "later") return false;
  return error.status < 500 && error.status !== 408 && error.status !== 429;
}

function wordsOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.slice(0, ERROR_LENGTH_MAX).trim() || "the run failed without a word";
}
