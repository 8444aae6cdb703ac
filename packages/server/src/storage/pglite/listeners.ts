// LISTEN for a database with one session: channels are held by the pool, not by one of its clients.

import pg from "pg";
import type { Notification } from "./messages.ts";

export type Listener = (payload: string) => void;

export class Listeners {
  readonly #pool: pg.Pool;
  readonly #byChannel = new Map<string, Set<Listener>>();
  #order: Promise<unknown> = Promise.resolve();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Resolves when the database listens; the function it answers stops this one listener. */
  async add(channel: string, listener: Listener): Promise<() => Promise<void>> {
    // Each call gets a function of its own, so that one listener may be added twice.
    const own: Listener = (payload) => listener(payload);
    await this.#inOrder(async () => {
      const known = this.#byChannel.get(channel);
      if (known === undefined) await this.#pool.query(`listen ${pg.escapeIdentifier(channel)}`);
      this.#byChannel.set(channel, (known ?? new Set()).add(own));
    });
    return () => this.#inOrder(() => this.#remove(channel, own));
  }

  deliver({ channel, payload }: Notification): void {
    for (const listener of this.#byChannel.get(channel) ?? []) listener(payload);
  }

  async #remove(channel: string, listener: Listener): Promise<void> {
    const known = this.#byChannel.get(channel);
    if (known?.delete(listener) !== true || known.size > 0) return;
    this.#byChannel.delete(channel);
    await this.#pool.query(`unlisten ${pg.escapeIdentifier(channel)}`);
  }

  /** LISTEN and UNLISTEN of one channel must not pass each other. */
  #inOrder<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#order.then(step);
    this.#order = result.catch(() => undefined);
    return result;
  }
}
