// What the verbs ask of storage about holds: blind votes, what people rejected, who released together.

import type { Action } from "@holdpoint/core/action/action";
import type { Job, JobFile } from "@holdpoint/core/job/job";

export interface HoldStore {
  /** Of these jobs the open holds that a rule makes blind, with their reviews. */
  blindHolds(tenant: string, ids: readonly string[]): Promise<readonly JobFile[]>;
  /** Rejected jobs of the topic since then, the newest first. */
  rejectionsOf(
    tenant: string,
    topic: string,
    since: number,
    limit: number,
  ): Promise<readonly Job[]>;
  /** The last job with this very action that was rejected since then; null when none was. */
  rejectionOf(tenant: string, action: Action, since: number): Promise<Job | null>;
  /** Open holds of an agent's run, oldest first. */
  heldOfRun(tenant: string, agent: string, run: string, limit: number): Promise<readonly Job[]>;
  /** People who together released the last hold of this rule that took two or more; else empty. */
  lastPairOf(tenant: string, ruleId: string): Promise<readonly string[]>;
}

/**
 * What a proposal was compared with: it is written only if nothing else of its topic was rejected
 * since then.
 */
export interface Recollection {
  readonly since: number;
  /** Ids of the rejected jobs that were looked at. */
  readonly known: readonly string[];
}
