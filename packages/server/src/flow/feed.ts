// Follows the record of a tenant once per process and hands each event to every stream, in order.

import type { EventPosition, StoredEvent } from "../storage/store.ts";
import type { Engine } from "./context.ts";
import { type BlindHolds, blindHoldsOf } from "./blind-record.ts";

/** With the blind holds among them, which each reader sees in their own way. */
export type Deliver = (events: readonly StoredEvent[], blind: BlindHolds | null) => void;

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
  /** Nothing up to here is delivered to it again. */
  reached: EventPosition;
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
    const subscriber: Subscriber = { deliver, waiting: [], reached: start };
    this.#subscribers.add(subscriber);
    this.#ready ??= this.#findStart();
    try {
      await this.#ready;
      subscriber.reached = from === null ? this.#position : await this.#catchUp(from, deliver);
      await this.#deliverMissed(subscriber);
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
      deliver(events, await blindHoldsOf(this.#engine, this.#tenant, events));
    }
  }

  async #deliverMissed(subscriber: Subscriber): Promise<void> {
    for (;;) {
      const missed = subscriber.waiting ?? [];
      subscriber.waiting = missed.length === 0 ? null : [];
      if (subscriber.waiting === null) return;
      send(subscriber, missed, await blindHoldsOf(this.#engine, this.#tenant, missed));
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
    // Looked up first: what could not be covered is read again, and never delivered uncovered.
    const blind = await blindHoldsOf(this.#engine, this.#tenant, events);
    this.#position = { txid: last.txid, seq: last.seq };
    for (const subscriber of this.#subscribers) {
      if (subscriber.waiting === null) send(subscriber, events, blind);
      else subscriber.waiting.push(...events);
    }
    if (events.length === batch) this.#isRung = true;
    return isBehind;
  }
}

function send(
  subscriber: Subscriber,
  events: readonly StoredEvent[],
  blind: BlindHolds | null,
): void {
  const fresh = events.filter((event) => isAfter(event, subscriber.reached));
  const last = fresh.at(-1);
  if (last === undefined) return;
  subscriber.reached = { txid: last.txid, seq: last.seq };
  subscriber.deliver(fresh, blind);
}

function isAfter(event: EventPosition, position: EventPosition): boolean {
  return event.txid > position.txid || (event.txid === position.txid && event.seq > position.seq);
}
