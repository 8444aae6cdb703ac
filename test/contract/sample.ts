// Jobs, events and policies to write, made by the production code from plain words.

import { randomBytes } from "node:crypto";
import { jobHash } from "@holdpoint/core/action/hash";
import { asJobId, makeIds } from "@holdpoint/core/base/id";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { Review, ReviewKind } from "@holdpoint/core/approval/review";
import type { Job } from "@holdpoint/core/job/job";
import { openJob } from "@holdpoint/core/job/open";
import type { HoldSurroundings } from "@holdpoint/core/job/plan";
import type { Decision } from "@holdpoint/core/policy/decision";
import { type AuditFact, type EventType, sealEvent } from "@holdpoint/core/record/event";
import { actionFromProposal } from "@holdpoint/core/wire/action-door";
import type {
  ActiveChange,
  DraftRecord,
  RolloutRecord,
  ShadowVerdict,
} from "@holdpoint/server/storage/policy-life";
import type {
  Commit,
  KeyRecord,
  OutboxMessage,
  PolicyRecord,
  ToolsRecord,
} from "@holdpoint/server/storage/store";

let tick = 1_800_000_000_000;
/** Time that moves by one at each look, so that ids sort as they were made. */
const clock = { now: (): number => (tick += 1) };
export const ids = makeIds(clock, randomBytes);

const decision: Decision = {
  kind: "require_approval",
  ruleId: "prod-write-gate",
  reason: "production writes are looked at",
  matchedRuleIds: ["prod-write-gate"],
  constraints: null,
  requirements: [],
  exclude: [],
  timeoutMs: 60_000,
  onTimeout: "block",
  slaMs: null,
  onReject: "abort",
  strongAuth: null,
  notify: [],
  remediations: [],
  warnings: [],
  unenforced: null,
  terms: null,
};

/** Nobody is asked by name here, so nobody has to be on duty. */
const nobodyAround: HoldSurroundings = {
  duty: {
    members: () => [],
    onDuty: () => [],
    hoursOf: () => null,
    alwaysGroups: [],
    slots: () => [],
  },
  directory: {
    isMember: () => false,
    holdsRole: () => false,
    canonical: (person) => person,
    namesOf: ({ id }) => [id],
    isWithinLimits: () => true,
    principalsOf: () => [],
  },
  hasChannels: false,
  lastPair: [],
  near: null,
};

export interface JobWish {
  readonly id?: string;
  readonly topic?: string;
  readonly agent?: string;
  readonly resource?: string;
  readonly key?: string;
  readonly kind?: Decision["kind"];
  readonly rule?: string;
  readonly riskTags?: readonly string[];
  readonly params?: JsonObject;
}

export function makeJob(tenant: string, wish: JobWish = {}): Job {
  const read = actionFromProposal(
    {
      topic: wish.topic ?? "job.db.delete",
      params: wish.params ?? { id: "c_81" },
      risk_tags: [...(wish.riskTags ?? ["prod", "write"])],
      target: wish.resource === undefined ? null : { resource: wish.resource },
      idempotency_key: wish.key ?? null,
    },
    wish.agent ?? "billing",
  );
  if (!read.ok) throw new Error(read.detail.message);
  const { job } = openJob({
    tenant,
    id: asJobId(wish.id ?? ids.job()),
    action: read.action,
    requester: { agentOwner: null, keyCreator: null },
    ruling: {
      decision: {
        ...decision,
        kind: wish.kind ?? decision.kind,
        ruleId: wish.rule ?? decision.ruleId,
      },
      snapshot: `${tenant}@sha256:${"0".repeat(64)}`,
      trace: {},
    },
    timeoutMs: null,
    around: nobodyAround,
    grantId: ids.grant(),
    now: clock.now(),
  });
  return job;
}

export function makeEvent(
  tenant: string,
  type: EventType = "job.proposed",
  job: Job | null = null,
): Commit["events"][number] {
  const fact: AuditFact = {
    type,
    at: clock.now(),
    actor: { kind: "agent", id: "billing" },
    jobId: job?.id ?? null,
    revision: job?.revision ?? null,
    before: null,
    after: job?.state ?? null,
    jobHash: job?.jobHash ?? null,
    snapshot: job?.snapshot ?? null,
    payload: { note: "written by the contract", chance: randomBytes(4).toString("hex") },
  };
  return sealEvent(tenant, ids.event(), fact, randomBytes(32));
}

