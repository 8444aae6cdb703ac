// Jobs as this process wrote them last, so that the next verb on one need not read it again.

import type { JobFile } from "@holdpoint/core/job/job";
import { isTerminal } from "@holdpoint/core/job/state";

/** Characters of parameters kept in all, and of one job at most. */
const weightMax = 16 * 1_048_576;
const oneWeightMax = 65_536;
const baseWeight = 4_096;

interface Entry {
  readonly file: JobFile;
  readonly weight: number;
  /** Of the proposal, where it has one. */
  readonly call: string | null;
}

/**
 * INVARIANT: a belief, never an answer. What is decided from it is written only if the job still
 * has that revision, and nobody is refused because of it: a refusal reads the job first.
 */
export class RecentJobs {
  readonly #entries = new Map<string, Entry>();
  /** Keys of jobs, by agent and idempotency key. */
  readonly #calls = new Map<string, string>();
  #weight = 0;

  get(key: string): JobFile | null {
    return this.#entries.get(key)?.file ?? null;
  }

  /** The job that this agent proposed with this idempotency key. */
  ofCall(tenant: string, agent: string, idempotencyKey: string): JobFile | null {
    const key = this.#calls.get(callName(tenant, agent, idempotencyKey));
    return key === undefined ? null : this.get(key);
  }

  set(key: string, file: JobFile): void {
    this.delete(key);
    if (isTerminal(file.job.state)) return;
    const weight = baseWeight + JSON.stringify(file.job.action.params).length;
    if (weight > oneWeightMax) return;
    const { tenant, action } = file.job;
    const { idempotencyKey, actor } = action;
    const call = idempotencyKey === null ? null : callName(tenant, actor.agent, idempotencyKey);
    this.#entries.set(key, { file, weight, call });
    if (call !== null) this.#calls.set(call, key);
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= weightMax) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#weight -= entry.weight;
    this.#entries.delete(key);
    if (entry.call !== null) this.#calls.delete(entry.call);
  }

  clear(): void {
    this.#entries.clear();
    this.#calls.clear();
    this.#weight = 0;
  }
}

function callName(tenant: string, agent: string, idempotencyKey: string): string {
  return JSON.stringify([tenant, agent, idempotencyKey]);
}
