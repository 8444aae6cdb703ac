// Wakes who waits in this process: long polls by job, event streams by tenant, the clocks and the sender.

import type { JobFile } from "@holdpoint/core/job/job";
import { RecentJobs } from "./recent-jobs.ts";
import { RunWaits } from "./run-waits.ts";

export type MessagesTo = "people" | "agents" | "all";

/** What the workers of this process may have to do sooner than they know. */
export interface WorkCalls {
  /** A job got this deadline, in milliseconds since 1970. */
  deadline(at: number): void;
  /** A task for people is to be looked at then; only what waits for tasks listens. */
  task?(at: number): void;
  /** Messages were written to the outbox, for these. */
  messages(to: MessagesTo): void;
  /** Something may be due that this process did not write. */
  look(): void;
}

/** What streams of agents are made from. */
export interface JobCalls {
  /** This process wrote the job. */
  written(tenant: string, file: JobFile): void;
  /** These changed elsewhere, or a commit's fate is unknown; null when it is not known which. */
  changed(tenant: string, jobIds: readonly string[] | null): void;
  /** Any job may have changed. */
  lostTouch(): void;
}

export interface Sleep {
  /** The job as it was just written here; null when it has to be read. */
  readonly woken: Promise<JobFile | null>;
  /** Ends the sleep; may be called any number of times. */
  end(): void;
}

/** No polling between people and agents: a commit here, or a NOTIFY from elsewhere, ends up here. */
export class Hub {
  readonly #waiters = new Map<string, Set<(file: JobFile | null) => void>>();
  readonly #streams = new Map<string, Set<() => void>>();
  readonly #workers = new Set<WorkCalls>();
  readonly #jobCalls = new Set<JobCalls>();
  readonly #agentCalls = new Set<(tenant: string | null, agent: string | null) => void>();
  readonly #recent = new RecentJobs();
  /** Workers that wait for a run to take up. */
  readonly runs: RunWaits = new RunWaits();
  #isClosed = false;

  /** Registers a sleeper: woken when the job may have changed, the time is over, or it is cancelled. */
  waitForJob(tenant: string, jobId: string, timeoutMs: number): Sleep {
    const key = `${tenant}/${jobId}`;
    let wake: (file: JobFile | null) => void = () => undefined;
    const woken = new Promise<JobFile | null>((resolve) => {
      wake = resolve;
    });
    const end = (file: JobFile | null): void => {
      clearTimeout(timer);
      const waiting = this.#waiters.get(key);
      waiting?.delete(end);
      if (waiting?.size === 0) this.#waiters.delete(key);
      wake(file);
    };
    const timer = setTimeout(end, timeoutMs, null);
    if (this.#isClosed) end(null);
    else {
      const waiting = this.#waiters.get(key) ?? new Set();
      waiting.add(end);
      this.#waiters.set(key, waiting);
    }
    return { woken, end: () => end(null) };
  }

  get waiterCount(): number {
    let count = 0;
    for (const waiting of this.#waiters.values()) count += waiting.size;
    return count;
  }

  /**
   * Calls back whenever the record of the tenant may have grown. What it returns ends that, and may be called any
   * number of times. INVARIANT: it takes away nobody's call but its own, also when it is called late.
   */
  onRecord(tenant: string, call: () => void): () => void {
    const streams = this.#streams.get(tenant) ?? new Set();
    streams.add(call);
    this.#streams.set(tenant, streams);
    return () => {
      streams.delete(call);
      if (streams.size === 0 && this.#streams.get(tenant) === streams) this.#streams.delete(tenant);
    };
  }

  onJobs(calls: JobCalls): () => void {
    this.#jobCalls.add(calls);
    return () => this.#jobCalls.delete(calls);
  }

  onWork(calls: WorkCalls): () => void {
    this.#workers.add(calls);
    return () => this.#workers.delete(calls);
  }

  /** The job as this process wrote it last; null when it does not remember, or heard of a change. */
  recent(tenant: string, jobId: string): JobFile | null {
    return this.#recent.get(`${tenant}/${jobId}`);
  }

  /** The same, by the key that its agent proposed it with. */
  recentOfCall(tenant: string, agent: string, idempotencyKey: string): JobFile | null {
    return this.#recent.ofCall(tenant, agent, idempotencyKey);
  }

  /** This belief about a job turned out wrong. */
  forget(tenant: string, jobId: string): void {
    this.#recent.delete(`${tenant}/${jobId}`);
  }

  /** A commit of this process: who waits is handed what was written. */
  written(tenant: string, file: JobFile): void {
    this.#recent.set(`${tenant}/${file.job.id}`, file);
    this.#wakeJob(`${tenant}/${file.job.id}`, file);
    for (const calls of this.#jobCalls) calls.written(tenant, file);
    for (const call of this.#streams.get(tenant) ?? []) call();
  }

  /** Another process's notice, or a commit whose fate is unknown. Null wakes everybody of the tenant. */
  changed(tenant: string, jobIds: readonly string[] | null): void {
    if (jobIds === null) {
      this.#recent.clear();
      this.#wakeTenant(tenant);
      this.runs.lookAll(tenant);
    } else {
      for (const id of jobIds) {
        this.#recent.delete(`${tenant}/${id}`);
        this.#wakeJob(`${tenant}/${id}`);
      }
    }
    for (const calls of this.#jobCalls) calls.changed(tenant, jobIds);
    for (const call of this.#streams.get(tenant) ?? []) call();
  }

  /** Notices may have been lost: everybody looks. */
  lostTouch(): void {
    this.#recent.clear();
    for (const key of [...this.#waiters.keys()]) this.#wakeJob(key);
    this.runs.lostTouch();
    for (const calls of this.#jobCalls) calls.lostTouch();
    for (const calls of this.#streams.values()) for (const call of calls) call();
    this.work();
  }

  deadline(at: number): void {
    for (const calls of this.#workers) calls.deadline(at);
  }

  task(at: number): void {
    for (const calls of this.#workers) calls.task?.(at);
  }

  messages(to: MessagesTo = "all"): void {
    for (const calls of this.#workers) calls.messages(to);
  }

  /** Calls back when what is known of an agent or its keys may be old: one of a tenant, or any when both are null. */
  onAgents(call: (tenant: string | null, agent: string | null) => void): () => void {
    this.#agentCalls.add(call);
    return () => this.#agentCalls.delete(call);
  }

  /** An agent was paused, resumed, killed or changed here or elsewhere; null when it is not said which. */
  agents(tenant: string | null, agent: string | null): void {
    for (const call of this.#agentCalls) call(tenant, agent);
  }

  /** The workers look at everything, now. */
  work(): void {
    for (const calls of this.#workers) calls.look();
  }

  /** Ends all waits, so that clients connect anew elsewhere. */
  close(): void {
    this.#isClosed = true;
    this.runs.close();
    this.lostTouch();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  #wakeJob(key: string, file: JobFile | null = null): void {
    for (const wake of [...(this.#waiters.get(key) ?? [])]) wake(file);
  }

  #wakeTenant(tenant: string): void {
    for (const key of [...this.#waiters.keys()])
      if (key.startsWith(`${tenant}/`)) this.#wakeJob(key);
  }
}
