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
}

/**
 * INVARIANT: a belief, never an answer. What is decided from it is written only if the job still
 * has that revision, and nobody is refused because of it: a refusal reads the job first.
 */
export class RecentJobs {
  readonly #entries = new Map<string, Entry>();
  #weight = 0;

  get(key: string): JobFile | null {
    return this.#entries.get(key)?.file ?? null;
  }

  set(key: string, file: JobFile): void {
    this.delete(key);
    if (isTerminal(file.job.state)) return;
    const weight = baseWeight + JSON.stringify(file.job.action.params).length;
    if (weight > oneWeightMax) return;
    this.#entries.set(key, { file, weight });
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
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
  }
}
