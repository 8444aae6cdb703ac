// Tells other processes what changed: at once where somebody may wait for it, else gathered.

import type { Database } from "./database.ts";

const gatherMs = 25;
/** PostgreSQL takes at most 8,000 bytes; without the names everybody looks. */
const payloadBytesMax = 7_000;
const tell = { name: "tell", text: "select pg_notify('holdpoint', $1)" };

/**
 * Notices of one tenant. An urgent one rides in the commit that it tells of. Others wait a moment
 * for one to ride with, or go alone: each NOTIFY wakes a process of the database and every server.
 */
export class Notices {
  readonly #database: Database;
  readonly #tenant: string;
  readonly #origin: string;
  readonly #owed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database, tenant: string, origin: string) {
    this.#database = database;
    this.#tenant = tenant;
    this.#origin = origin;
  }

  /**
   * The notice that rides in a commit, with everything that is owed. `isSent` false afterwards, when
   * the commit failed or changed nothing: its names are owed again.
   */
  ride(jobIds: readonly string[]): { payload: string; settle: (isSent: boolean) => void } {
    for (const id of jobIds) this.#owed.add(id);
    const { payload, jobs } = this.#take();
    return {
      payload,
      settle: (isSent) => {
        if (!isSent) this.owe(jobs);
      },
    };
  }

  /** INVARIANT: called after the commit that it tells of, or who is told would look too early. */
  owe(jobIds: readonly string[]): void {
    for (const id of jobIds) this.#owed.add(id);
    this.#timer ??= setTimeout(() => this.#sendAlone(), gatherMs).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #take(): { payload: string; jobs: readonly string[] } {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const jobs = [...this.#owed];
    this.#owed.clear();
    const notice = { origin: this.#origin, tenant: this.#tenant };
    const text = JSON.stringify({ ...notice, jobs });
    const isShort = text.length < payloadBytesMax;
    return { payload: isShort ? text : JSON.stringify({ ...notice, jobs: null }), jobs };
  }

  #sendAlone(): void {
    const { payload } = this.#take();
    // One that is lost is made good by the next: streams read on, and waits have an end.
    this.#database.query(this.#tenant, tell, [payload]).catch(() => undefined);
  }
}
