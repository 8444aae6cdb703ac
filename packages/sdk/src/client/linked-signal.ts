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
    unlinks.push(onceAborted(signal, () => controller.abort(signal.reason)));
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

/** What comes first: the work, or the end of the signal, whose reason is thrown. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let unlink = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    unlink = onceAborted(signal, () => reject(signal.reason as Error));
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    unlink();
  }
}

type Fan = Set<() => void>;
const fans = new WeakMap<AbortSignal, Fan>();

/**
 * Calls back when the signal aborts; what comes back takes that back. However many listen, the signal has one
 * listener: Node warns of a leak from eleven on, and a client has as many calls under way as it likes.
 */
function onceAborted(signal: AbortSignal, callBack: () => void): () => void {
  const fan = fans.get(signal) ?? newFan(signal);
  fan.add(callBack);
  return () => {
    fan.delete(callBack);
  };
}

function newFan(signal: AbortSignal): Fan {
  const fan: Fan = new Set();
  const onAbort = (): void => {
    for (const callBack of fan) callBack();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  fans.set(signal, fan);
  return fan;
}
