// Between a job and its row: identifying columns for queries, the rest as JSON text.

import { createHash } from "node:crypto";
import type { JobId, ReviewId } from "@holdpoint/core/base/id";
import type { Digest } from "@holdpoint/core/base/digest";
import type { Person, Review, ReviewKind } from "@holdpoint/core/approval/review";
import type { Action } from "@holdpoint/core/action/action";
import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Json } from "@holdpoint/core/base/json/value";
import type { Job } from "@holdpoint/core/job/job";
import type { Decision } from "@holdpoint/core/policy/decision";
import { numbersOf } from "@holdpoint/core/policy/history";
import { titleOfJob } from "@holdpoint/core/wire/view";
import type { JobState } from "@holdpoint/core/job/state";
import { noFacts } from "@holdpoint/core/policy/facts";
import type { CommitJob } from "./commit-statement.ts";
import type { Row } from "./database.ts";

export interface JobRow extends Row {
  readonly tenant: string;
  readonly seq: number;
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly round: number;
  readonly held: boolean;
  readonly job_hash: string;
  readonly proposed_hash: string;
  readonly presented_hash: string;
  readonly snapshot: string;
  readonly action: string;
  readonly proposed_action: string | null;
  readonly facts: string | null;
  readonly enrichment: string | null;
  readonly remediates: string | null;
  readonly replaces: string | null;
  readonly resumption: string | null;
  readonly watch: string | null;
  readonly decision: string;
  readonly requester: string;
  readonly resolution: string | null;
  readonly grant_record: string | null;
  readonly execution: string | null;
  readonly outcome: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly due_at: number | null;
}

export interface ReviewRow {
  readonly id: string;
  readonly round: number;
  readonly job_hash: string;
  readonly person_record: string;
  readonly voted_for: string | null;
  readonly kind: string;
  readonly reason: string | null;
  readonly code: string | null;
  readonly note: string | null;
  readonly at: number;
}

export const jobColumns = [
  "tenant",
  "seq",
  "id",
  "revision",
  "state",
  "round",
  "held",
  "job_hash",
  "proposed_hash",
  "presented_hash",
  "facts",
  "enrichment",
  "remediates",
  "replaces",
  "resumption",
  "watch",
  "snapshot",
  "action",
  "proposed_action",
  "decision",
  "requester",
  "resolution",
  "grant_record",
  "execution",
  "outcome",
  "created_at",
  "updated_at",
  "due_at",
] as const;

/** The members of a job that are one JSON text each; the columns guarantee what was written. */
function parsed<T>(text: string): T {
  return JSON.parse(text) as T;
}

function parsedOrNull<T>(text: string | null): T | null {
  return text === null ? null : parsed<T>(text);
}

const decisionsKept = 128;
const decisionLengthMax = 16_384;
const decisions = new Map<string, Decision>();

/** Jobs that one rule decided alike carry the very same text: it is parsed once, and never changed. */
function decisionOf(text: string): Decision {
  const known = decisions.get(text);
  if (known !== undefined) return known;
  // Decisions of before holds had terms have none.
  const decision: Decision = { ...{ terms: null }, ...parsed<Decision>(text) };
  if (text.length <= decisionLengthMax) decisions.set(text, decision);
  for (const oldest of decisions.keys()) {
    if (decisions.size <= decisionsKept) break;
    decisions.delete(oldest);
  }
  return decision;
}

export function jobOfRow(row: JobRow): Job {
  return {
    tenant: row.tenant,
    id: row.id as JobId,
    revision: row.revision,
    state: row.state as JobState,
    round: row.round,
    held: row.held,
    action: parsed(row.action),
    jobHash: row.job_hash as Digest,
    proposedHash: row.proposed_hash as Digest,
    proposedAction: parsedOrNull(row.proposed_action),
    presentedHash: row.presented_hash as Digest,
    facts: parsedOrNull(row.facts) ?? noFacts,
    enrichment: parsedOrNull(row.enrichment),
    remediates: row.remediates as JobId | null,
    replaces: row.replaces as JobId | null,
    resumption: row.resumption,
    watch: parsedOrNull(row.watch),
    decision: decisionOf(row.decision),
    snapshot: row.snapshot,
    requester: parsed(row.requester),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    dueAt: row.due_at,
    resolution: parsedOrNull(row.resolution),
    grant: parsedOrNull(row.grant_record),
    execution: parsedOrNull(row.execution),
    outcome: parsedOrNull(row.outcome),
  };
}

export function reviewOfRow(row: ReviewRow): Review {
  return {
    id: row.id as ReviewId,
    round: row.round,
    jobHash: row.job_hash as Digest,
    person: parsed<Person>(row.person_record),
    votedFor: row.voted_for,
    kind: row.kind as ReviewKind,
    reason: row.reason,
    code: row.code,
    note: row.note,
    at: row.at,
  };
}

function textOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/**
 * The job as the commit statement reads it. Of an update the large parts that did not change stay
 * away: the statement keeps what stands there, and neither side reads or writes it again. One literal, because it is
 * made in every commit, and one with a spread in it takes many times as long.
 */
export function inputOfJob(head: CommitJob, job: Job, before?: Job): CommitJob {
  const isSame = before?.action === job.action && before.decision === job.decision;
  const whole = isSame ? undefined : job;
  const input = {
    at: head.at,
    expected: head.expected,
    bundle: head.bundle,
    acting: head.acting,
    credential: head.credential,
    memory_since: head.memory_since,
    memory_known: head.memory_known,
    id: job.id,
    revision: job.revision,
    state: job.state,
    round: job.round,
    held: job.held,
    agent: job.action.actor.agent,
    job_hash: job.jobHash,
    proposed_hash: job.proposedHash,
    presented_hash: job.presentedHash,
    idempotency_key: job.action.idempotencyKey,
    snapshot: job.snapshot,
    requester: JSON.stringify(job.requester),
    resolution: textOrNull(job.resolution),
    grant_record: textOrNull(job.grant),
    execution: textOrNull(job.execution),
    outcome: textOrNull(job.outcome),
    resumption: job.resumption,
    watch: textOrNull(job.watch),
    created_at: job.createdAt,
    updated_at: job.updatedAt,
    due_at: job.dueAt,
    topic: whole?.action.topic,
    environment: whole?.action.target.environment,
    risk_tags: whole?.action.riskTags,
    rule_id: whole?.decision.ruleId,
    title: whole && titleOfJob(whole),
    resource_key: whole && resourceKeyOf(whole.action.target.resource),
    numbers: whole && textOrNull(numbersOf(whole.action.params)),
    facts: whole && (whole.facts === noFacts ? null : JSON.stringify(whole.facts)),
    enrichment: whole && textOrNull(whole.enrichment),
    remediates: whole?.remediates,
    replaces: whole?.replaces,
    action_key: whole?.held === true ? actionKeyOf(whole.action) : undefined,
    action: whole && JSON.stringify(whole.action),
    proposed_action: whole && textOrNull(whole.proposedAction),
    decision: whole && JSON.stringify(whole.decision),
  };
  return input;
}

/** The action without its idempotency key and without its agent: what a rejection is remembered by. */
export function actionKeyOf(action: Action): string {
  const { topic, tool, params, target, cost } = action;
  const text = canonicalJson({ topic, tool, params, target, cost } as unknown as Json);
  return createHash("sha256").update(text).digest("base64url");
}

/** Names a resource in an index, which takes no long texts. */
export function resourceKeyOf(resource: string | null): string | null {
  return resource === null ? null : createHash("md5").update(resource).digest("base64url");
}
