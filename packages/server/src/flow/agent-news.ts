// Tells those who listen for agents: changes of their jobs, runs to take up, and when an agent is halted.

import { standingOf } from "@holdpoint/core/agent/agent";
import type { JobFile } from "@holdpoint/core/job/job";
import type { AgentNewsData, JobNews } from "@holdpoint/core/wire/agent-stream";
import type { Engine } from "./context.ts";

/** Somebody who listens for one agent, with one credential. */
export interface NewsListener {
  readonly tenant: string;
  readonly agent: string;
  readonly keyId: string | null;
  /** When the credential ends. */
  endsAt: number;
  /** Who halts the agent, as the listener was told; null while it is active. */
  haltedBy: string | null;
  /** One event of the stream, encoded once for all who are told. */
  tell(frame: Buffer): void;
  /** Nothing is told any more. */
  end(): void;
}

/** Jobs, agents and keys that are asked for in one statement. */
const batchMax = 1_000;
const look = frameOf("look", {});

/** The listeners of this process. It holds no timer and asks nothing while nothing happens. */
export class AgentNews {
  readonly #engine: Engine;
  readonly #byAgent = new Map<string, Set<NewsListener>>();
  readonly #changed = new Map<string, Set<string>>();
  readonly #unchecked = new Set<NewsListener>();
  readonly #unhooks: readonly (() => void)[];
  #isReading = false;
  #isChecking = false;

  constructor(engine: Engine) {
    this.#engine = engine;
    const { hub } = engine;
    this.#unhooks = [
      hub.onJobs({
        written: (tenant, file) => this.#written(tenant, file),
        changed: (tenant, jobIds) => this.#read(tenant, jobIds),
        lostTouch: () => this.#lostTouch(),
      }),
      hub.runs.onReady((tenant, agent) => this.#tell(tenant, agent, () => ready)),
      hub.onAgents((tenant) => this.#check(tenant)),
    ];
  }

  /** Of one agent. */
  countOf(tenant: string, agent: string): number {
    return this.#byAgent.get(`${tenant}/${agent}`)?.size ?? 0;
  }

  /**
   * INVARIANT: who joins is asked about once more after that, so that a halt between the authentication
   * and the joining is not missed.
   */
  join(listener: NewsListener): () => void {
    const key = `${listener.tenant}/${listener.agent}`;
    const listeners = this.#byAgent.get(key) ?? new Set();
    listeners.add(listener);
    this.#byAgent.set(key, listeners);
    this.#unchecked.add(listener);
    void this.#runChecks();
    return () => {
      this.#unchecked.delete(listener);
      listeners.delete(listener);
      if (listeners.size === 0 && this.#byAgent.get(key) === listeners) this.#byAgent.delete(key);
    };
  }

  close(): void {
    for (const unhook of this.#unhooks) unhook();
  }

  #tell(tenant: string, agent: string, frame: () => Buffer): void {
    const listeners = this.#byAgent.get(`${tenant}/${agent}`);
    if (listeners === undefined) return;
    const bytes = frame();
    for (const listener of listeners) listener.tell(bytes);
  }

  /** A new job is told to its agent by the answer to its proposal. */
  #written(tenant: string, { job }: JobFile): void {
    if (job.revision > 1) this.#tellJob(tenant, job.action.actor.agent, job);
  }

  #tellJob(tenant: string, agent: string, { id, state, revision }: JobNews): void {
    this.#tell(tenant, agent, () => frameOf("job", { id, state, revision }));
  }

  *#listeners(tenant: string | null): Generator<NewsListener> {
    for (const listeners of this.#byAgent.values()) {
      for (const listener of listeners) {
        if (tenant === null || listener.tenant === tenant) yield listener;
      }
    }
  }

  #lostTouch(): void {
    if (this.#engine.hub.isClosed) return;
    for (const listener of this.#listeners(null)) listener.tell(look);
  }

  #everybodyLooks(tenant: string): void {
    for (const listener of this.#listeners(tenant)) listener.tell(look);
  }

  /** A job that changed elsewhere is looked up once, for all who wait here. */
  #read(tenant: string, jobIds: readonly string[] | null): void {
    if (this.#byAgent.size === 0) return;
    if (jobIds === null) return this.#everybodyLooks(tenant);
    if (jobIds.length === 0) return;
    const ids = this.#changed.get(tenant) ?? new Set();
    for (const id of jobIds) ids.add(id);
    this.#changed.set(tenant, ids);
    void this.#runReads();
  }

  async #runReads(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    for (const [tenant, ids] of this.#changed) {
      const batch = [...ids].slice(0, batchMax);
      for (const id of batch) ids.delete(id);
      try {
        for (const head of await this.#engine.store.jobHeads(tenant, batch)) {
          this.#tellJob(tenant, head.agent, head);
        }
      } catch (error) {
        this.#engine.telemetry.workFailed("agent streams", error);
        this.#everybodyLooks(tenant);
      }
      // A map that is walked gives an entry again that is put back at its end.
      this.#changed.delete(tenant);
      if (ids.size > 0) this.#changed.set(tenant, ids);
    }
    this.#isReading = false;
  }

  #check(tenant: string | null): void {
    for (const listener of this.#listeners(tenant)) this.#unchecked.add(listener);
    void this.#runChecks();
  }

  async #runChecks(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    while (this.#unchecked.size > 0) {
      const batch = this.#nextUnchecked();
      try {
        await this.#checkBatch(batch);
      } catch (error) {
        // SECURITY: what cannot be asked about is told nothing; it comes back and is authenticated anew.
        this.#engine.telemetry.workFailed("agent streams", error);
        for (const listener of batch) listener.end();
      }
    }
    this.#isChecking = false;
  }

  /** Some of one tenant. */
  #nextUnchecked(): readonly NewsListener[] {
    const batch: NewsListener[] = [];
    for (const listener of this.#unchecked) {
      if (batch.length === batchMax) break;
      if (batch[0] !== undefined && batch[0].tenant !== listener.tenant) continue;
      batch.push(listener);
      this.#unchecked.delete(listener);
    }
    return batch;
  }

  /** SECURITY: a killed agent, and whoever holds a key that has ended, hears nothing any more. */
  async #checkBatch(batch: readonly NewsListener[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const { store, clock } = this.#engine;
    const agents = new Set(batch.map(({ agent }) => agent));
    const keys = new Set(batch.flatMap(({ keyId }) => keyId ?? []));
    const [chains, ends] = await Promise.all([
      store.agentChains(first.tenant, [...agents]),
      keys.size === 0 ? new Map<string, number>() : store.keyEnds(first.tenant, [...keys]),
    ]);
    for (const listener of batch) {
      const { kind, because } = standingOf(chains.get(listener.agent) ?? []);
      if (kind === "killed") listener.tell(killed);
      else tellHalt(listener, because);
      if (listener.keyId !== null) listener.endsAt = ends.get(listener.keyId) ?? 0;
      if (kind === "killed" || listener.endsAt <= clock.now()) listener.end();
    }
  }
}

const ready = frameOf("run.ready", {});
const killed = frameOf("agent.killed", {});

function tellHalt(listener: NewsListener, because: string | null): void {
  if (because === listener.haltedBy) return;
  listener.haltedBy = because;
  listener.tell(
    because === null ? frameOf("agent.resumed", {}) : frameOf("agent.paused", { because }),
  );
}

function frameOf<Name extends keyof AgentNewsData>(name: Name, data: AgentNewsData[Name]): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}