export function makeMessage(job: Job | null, dueAt = clock.now()): OutboxMessage {
  const body = JSON.stringify({ type: "approval.requested", data: { job: job?.id ?? null } });
  const kind = "approval.requested";
  return { id: ids.delivery(), jobId: job?.id ?? null, channel: "log", kind, body, dueAt };
}

const nothing: Omit<Commit, "job" | "expected"> = {
  bundle: null,
  review: null,
  events: [],
  outbox: [],
  answer: null,
};

/** Writes a new job with its event. */
export function opening(job: Job, more: Partial<Commit> = {}): Commit {
  const events = [makeEvent(job.tenant, "job.proposed", job)];
  return { ...nothing, job, expected: null, events, ...more };
}

/** Moves a job on from the revision that `before` has. */
export function changing(before: Job, next: Partial<Job>, more: Partial<Commit> = {}): Commit {
  const job: Job = { ...before, ...next, revision: before.revision + 1, updatedAt: clock.now() };
  const events = [makeEvent(job.tenant, "job.approved", job)];
  return { ...nothing, job, expected: before.revision, events, ...more };
}

/** Writes facts only. */
export function noting(...events: Commit["events"]): Commit {
  return { ...nothing, job: null, expected: null, events };
}

export function makeReview(job: Job, kind: ReviewKind = "approve", reason = "fine"): Review {
  return {
    id: ids.review(),
    round: job.round,
    jobHash: jobHash(job.tenant, job.action),
    person: {
      id: "per_ada",
      email: "ada@example.com",
      name: "Ada",
      roles: ["dba"],
      assurance: "key",
    },
    kind,
    reason,
    code: null,
    votedFor: null,
    note: null,
    at: clock.now(),
  };
}

export function makePolicy(name: string): PolicyRecord {
  const digest = `sha256:${Buffer.from(name).toString("hex").padStart(64, "0").slice(-64)}`;
  return {
    digest,
    source: `version: v1\n# ${name}\nrules: []\n`,
    policy: "{}",
    author: "per_ada",
    message: name,
    rules: 0,
    createdAt: clock.now(),
  };
}

export function makeTools(name: string): ToolsRecord {
  const { digest } = makePolicy(name);
  return { digest, registry: JSON.stringify({ name }), author: "per_ada", createdAt: clock.now() };
}

export function makeKey(wish: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: ids.key(),
    secretHash: randomBytes(32).toString("hex"),
    kind: "agent",
    subject: "billing",
    name: null,
    owner: null,
    createdBy: null,
    roles: [],
    scopes: ["propose", "redeem"],
    createdAt: clock.now(),
    expiresAt: clock.now() + 1_000_000,
    revokedAt: null,
    lastUsedAt: null,
    person: null,
    ...wish,
  };
}

export function makeDraft(wish: Partial<DraftRecord> = {}): DraftRecord {
  const now = clock.now();
  return {
    id: ids.draft(),
    revision: 1,
    state: "open",
    source: "version: v1\nrules: []\n",
    message: null,
    author: "per_ada",
    authorRecord: "{}",
    writers: '["per_ada"]',
    base: null,
    digest: null,
    findings: "[]",
    results: null,
    plan: null,
    jobId: null,
    activateAt: null,
    outcome: null,
    createdAt: now,
    updatedAt: now,
    ...wish,
  };
}

export function makeRollout(base: string, candidate: string): RolloutRecord {
  const now = clock.now();
  return {
    id: ids.rollout(),
    revision: 1,
    state: "running",
    base,
    candidate,
    percent: 10,
    author: "per_ada",
    message: null,
    jobId: null,
    cursor: { txid: 0, seq: 0 },
    baseCounts: "{}",
    candidateCounts: "{}",
    reason: null,
    createdAt: now,
    updatedAt: now,
  };
}

export function makeVerdict(wish: Partial<ShadowVerdict> = {}): ShadowVerdict {
  return {
    jobId: ids.job(),
    topic: "job.db.delete",
    agent: "billing",
    liveKind: "require_approval",
    liveRule: "gate",
    shadowKind: "deny",
    shadowRule: "never",
    shadowReason: "Never",
    isError: false,
    at: clock.now(),
    ...wish,
  };
}

const noChange: ActiveChange = {
  policy: null,
  replaces: null,
  activation: null,
  rollout: null,
  candidate: null,
  draft: null,
  events: [],
  outbox: [],
};

export function activeChange(wish: Partial<ActiveChange>): ActiveChange {
  return { ...noChange, ...wish };
}
