// Opens a job from a proposal and its decision: the first transition of every life.

import { allowedLifeMs, grantLifeMs, holdTimeoutMaxMs, holdTimeoutMinMs } from "../base/limits.ts";
import type { Instant } from "../base/clock.ts";
import type { GrantId, JobId } from "../base/id.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { Action } from "../action/action.ts";
import { maskedTarget, maskObject } from "../action/mask.ts";
import { effectiveForm, jobHash, presentedHash } from "../action/hash.ts";
import { isHold } from "../policy/decision.ts";
import { type Facts, noFacts } from "../policy/facts.ts";
import type { AuditFact } from "../record/event.ts";
import { type Change, decisionRecord, type Ruling } from "./change.ts";
import type { Enrichment, Job, Requester } from "./job.ts";
import { type Memory, memoryRecord, withMemory } from "./rejection-memory.ts";
import type { JobState } from "./state.ts";

export interface Opening {
  readonly tenant: string;
  readonly id: JobId;
  readonly action: Action;
  /** The action in the agent's own words; absent when the server added nothing to it. */
  readonly declared?: Action;
  readonly enrichment?: Enrichment | null;
  readonly facts?: Facts;
  readonly remedy?: Remedy | null;
  /** The rejected or denied job in whose place the agent proposes this one. */
  readonly replaces?: Job | null;
  /** What people rejected before that this action is like; the ruling is made stricter by it. */
  readonly memory?: Memory | null;
  readonly requester: Requester;
  readonly ruling: Ruling;
  /** What the agent asked for, in milliseconds; can only shorten the hold. */
  readonly timeoutMs: number | null;
  readonly grantId: GrantId;
  readonly now: Instant;
}

/** Which job a new one is the remediation of, and by which offer of its decision. */
export interface Remedy {
  readonly of: Job;
  readonly remediation: string;
}

export function openJob(asked: Opening): Change {
  // What policy denies is its deny, whatever is remembered.
  const memory = asked.ruling.decision.kind === "deny" ? null : (asked.memory ?? null);
  const ruled = memory === null ? asked.ruling : withMemory(asked.ruling, memory);
  const opening = { ...asked, ruling: ruled, memory };
  const { ruling, now, action } = opening;
  const state = firstState(ruling);
  const hash = jobHash(opening.tenant, action);
  const job: Job = {
    tenant: opening.tenant,
    id: opening.id,
    revision: 1,
    state,
    round: 1,
    action,
    jobHash: hash,
    // INVARIANT: the same proposal is known again although tools or policy changed in between.
    proposedHash: opening.declared === undefined ? hash : jobHash(opening.tenant, opening.declared),
    proposedAction: null,
    presentedHash: presentedHash(action),
    facts: opening.facts ?? noFacts,
    enrichment: opening.enrichment ?? null,
    remediates: opening.remedy?.of.id ?? null,
    replaces: opening.replaces?.id ?? null,
    watch: null,
    decision: ruling.decision,
    snapshot: ruling.snapshot,
    requester: opening.requester,
    held: state === "APPROVAL",
    createdAt: now,
    updatedAt: now,
    dueAt: dueOf(state, opening),
    resolution: resolutionOf(state, opening),
    grant:
      state === "APPROVED"
        ? { id: opening.grantId, issuedAt: now, expiresAt: now + grantLifeMs, approvers: [] }
        : null,
    execution: null,
    outcome: null,
  };
  return {
    job,
    review: null,
    facts: [
      {
        type: "job.proposed",
        at: now,
        actor: { kind: "agent", id: action.actor.agent },
        jobId: job.id,
        revision: 1,
        before: null,
        after: state,
        jobHash: hash,
        snapshot: ruling.snapshot,
        payload: {
          action: {
            ...effectiveForm(opening.tenant, action),
            params: maskObject(action.params),
            target: maskedTarget(action),
          },
          presented_hash: job.presentedHash,
          run: action.actor.run,
          thread: action.actor.thread,
          ...decisionRecord(ruling),
          grant: job.grant?.id ?? null,
          ...(opening.remedy == null ? {} : remedyRecord(opening.remedy)),
          ...(memory === null ? {} : { memory: memoryRecord(asked.ruling, memory) }),
          ...(job.replaces === null ? {} : { replaces: job.replaces }),
        },
      },
      ...(opening.remedy == null ? [] : [remediated(opening.remedy, job)]),
      ...(opening.replaces == null ? [] : [replaced(opening.replaces, job)]),
    ],
    notice: state === "APPROVAL" ? "held" : null,
    answer: null,
  };
}

function remedyRecord({ of, remediation }: Remedy): JsonObject {
  return { remediates: of.id, remediation };
}

/** The same on the side of the job that was remediated, which it does not change. */
function remediated({ of, remediation }: Remedy, by: Job): AuditFact {
  return {
    type: "job.remediated",
    at: by.createdAt,
    actor: { kind: "agent", id: by.action.actor.agent },
    jobId: of.id,
    revision: null,
    before: of.state,
    after: of.state,
    jobHash: of.jobHash,
    snapshot: of.snapshot,
    payload: { remediation, by: by.id },
  };
}

/** On the side of the job that was rejected or denied, which it does not change. */
function replaced(before: Job, by: Job): AuditFact {
  return {
    type: "job.replaced",
    at: by.createdAt,
    actor: { kind: "agent", id: by.action.actor.agent },
    jobId: before.id,
    revision: null,
    before: before.state,
    after: before.state,
    jobHash: before.jobHash,
    snapshot: before.snapshot,
    payload: { by: by.id },
  };
}

function firstState(ruling: Ruling): JobState {
  if (ruling.decision.kind === "deny") return "DENIED";
  return isHold(ruling.decision.kind) ? "APPROVAL" : "APPROVED";
}

function dueOf(state: JobState, opening: Opening): Instant | null {
  if (state === "APPROVED") return opening.now + allowedLifeMs;
  if (state !== "APPROVAL") return null;
  return opening.now + holdTimeout(opening.ruling, opening.timeoutMs);
}

/** The rule's timeout, or the agent's when that is shorter, within the product's bounds. */
export function holdTimeout(ruling: Ruling, askedMs: number | null): number {
  const shortest = Math.min(ruling.decision.timeoutMs, askedMs ?? Number.POSITIVE_INFINITY);
  return Math.min(Math.max(shortest, holdTimeoutMinMs), holdTimeoutMaxMs);
}

function resolutionOf(state: JobState, opening: Opening): Job["resolution"] {
  if (state !== "DENIED") return null;
  const { decision } = opening.ruling;
  const isRemembered = opening.memory?.likeness === "same";
  return {
    kind: "denied",
    by: { kind: "policy", id: isRemembered ? "memory" : (decision.ruleId ?? "default") },
    byName: null,
    reason: decision.reason,
    code: isRemembered ? "previously_rejected" : null,
    at: opening.now,
  };
}
