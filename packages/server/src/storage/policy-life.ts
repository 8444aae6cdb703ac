// What storage keeps of the life of a policy: drafts, activations, rollouts, shadows.

import type { SealedEvent } from "@holdpoint/core/record/event";
import type { EventPosition, OutboxMessage, PolicyRecord } from "./store.ts";

/** `activated`: its policy decides, and its job has not been told yet. */
export type DraftState = "open" | "proposed" | "scheduled" | "activated" | "published";

export interface DraftRecord {
  readonly id: string;
  /** Grows by one with each change; the compare-and-set of every write. */
  readonly revision: number;
  readonly state: DraftState;
  readonly source: string;
  readonly message: string | null;
  /** Id of the person. */
  readonly author: string;
  /** JSON text: the person as identity knew them. */
  readonly authorRecord: string;
  /** JSON text: ids of all people who wrote on the text, whoever began it and whoever was last. */
  readonly writers: string;
  /** Digest of the policy that was active when the draft was begun. */
  readonly base: string | null;
  /** Digest of the draft's own policy; null while it does not load. */
  readonly digest: string | null;
  /** JSON text. */
  readonly findings: string;
  /** JSON text: what check, tests, diff and replay said; null while it does not load. */
  readonly results: string | null;
  /** JSON text: how it is to be published; null while nobody has asked. */
  readonly plan: string | null;
  /** The job that asks for its publication, or that asked last. */
  readonly jobId: string | null;
  readonly activateAt: number | null;
  /** What became of the last publication, in words. */
  readonly outcome: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type ActivationKind = "publish" | "rollback" | "rollout" | "schedule" | "file" | "start";

export interface ActivationRecord {
  readonly digest: string;
  readonly before: string | null;
  readonly kind: ActivationKind;
  readonly author: string;
  readonly message: string | null;
  readonly jobId: string | null;
  readonly draftId: string | null;
  readonly at: number;
}

/** The part of a rollout that decides who decides. */
export interface RolloutArm {
  readonly id: string;
  /** Digest. */
  readonly candidate: string;
  readonly percent: number;
}

export interface RolloutRecord extends RolloutArm {
  readonly revision: number;
  readonly state: "running" | "halted" | "finished" | "replaced";
  /** Digest. */
  readonly base: string;
  readonly author: string;
  readonly message: string | null;
  readonly jobId: string | null;
  /** The record is counted up to here. */
  readonly cursor: EventPosition;
  /** JSON text. */
  readonly baseCounts: string;
  readonly candidateCounts: string;
  readonly reason: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Everything that one change of what is active writes, all or nothing. */
export interface ActiveChange {
  /** Stored, and active from now on; null leaves the policy that is. */
  readonly policy: PolicyRecord | null;
  /** Digest that must still be active; null when it does not matter. */
  readonly replaces: string | null;
  /** A line of the history; null when no policy is activated. */
  readonly activation: Omit<ActivationRecord, "digest" | "before"> | null;
  /**
   * A rollout to begin (`expected` null) or to change. A running one ends in any case when another
   * policy is activated.
   */
  readonly rollout: { readonly record: RolloutRecord; readonly expected: number | null } | null;
  /** Stored before the rollout that names it. */
  readonly candidate: PolicyRecord | null;
  readonly draft: { readonly record: DraftRecord; readonly expected: number } | null;
  readonly events: readonly SealedEvent[];
  readonly outbox: readonly OutboxMessage[];
}

/** What is recorded and told with a change. */
export interface Told {
  readonly events: readonly SealedEvent[];
  readonly outbox: readonly OutboxMessage[];
}

export interface ShadowRecord {
  readonly id: string;
  readonly digest: string;
  readonly author: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export interface ShadowVerdict {
  readonly jobId: string;
  readonly topic: string;
  readonly agent: string;
  readonly liveKind: string;
  readonly liveRule: string | null;
  readonly shadowKind: string;
  readonly shadowRule: string | null;
  readonly shadowReason: string;
  /** The candidate could not be asked whole. */
  readonly isError: boolean;
  readonly at: number;
}

export interface ShadowCount {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly errors: number;
}

/** How far the holds were compared with what is active; null when all were. */
export interface Sweep {
  readonly revision: number;
  readonly after: number;
}

export interface PolicyLifeStore {
  addDraft(tenant: string, draft: DraftRecord, event: SealedEvent): Promise<void>;
  /** False when the draft is not at the expected revision any more. */
  changeDraft(tenant: string, draft: DraftRecord, expected: number, told: Told): Promise<boolean>;
  /** False when it is neither open nor scheduled, or not at that revision. */
  removeDraft(tenant: string, id: string, expected: number, told: Told): Promise<boolean>;
  /** Drafts that are not published. */
  countDrafts(tenant: string): Promise<number>;
  findDraft(tenant: string, id: string): Promise<DraftRecord | null>;
  findDraftOfJob(tenant: string, jobId: string): Promise<DraftRecord | null>;
  /** Without source, results and findings, newest first; published ones only where room is left. */
  listDrafts(tenant: string, limit: number): Promise<readonly DraftRecord[]>;
  /** Drafts whose publication is under way. */
  busyDrafts(tenant: string, limit: number): Promise<readonly DraftRecord[]>;

  /** False when something else was first; nothing is written then. */
  changeActive(tenant: string, change: ActiveChange): Promise<boolean>;
  listActivations(tenant: string, limit: number): Promise<readonly ActivationRecord[]>;
  wasActive(tenant: string, digest: string): Promise<boolean>;

  /** The running one, else the one that ended last. */
  lastRollout(tenant: string): Promise<RolloutRecord | null>;
  /** Counts only; false when another process counted first. */
  countRollout(tenant: string, rollout: RolloutRecord, expected: number): Promise<boolean>;

  startShadow(
    tenant: string,
    shadow: ShadowRecord,
    policy: PolicyRecord,
    event: SealedEvent,
  ): Promise<void>;
  /** False when none was running. */
  endShadow(tenant: string, id: string, now: number, event: SealedEvent): Promise<boolean>;
  /** The running one, else the one that ended last. */
  lastShadow(tenant: string): Promise<ShadowRecord | null>;
  addVerdicts(tenant: string, shadowId: string, verdicts: readonly ShadowVerdict[]): Promise<void>;
  countVerdicts(tenant: string, shadowId: string): Promise<readonly ShadowCount[]>;
  /** The newest ones in which the two differ. */
  sampleVerdicts(
    tenant: string,
    shadowId: string,
    limit: number,
  ): Promise<readonly ShadowVerdict[]>;

  pendingSweep(tenant: string): Promise<Sweep | null>;
  /** Writes what a page of the sweep found; `next` null when it was the last page. */
  advanceSweep(tenant: string, sweep: Sweep, next: number | null, told: Told): Promise<boolean>;
}
