// Follows the record of a tenant once per process and hands each event to every stream, in order.

import type { EventView } from "@holdpoint/core/wire/response";
import type { EventPosition, StoredEvent } from "../storage/store.ts";
import type { Engine } from "./context.ts";
import { eventView } from "./read-record.ts";

export type Deliver = (events: readonly EventView[]) => void;

const batch = 500;
const start: EventPosition = { txid: 0, seq: 0 };
/** Pause before looking again while an older transaction holds events back. */
const behindMs = 20;
const errorMs = 1_000;

/** All feeds of a process, one per tenant that has a stream open. */
export class Feeds {
  readonly #engine: Engine;
  readonly #feeds = new Map<string, Feed>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Delivers everything after `from` (from now on when null), each event once; answers how to stop.
   * A stream that resumes reads what it missed by itself and then joins the others.
   */
  async subscribe(
    tenant: string,
    from: EventPosition | null,
    deliver: Deliver,
  ): Promise<() => void> {
    const feed = this.#feeds.get(tenant) ?? new Feed(this.#engine, tenant);
    this.#feeds.set(tenant, feed);
    const stop = await feed.subscribe(from, deliver);
    return () => {
      stop();
      if (feed.isIdle && this.#feeds.get(tenant) === feed) {
        this.#feeds.delete(tenant);
        feed.end();
      }
    };
  }
}

interface Subscriber {
  readonly deliver: Deliver;
  /** Events that came while this one was still reading what it missed. */
  waiting: StoredEvent[] | null;
}

class Feed {
  readonly #engine: Engine;
  readonly #tenant: string;
  readonly #subscribers = new Set<Subscriber>();
  readonly #unhook: () => void;
  #ready: Promise<void> | null = null;
  #position: EventPosition = start;
  #isReading = false;
  #isRung = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: Engine, tenant: string) {
    this.#engine = engine;
    this.#tenant = tenant;
    this.#unhook = engine.hub.onRecord(tenant, () => this.#ring());
  }

  get isIdle(): boolean {
    return this.#subscribers.size === 0;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#unhook();
  }

  async subscribe(from: EventPosition | null, deliver: Deliver): Promise<() => void> {
    const subscriber: Subscriber = { deliver, waiting: [] };
    this.#subscribers.add(subscriber);
    this.#ready ??= this.#findStart();
    try {
      await this.#ready;
      const reached = from === null ? this.#position : await this.#catchUp(from, deliver);
      const missed = (subscriber.waiting ?? []).filter((event) => isAfter(event, reached));
      subscriber.waiting = null;
      if (missed.length > 0) deliver(missed.map(eventView));
    } catch (error) {
      this.#subscribers.delete(subscriber);
      // A start that could not be found is looked for again by the next stream.
      if (this.isIdle) this.#ready = null;
      throw error;
    }
    return () => this.#subscribers.delete(subscriber);
  }

  async #findStart(): Promise<void> {
    this.#position = (await this.#engine.store.lastPosition(this.#tenant)) ?? start;
  }

  async #catchUp(from: EventPosition, deliver: Deliver): Promise<EventPosition> {
    let reached = from;
    for (;;) {
      const { events } = await this.#engine.store.followEvents(this.#tenant, reached, batch);
      const last = events.at(-1);
      if (last === undefined) return reached;
      reached = { txid: last.txid, seq: last.seq };
      deliver(events.map(eventView));
    }
  }

  #ring(): void {
    this.#isRung = true;
    if (!this.#isReading && this.#ready !== null && !this.isIdle) void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    clearTimeout(this.#timer);
    let pauseMs: number | null = null;
    try {
      await this.#ready;
      do {
        this.#isRung = false;
        pauseMs = (await this.#readOnce()) ? behindMs : null;
      } while (this.#isRung);
    } catch (error) {
      this.#engine.telemetry.workFailed("event feed", error);
      pauseMs = errorMs;
    }
    this.#isReading = false;
    if (pauseMs !== null && !this.isIdle) this.#timer = setTimeout(() => this.#ring(), pauseMs);
  }

  /** True when written events have to wait for somebody else's transaction. */
  async #readOnce(): Promise<boolean> {
    const { events, isBehind } = await this.#engine.store.followEvents(
      this.#tenant,
      this.#position,
      batch,
    );
    const last = events.at(-1);
    if (last === undefined) return isBehind;
    this.#position = { txid: last.txid, seq: last.seq };
    const views = events.map(eventView);
    for (const subscriber of this.#subscribers) {
      if (subscriber.waiting === null) subscriber.deliver(views);
      else subscriber.waiting.push(...events);
    }
    if (events.length === batch) this.#isRung = true;
    return isBehind;
  }
}

function isAfter(event: EventPosition, position: EventPosition): boolean {
  return event.txid > position.txid || (event.txid === position.txid && event.seq > position.seq);
}
