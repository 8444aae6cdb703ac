// What agents that decide locally have to go by now, and who waits until that is something else.

import { digestOf } from "@holdpoint/core/base/digest";
import { localTopicsMax } from "@holdpoint/core/base/limits";
import type { Clock } from "@holdpoint/core/base/clock";
import type { Store } from "../storage/store.ts";
import type { Hub } from "./hub.ts";
import type { LoadedPolicy, PolicyBook } from "./policy-book.ts";

export interface LocalState {
  /** Names the rest: the part before the dot is policy and tools. */
  readonly name: string;
  readonly policy: LoadedPolicy;
  /** Topics of which people's rejections are remembered; null when they are too many. */
  readonly remembered: readonly string[] | null;
}

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly hub: Hub;
  readonly policies: PolicyBook;
}

export interface Sleep {
  readonly woken: Promise<boolean>;
  /** May be called any number of times. */
  end(isNews?: boolean): void;
}

interface Watched {
  readonly waiting: Set<(isNews?: boolean) => void>;
  readonly stop: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** The record may grow thousands of times a second; who waits looks at most this often. */
const lookEveryMs = 25;
/** What one look at the rejections found counts for the others of its moment. */
const rememberedForMs = 20;

interface Remembered {
  readonly at: number;
  readonly memoryMs: number;
  readonly topics: Promise<readonly string[]>;
}

export class LocalStates {
  readonly #parts: Parts;
  readonly #watched = new Map<string, Watched>();
  readonly #remembered = new Map<string, Remembered>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async now(tenant: string, agent: string): Promise<LocalState> {
    const policy = await this.#parts.policies.active(tenant, agent);
    const remembered = await this.#topics(tenant, policy.policy.defaults.rejectionMemoryMs);
    const { bundle, digest } = policy;
    const decided = short(digestOf("request", { bundle, digest }));
    const known = remembered && short(digestOf("request", [...remembered]));
    return { name: `${decided}.${known ?? "many"}`, policy, remembered };
  }

  /**
   * Resolves with true when the record of the tenant may have grown; with false after the time, or when
   * the caller has to show anew who it is. INVARIANT: it is registered before the state is read that is
   * waited past, so that no change between the two is missed.
   */
  sleep(tenant: string, timeoutMs: number): Sleep {
    let resolve: (isNews: boolean) => void = () => undefined;
    const woken = new Promise<boolean>((done) => {
      resolve = done;
    });
    const watched = this.#watch(tenant);
    const end = (isNews = false): void => {
      clearTimeout(timer);
      const isLast = watched.waiting.delete(end) && watched.waiting.size === 0;
      if (isLast) this.#unwatch(tenant, watched);
      resolve(isNews);
    };
    const timer = setTimeout(end, timeoutMs, false);
    watched.waiting.add(end);
    if (this.#parts.hub.isClosed) end();
    return { woken, end };
  }

  /** Credentials or agents changed: who waits comes again, and is looked at again. */
  interrupt(tenant: string | null): void {
    const all = tenant === null ? [...this.#watched.values()] : [this.#watched.get(tenant)];
    for (const watched of all) for (const end of [...(watched?.waiting ?? [])]) end(false);
  }

  #watch(tenant: string): Watched {
    const known = this.#watched.get(tenant);
    if (known !== undefined) return known;
    // INVARIANT: while nobody watched, nothing told that what was found has become old.
    this.#remembered.delete(tenant);
    const watched: Watched = {
      waiting: new Set(),
      stop: this.#parts.hub.onRecord(tenant, () => {
        this.#remembered.delete(tenant);
        watched.timer ??= setTimeout(() => {
          watched.timer = undefined;
          for (const end of [...watched.waiting]) end(true);
        }, lookEveryMs);
      }),
      timer: undefined,
    };
    this.#watched.set(tenant, watched);
    return watched;
  }

  #unwatch(tenant: string, watched: Watched): void {
    watched.stop();
    clearTimeout(watched.timer);
    if (this.#watched.get(tenant) === watched) this.#watched.delete(tenant);
  }

  /** Many agents of a tenant look at one moment; they share one look at the database. */
  async #topics(tenant: string, memoryMs: number): Promise<readonly string[] | null> {
    if (memoryMs === 0) return [];
    const { store, clock } = this.#parts;
    const at = performance.now();
    let known = this.#remembered.get(tenant);
    if (known?.memoryMs !== memoryMs || at - known.at > rememberedForMs) {
      const topics = store.rejectedTopics(tenant, clock.now() - memoryMs, localTopicsMax + 1);
      known = { at, memoryMs, topics };
      this.#remembered.set(tenant, known);
      topics.catch(() => this.#remembered.delete(tenant));
    }
    const topics = await known.topics;
    return topics.length > localTopicsMax ? null : topics;
  }
}

const shortLength = 24;

function short(digest: string): string {
  return digest.slice("sha256:".length, "sha256:".length + shortLength);
}
