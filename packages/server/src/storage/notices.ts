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
  /** Agents whose workers may have something to take up. */
  readonly #agents = new Set<string>();
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
  ride(
    jobIds: readonly string[],
    agents: readonly string[],
  ): { payload: string; settle: (isSent: boolean) => void } {
    this.#note(jobIds, agents);
    const taken = this.#take();
    return {
      payload: taken.payload,
      settle: (isSent) => {
        if (!isSent) this.owe(taken.jobs, taken.agents);
      },
    };
  }

  /** INVARIANT: called after the commit that it tells of, or who is told would look too early. */
  owe(jobIds: readonly string[], agents: readonly string[]): void {
    this.#note(jobIds, agents);
    this.#timer ??= setTimeout(() => this.#sendAlone(), gatherMs).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #note(jobIds: readonly string[], agents: readonly string[]): void {
    for (const id of jobIds) this.#owed.add(id);
    for (const agent of agents) this.#agents.add(agent);
  }

  #take(): { payload: string; jobs: readonly string[]; agents: readonly string[] } {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const jobs = [...this.#owed];
    const agents = [...this.#agents];
    this.#owed.clear();
    this.#agents.clear();
    const notice = { origin: this.#origin, tenant: this.#tenant };
    const text = JSON.stringify({ ...notice, jobs, ...(agents.length === 0 ? {} : { agents }) });
    const isShort = Buffer.byteLength(text) < payloadBytesMax;
    const payload = isShort ? text : JSON.stringify({ ...notice, jobs: null });
    return { payload, jobs, agents };
  }

  #sendAlone(): void {
    const { payload } = this.#take();
    // One that is lost is made good by the next: streams read on, and waits have an end.
    this.#database.query(this.#tenant, tell, [payload]).catch(() => undefined);
  }
}
