// One connection for all waits of a client: it tells which job has changed, so that none of them has to ask.

import { chunksOf } from "@holdpoint/core/base/body";
import type { JobNews } from "@holdpoint/core/wire/agent-stream";
import { withLinkedSignal } from "./linked-signal.ts";
import { backoffMs, pause } from "./pause.ts";
import type { Transport } from "./transport.ts";

/** How long the answer to the opening may take; until then nobody polls. */
const OPEN_MS = 10_000;
/** The server says something every 15 s. */
const SILENCE_MS_MAX = 45_000;
/** A server that has no stream is asked again after so long; one that is full or away, sooner. */
const REFUSED_MS = 60_000;
/** Jobs that are read at the same time: after a lost connection all waits read theirs. */
const READS_MAX = 16;
/** A stream that lived so long was a good one. */
const STABLE_MS = 10_000;
/** Short ones in a row, before the waits poll for a while. */
const FAILURES_MAX = 3;
const OPEN_PAUSE_MS_MAX = 1_000;
const FRAME_LENGTH_MAX = 1_048_576;
/** The longest timer of the platform. */
const TIMER_MS_MAX = 2_147_483_647;

type Matters = (news: JobNews) => boolean;

/** One wait for one job. */
export interface Watch {
  /** True while the stream tells; opens it when this is not the only wait. False: poll. */
  isTold(): Promise<boolean>;
  /** Resolves when the job is past this revision, when anything may have changed, or when the time is over. */
  heard(revision: number, withinMs: number): Promise<void>;
  /** The newest revision that the stream told of; 0 before it told of any. */
  readonly revision: number;
  /** A read that takes its turn among those of the other waits. */
  inTurn<T>(read: () => Promise<T>): Promise<T>;
  end(): void;
}

const streams = new WeakMap<Transport, WaitStream>();

/** `matters` says which news of the job are worth reading it. */
export function watchJob(transport: Transport, jobId: string, matters: Matters): Watch {
  const stream = streams.get(transport) ?? new WaitStream(transport);
  streams.set(transport, stream);
  return stream.watch(jobId, matters);
}

class WaitStream {
  readonly #transport: Transport;
  readonly #watches = new Map<string, Set<OneWatch>>();
  readonly #turns: (() => void)[] = [];
  #count = 0;
  #reads = 0;
  #opening: Promise<boolean> | null = null;
  #leave: AbortController | null = null;
  #isLive = false;
  #refusedUntil = 0;
  #failures = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  watch(jobId: string, matters: Matters): Watch {
    const watch = new OneWatch(matters);
    const watches = this.#watches.get(jobId) ?? new Set();
    watches.add(watch);
    this.#watches.set(jobId, watches);
    this.#count += 1;
    let isEnded = false;
    return {
      get revision() {
        return watch.revision;
      },
      isTold: () => this.#isTold(),
      heard: (revision, withinMs) => watch.heard(revision, withinMs),
      inTurn: (read) => this.#inTurn(read),
      end: () => {
        if (isEnded) return;
        isEnded = true;
        watch.wake();
        watches.delete(watch);
        if (watches.size === 0) this.#watches.delete(jobId);
        this.#count -= 1;
        if (this.#count === 0) this.#leave?.abort(new DOMException("nobody waits", "AbortError"));
      },
    };
  }

