// Jobs that the clocks could not move: left alone for a while, so that they hold up nobody else.

import type { Instant } from "@holdpoint/core/base/clock";

const pauseMinMs = 1_000;
const pauseMaxMs = 60_000;
/** Jobs of all tenants; past it something is wrong with more than single jobs. */
const jobsMax = 1_000;

interface Failure {
  readonly tenant: string;
  readonly id: string;
  readonly times: number;
  readonly againAt: Instant;
}

/** What one process knows of jobs that failed; another tries them by itself. */
export class SetAside {
  readonly #failures = new Map<string, Failure>();

  /** False when there are too many already. */
  add(tenant: string, id: string, now: Instant): boolean {
    const key = `${tenant}/${id}`;
    const times = this.#failures.get(key)?.times ?? 0;
    if (times === 0 && this.#failures.size >= jobsMax) return false;
    const againAt = now + Math.min(pauseMinMs * 2 ** times, pauseMaxMs);
    this.#failures.set(key, { tenant, id, times: times + 1, againAt });
    return true;
  }

  has(tenant: string, id: string, now: Instant): boolean {
    const failure = this.#failures.get(`${tenant}/${id}`);
    return failure !== undefined && now < failure.againAt;
  }

  countOf(tenant: string): number {
    return this.#of(tenant).length;
  }

  /** When the first one of a tenant is tried again; null when there is none. */
  firstOf(tenant: string): Instant | null {
    const all = this.#of(tenant);
    return all.length === 0 ? null : Math.min(...all.map(({ againAt }) => againAt));
  }

  /** Forgets those of a tenant that are due no more: they moved elsewhere, or ended. */
  keepOnly(tenant: string, ids: ReadonlySet<string>): void {
    for (const [key, failure] of this.#failures) {
      if (failure.tenant === tenant && !ids.has(failure.id)) this.#failures.delete(key);
    }
  }

  #of(tenant: string): readonly Failure[] {
    if (this.#failures.size === 0) return [];
    return [...this.#failures.values()].filter((failure) => failure.tenant === tenant);
  }
}
