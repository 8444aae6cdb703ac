// One abort signal out of several and a time limit, let go of when the work is done.

/** The longest timer of the platform; a longer one would fire at once. */
const TIMER_MS_MAX = 2_147_483_647;

/**
 * Runs `work` with a signal that aborts when one of `signals` does, or after `limitMs` milliseconds.
 * Own listeners instead of `AbortSignal.any`, which keeps a trace of each call in a signal that
 * outlives it on Node 20.
 */
export async function withLinkedSignal<T>(
  signals: readonly (AbortSignal | undefined)[],
  limitMs: number | null,
  work: (signal: AbortSignal) => Promise<T>,
  limitReason: () => Error = () => new DOMException("the time limit is over", "TimeoutError"),
): Promise<T> {
  const controller = new AbortController();
  const unlinks: (() => void)[] = [];
  for (const signal of signals) {
    if (signal === undefined) continue;
    if (signal.aborted) controller.abort(signal.reason);
    const onAbort = (): void => controller.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    unlinks.push(() => signal.removeEventListener("abort", onAbort));
  }
  const timer =
    limitMs === null
      ? undefined
      : setTimeout(() => controller.abort(limitReason()), Math.min(limitMs, TIMER_MS_MAX));
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    for (const unlink of unlinks) unlink();
  }
}