  async #isTold(): Promise<boolean> {
    if (this.#isLive) return true;
    if (this.#count < 2 || performance.now() < this.#refusedUntil) return false;
    this.#opening ??= this.#open();
    return this.#opening;
  }

  #open(): Promise<boolean> {
    const leave = new AbortController();
    this.#leave = leave;
    return new Promise((resolve) => {
      let liveAt: number | null = null;
      const follow = async (signal: AbortSignal): Promise<void> => {
        if (this.#failures > 0)
          await pause(Math.min(backoffMs(this.#failures), OPEN_PAUSE_MS_MAX), signal);
        await this.#follow(signal, () => {
          liveAt = performance.now();
          this.#isLive = true;
          resolve(true);
        });
      };
      const over = (cause?: unknown): void => {
        this.#isLive = false;
        this.#opening = null;
        this.#leave = null;
        const isStable = liveAt !== null && performance.now() - liveAt > STABLE_MS;
        this.#failures = isStable || leave.signal.aborted ? 0 : this.#failures + 1;
        // One that breaks again and again is as good as none: it would be opened in a tight loop.
        if (liveAt === null || this.#failures > FAILURES_MAX) this.#refuse(cause);
        resolve(false);
        for (const watches of this.#watches.values()) for (const watch of watches) watch.lost();
      };
      withLinkedSignal([this.#transport.closed, leave.signal], null, follow).then(over, over);
    });
  }

  #refuse(cause: unknown): void {
    const pauseMs = cause instanceof NoStream ? REFUSED_MS : backoffMs(Math.max(1, this.#failures));
    this.#refusedUntil = performance.now() + pauseMs;
  }

  async #follow(signal: AbortSignal, onLive: () => void): Promise<void> {
    const { url, apiKey, fetch } = this.#transport;
    const silent = new AbortController();
    const fall = (): void => silent.abort(new DOMException("the stream is silent", "TimeoutError"));
    let timer = setTimeout(fall, OPEN_MS);
    try {
      await withLinkedSignal([signal, silent.signal], null, async (both) => {
        const response = await fetch(`${url}/api/v1/agent/stream`, {
          headers: {
            accept: "text/event-stream",
            ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
          },
          // SECURITY: a redirect would carry the key to a place that nobody configured.
          redirect: "error",
          signal: both,
        });
        const { body } = response;
        const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
        if (!response.ok || isStream !== true || body === null) {
          await body?.cancel();
          throw response.status >= 500 ? new Error(`HTTP ${response.status}`) : new NoStream();
        }
        onLive();
        await this.#read(chunksOf(body, both), () => {
          clearTimeout(timer);
          timer = setTimeout(fall, SILENCE_MS_MAX);
        });
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(chunks: AsyncIterable<Uint8Array>, onBytes: () => void): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of chunks) {
      onBytes();
      text += decoder.decode(chunk, { stream: true });
      const frames = text.split("\n\n");
      text = frames.pop() ?? "";
      if (text.length > FRAME_LENGTH_MAX) throw new Error("an event of the stream has no end");
      for (const frame of frames) this.#hear(frame);
    }
  }

  /** What is not understood means nothing: a newer server may tell more. */
  #hear(frame: string): void {
    const [, name, data] = /^event: (.+)\ndata: (.+)$/.exec(frame) ?? [];
    if (name === "look") {
      for (const watches of this.#watches.values()) for (const watch of watches) watch.lost();
    }
    if (name !== "job" || data === undefined) return;
    const news = JSON.parse(data) as Partial<JobNews> | null;
    if (typeof news?.id !== "string" || typeof news.revision !== "number") return;
    for (const watch of this.#watches.get(news.id) ?? []) watch.tell(news as JobNews);
  }

  async #inTurn<T>(read: () => Promise<T>): Promise<T> {
    if (this.#reads < READS_MAX) this.#reads += 1;
    else await new Promise<void>((resolve) => this.#turns.push(resolve));
    try {
      return await read();
    } finally {
      // Who is next takes this place over.
      const next = this.#turns.shift();
      if (next === undefined) this.#reads -= 1;
      else next();
    }
  }
}

/** The server has no such stream for this client. */
class NoStream extends Error {}

class OneWatch {
  revision = 0;
  readonly #matters: Matters;
  #isLost = false;
  #wake: (() => void) | null = null;

  constructor(matters: Matters) {
    this.#matters = matters;
  }

  tell(news: JobNews): void {
    if (news.revision <= this.revision || !this.#matters(news)) return;
    this.revision = news.revision;
    this.wake();
  }

  lost(): void {
    this.#isLost = true;
    this.wake();
  }

  wake(): void {
    this.#wake?.();
  }

  async heard(revision: number, withinMs: number): Promise<void> {
    if (this.revision <= revision && !this.#isLost) {
      await new Promise<void>((resolve) => {
        const limitMs = Math.max(0, Math.min(withinMs, TIMER_MS_MAX));
        const timer = setTimeout(() => this.wake(), limitMs);
        this.#wake = () => {
          clearTimeout(timer);
          this.#wake = null;
          resolve();
        };
      });
    }
    this.#isLost = false;
  }
}
