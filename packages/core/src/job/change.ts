// What one transition does to a job: the new record, the reviews and facts that go with it.

import type { Instant } from "../base/clock.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { Refusal } from "../base/result.ts";
import { assert } from "../base/assert.ts";
import type { Review } from "../approval/review.ts";
import type { Decision } from "../policy/decision.ts";
import type { AuditFact, EventActor, EventType } from "../record/event.ts";
import type { Job } from "./job.ts";
import { canFollow, isTerminal } from "./state.ts";

/** What people and agents are told once the change is committed. */
export type Notice =
  | "held"
  | "returned"
  | "resolved"
  | "unknown"
  | "escalated"
  | "reminded"
  | "overdue"
  | "assigned"
  | "silent"
  | "answered"
  | "overridden";

export interface Change {
  /** The job after the change; the same object when only a refusal is recorded. */
  readonly job: Job;
  readonly review: Review | null;
  readonly facts: readonly AuditFact[];
  readonly notice: Notice | null;
  /** What the caller is told although the change is written: a return to the reviewers, an expiry. */
  readonly answer: Refusal | null;
}

/** A decision with the snapshot that made it and its trace in the form that is recorded. */
export interface Ruling {
  readonly decision: Decision;
  readonly snapshot: string;
  readonly trace: JsonObject;
  /** What it was decided from, in the form that is recorded; replays are made from it. */
  readonly input?: JsonObject;
}

/**
 * Moves a job on: the revision grows by one and the state machine allows the step.
 * INVARIANT: a terminal job never changes.
 */
export function advance(job: Job, now: Instant, next: Partial<Job>): Job {
  const state = next.state ?? job.state;
  assert(!isTerminal(job.state), "a terminal job does not change");
  assert(state === job.state || canFollow(job.state, state), `${job.state} may become ${state}`);
  return { ...job, ...next, revision: job.revision + 1, updatedAt: now };
}

export interface FactParts {
  readonly type: EventType;
  readonly actor: EventActor;
  readonly at: Instant;
  readonly payload: JsonObject;
}

/** The fact of a change from `before` to `after`. */
export function factOf(before: Job, after: Job, parts: FactParts): AuditFact {
  return {
    ...parts,
    jobId: after.id,
    revision: after.revision,
    before: before.state,
    after: after.state,
    jobHash: after.jobHash,
    snapshot: after.snapshot,
  };
}

/** The decision as it is recorded: enough to show and to replay what was asked. */
export function decisionRecord(ruling: Ruling): JsonObject {
  const { decision } = ruling;
  const record: JsonObject = {
    decision: decision.kind,
    rule: decision.ruleId,
    reason: decision.reason,
    matched_rules: [...decision.matchedRuleIds],
    constraints: constraintsRecord(decision),
    requirements: decision.requirements.map((requirement) => ({ ...requirement })),
    policy_snapshot: ruling.snapshot,
    trace: ruling.trace,
  };
  if (decision.warnings.length > 0) record["warnings"] = warningsRecord(decision);
  if (decision.unenforced !== null) record["unenforced"] = decision.unenforced;
  if (ruling.input !== undefined) record["input"] = ruling.input;
  return record;
}

function warningsRecord({ warnings }: Decision): JsonObject[] {
  return warnings.map(({ ruleId, decision, reason, mode }) => ({
    rule: ruleId,
    decision,
    reason,
    mode,
  }));
}

function constraintsRecord(decision: Decision): JsonObject | null {
  return decision.constraints === null ? null : constraintsToJson(decision.constraints);
}

/** Constraints as plain JSON, absent members left out. */
export function constraintsToJson(constraints: NonNullable<Decision["constraints"]>): JsonObject {
  const record: JsonObject = {};
  for (const [name, value] of Object.entries(constraints)) {
    if (value !== undefined) record[name] = Array.isArray(value) ? [...value] : value;
  }
  return record;
}
