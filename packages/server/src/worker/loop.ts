// One loop that works when something is due and sleeps until then: no busy polling, no overlap.

export interface Loop {
  /** Something is due now. */
  kick(): void;
  /** Something is due in so many milliseconds; does nothing when the loop looks before that anyway. */
  kickWithin(pauseMs: number): void;
  stop(): Promise<void>;
}

export interface LoopWork {
  /** Works; answers when to look again in milliseconds at the latest. */
  run(): Promise<number>;
  onError(error: unknown): void;
}

const errorPauseMs = 1_000;
const pauseMaxMs = 60_000;

export function startLoop(work: LoopWork): Loop {
  let timer: NodeJS.Timeout | undefined;
  let wakesAt = 0;
  let wantedAt = Number.POSITIVE_INFINITY;
  let running: Promise<void> | null = null;
  let isKicked = false;
  let isStopped = false;

  const round = async (): Promise<void> => {
    let pauseMs = errorPauseMs;
    do {
      isKicked = false;
      wantedAt = Number.POSITIVE_INFINITY;
      try {
        pauseMs = await work.run();
      } catch (error) {
        if (!isStopped) work.onError(error);
        pauseMs = errorPauseMs;
      }
    } while (isKicked && !isStopped);
    running = null;
    if (!isStopped) schedule(Math.min(pauseMs, wantedAt - performance.now()));
  };
  const start = (): void => {
    clearTimeout(timer);
    running ??= round();
  };
  const schedule = (pauseMs: number): void => {
    const waitMs = Math.min(Math.max(pauseMs, 0), pauseMaxMs);
    clearTimeout(timer);
    wakesAt = performance.now() + waitMs;
    timer = setTimeout(start, waitMs);
    timer.unref();
  };
  schedule(0);
  return {
    kick: () => {
      if (isStopped) return;
      isKicked = true;
      if (running === null) start();
    },
    kickWithin: (pauseMs) => {
      if (isStopped) return;
      wantedAt = Math.min(wantedAt, performance.now() + pauseMs);
      if (running === null && wantedAt < wakesAt) schedule(pauseMs);
    },
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
