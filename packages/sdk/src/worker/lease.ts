// Keeps the lease of a run while it is worked on, and says when it is lost.

import { isApiError } from "../client/error.ts";
import type { Resumptions } from "./resumptions.ts";

/** The run is another worker's now, or may be at any moment: nothing may be done for it any more. */
export class LeaseLost extends Error {
  override readonly name: string = "LeaseLost";
  readonly code = "lease_lost";

  constructor(why: string, options?: ErrorOptions) {
    super(`the run was lost: ${why}`, options);
  }
}

export interface KeptLease {
  /** Aborts with LeaseLost. */
  readonly signal: AbortSignal;
  end(): void;
}

interface Held {
  readonly id: string;
  readonly fence: number;
  readonly leaseMs: number;
}

/**
 * Extends three times within each lease. INVARIANT: the time is counted from before the call that extended it, by a clock
 * that does not jump, so that this side gives the run up no later than the server does.
 */
export function keepLease(resumptions: Resumptions, { id, fence, leaseMs }: Held): KeptLease {
  const controller = new AbortController();
  const ending = new AbortController();
  let endsAt = performance.now() + leaseMs;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lose = (why: string, cause?: unknown): void => {
    clearTimeout(timer);
    controller.abort(new LeaseLost(why, { cause }));
  };
  const extend = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      const lease = `${Math.ceil(leaseMs / 1_000)}s` as const;
      await resumptions.extend(id, { fence, lease }, { signal: ending.signal });
      endsAt = startedAt + leaseMs;
    } catch (error) {
      if (ending.signal.aborted) return;
      if (isApiError(error) && error.status < 500 && error.retry !== "later") {
        lose("the server gave it to another worker, or it ended", error);
        return;
      }
    }
    if (!ending.signal.aborted) schedule();
  };
  const schedule = (): void => {
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) {
      lose("the server was not heard of for as long as the lease");
      return;
    }
    timer = setTimeout(() => void extend(), Math.min(leaseMs / 3, leftMs));
  };
  const deadline = setInterval(
    () => {
      if (performance.now() >= endsAt && !controller.signal.aborted) {
        lose("the server was not heard of for as long as the lease");
      }
    },
    Math.min(1_000, leaseMs / 3),
  );
  schedule();
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      clearInterval(deadline);
      ending.abort();
    },
  };
}
