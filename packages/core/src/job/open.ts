// Opens a job from a proposal and its decision: the first transition of every life.

import { assert } from "../base/assert.ts";
import { allowedLifeMs, grantLifeMs } from "../base/limits.ts";
import type { Instant } from "../base/clock.ts";
import type { GrantId, JobId } from "../base/id.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { Action } from "../action/action.ts";
import { maskedTarget, maskObject } from "../action/mask.ts";
import { effectiveForm, jobHash, presentedHash } from "../action/hash.ts";
import { isHold } from "../policy/decision.ts";
import { type Facts, noFacts } from "../policy/facts.ts";
import type { AuditFact } from "../record/event.ts";
import { type Change, decisionRecord, factOf, type FactParts, type Ruling } from "./change.ts";
import type { Enrichment, Job, Requester } from "./job.ts";
import { type HoldSurroundings, planWatch } from "./plan.ts";
import { type Memory, memoryRecord, withMemory } from "./rejection-memory.ts";
import type { JobState } from "./state.ts";
import { nextDueAt } from "./timers.ts";

export interface Opening {
  readonly tenant: string;
  readonly id: JobId;
  readonly action: Action;
  /** The action in the agent's own words; absent when the server added nothing to it. */
  readonly declared?: Action | undefined;
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
  /** Null when neither policy nor memory holds it: who is there is not looked up then. */
  readonly around: HoldSurroundings | null;
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
  const job = newJob(opening);
  const plan = planOf(opening, job);
  const held = { ...job, watch: plan.watch, dueAt: plan.dueAt };
  return {
    job: held,
    review: null,
    facts: [
      proposed(opening, held, asked.ruling),
      ...plan.facts.map((fact) => factOf(held, held, fact)),
      ...(opening.remedy == null ? [] : [remediated(opening.remedy, held)]),
      ...(opening.replaces == null ? [] : [replaced(opening.replaces, held)]),
    ],
    notice: job.state === "APPROVAL" ? "held" : null,
    answer: null,
  };
}

function newJob(opening: Opening): Job {
  const { ruling, now, action } = opening;
  const state = firstState(ruling);
  const hash = jobHash(opening.tenant, action);
  return {
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
    resumption: null,
    watch: null,
    decision: ruling.decision,
    snapshot: ruling.snapshot,
    requester: opening.requester,
    held: state === "APPROVAL",
    createdAt: now,
    updatedAt: now,
    dueAt: state === "APPROVED" ? now + allowedLifeMs : null,
    resolution: resolutionOf(state, opening),
    grant:
      state === "APPROVED"
        ? { id: opening.grantId, issuedAt: now, expiresAt: now + grantLifeMs, approvers: [] }
        : null,
    execution: null,
    outcome: null,
  };
}

interface Plan extends Pick<Job, "watch" | "dueAt"> {
  readonly facts: readonly FactParts[];
}

/** How a job that waits for people goes on by itself; any other has its time already. */
function planOf(opening: Opening, job: Job): Plan {
  if (job.state !== "APPROVAL") return { watch: null, dueAt: job.dueAt, facts: [] };
  const { around, memory } = opening;
  assert(around !== null, "a hold is planned by who is there");
  const near = memory?.likeness === "near" ? memory.job.id : around.near;
  const { watch, facts } = planWatch(
    {
      decision: job.decision,
      action: job.action,
      requester: job.requester,
      revision: job.revision,
      askedMs: opening.timeoutMs,
      now: opening.now,
      before: null,
    },
    { ...around, near },
  );
  return { watch, dueAt: nextDueAt(watch), facts };
}

/** The first fact of every job; `ruled` is what policy said before anything was remembered. */
function proposed(opening: Opening, job: Job, ruled: Ruling): AuditFact {
  const { action } = job;
  return {
    type: "job.proposed",
    at: job.createdAt,
    actor: { kind: "agent", id: action.actor.agent },
    jobId: job.id,
    revision: 1,
    before: null,
    after: job.state,
    jobHash: job.jobHash,
    snapshot: job.snapshot,
    payload: proposedRecord(opening, job, ruled),
  };
}

function proposedRecord(opening: Opening, job: Job, ruled: Ruling): JsonObject {
  const { action } = job;
  const form = effectiveForm(opening.tenant, action);
  form["params"] = maskObject(action.params);
  form["target"] = maskedTarget(action);
  const record = decisionRecord(opening.ruling);
  record["action"] = form;
  record["presented_hash"] = job.presentedHash;
  record["run"] = action.actor.run;
  record["thread"] = action.actor.thread;
  record["call"] = action.actor.call ?? null;
  record["grant"] = job.grant?.id ?? null;
  if (opening.remedy != null) Object.assign(record, remedyRecord(opening.remedy));
  if (opening.memory != null) record["memory"] = memoryRecord(ruled, opening.memory);
  if (job.replaces !== null) record["replaces"] = job.replaces;
  return record;
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
