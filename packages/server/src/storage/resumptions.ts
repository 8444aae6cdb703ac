// What storage keeps of runs that ended at an interrupt: one row each, one lease at a time.

import type { Result } from "@holdpoint/core/base/result";
import type { BoundJob, Resumption, ResumptionState } from "@holdpoint/core/job/resumption";
import type { Told } from "./policy-life.ts";
import type { OutboxMessage } from "./store.ts";

/** Which runs one claim takes. */
export interface ClaimRuns {
  readonly agent: string;
  /** Null with an `id`. */
  readonly queues: readonly string[] | null;
  readonly thread: string | null;
  /** Only this one; null for any. */
  readonly id: string | null;
  readonly worker: string;
  readonly now: number;
  /** End of the lease. */
  readonly until: number;
  readonly limit: number;
  /** Written with the claim of one `id`; what is for a webhook, only where the agent has one. */
  readonly outbox?: (run: Resumption) => readonly OutboxMessage[];
}

export interface ClaimedRuns {
  readonly runs: readonly Resumption[];
  /** When the next one is due, when none was there to take; null when none is in sight. */
  readonly nextDueAt: number | null;
}

export interface ResumptionFilter {
  readonly state: ResumptionState | null;
  readonly agent: string | null;
  readonly thread: string | null;
  readonly limit: number;
  /** Sequence number before which the page starts; null for the first page. */
  readonly after: number | null;
}

export interface ResumptionPageRecord {
  /** Newest first. */
  readonly runs: readonly Resumption[];
  readonly nextAfter: number | null;
}

/** What a run becomes, and what is recorded and told of it. */
export interface RunChange {
  readonly next: Resumption;
  readonly told: Told;
}

/** Runs that no worker moves on. */
export interface StrandedRuns {
  readonly runs: readonly Resumption[];
  /** When to look again; null when nothing is in sight. */
  readonly nextAt: number | null;
}

export interface ResumptionStore {
  /**
   * The run as it is stored: this one, or the one of this id that was there. Null when its checkpoint is not there
   * with this digest. INVARIANT: a checkpoint that a run is bound to cannot be on its way out.
   */
  addResumption(tenant: string, run: Resumption): Promise<Resumption | null>;
  findResumption(tenant: string, id: string): Promise<Resumption | null>;
  listResumptions(tenant: string, filter: ResumptionFilter): Promise<ResumptionPageRecord>;
  /** Takes what is due, each by one claim at a time; who was first has it. */
  claimResumptions(tenant: string, terms: ClaimRuns): Promise<ClaimedRuns>;
  /**
   * Changes one run while nothing else can, with what is recorded and told; a refusal changes nothing. `jobs` are
   * those of a run whose jobs are being bound. Null when it is not there.
   */
  changeResumption<R extends RunChange>(
    tenant: string,
    id: string,
    change: (run: Resumption, jobs: readonly BoundJob[]) => Result<R>,
  ): Promise<Result<R> | null>;
  /** Runs whose suspension was cut short, and runs whose last lease is over. */
  strandedResumptions(tenant: string, now: number, limit: number): Promise<StrandedRuns>;
  /** Runs of an agent that are not over, oldest first. */
  openResumptionsOf(tenant: string, agent: string, limit: number): Promise<readonly Resumption[]>;
}
