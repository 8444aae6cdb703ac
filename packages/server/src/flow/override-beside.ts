// What an override brings with it, in its own commit: the governance review, a finding when they become too many, and loud news.

import { nextReminderAt } from "@holdpoint/core/approval/governance";
import type { Cause } from "@holdpoint/core/approval/circumstance";
import type { Person } from "@holdpoint/core/approval/review";
import { maskString } from "@holdpoint/core/action/mask";
import { isoOf } from "@holdpoint/core/base/clock";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { Change } from "@holdpoint/core/job/change";
import type { Job } from "@holdpoint/core/job/job";
import type { Governance } from "@holdpoint/core/policy/policy";
import { termsOf } from "@holdpoint/core/policy/terms";
import type { AuditFact } from "@holdpoint/core/record/event";
import { titleOfJob } from "@holdpoint/core/wire/view";
import type { OutboxMessage } from "../storage/store.ts";
import type { TaskRow } from "../storage/tasks.ts";
import { type Beside, nothingMore } from "./commit-change.ts";
import type { Context } from "./context.ts";
import { type FindingBody, type GovernanceBody, named } from "./task-body.ts";
import { tell } from "./tell.ts";
import type { Excess, Tightening } from "./tightening.ts";

export interface OverrideParts {
  readonly change: Change;
  readonly before: Job;
  /** Everybody who overrode, the last one last. */
  readonly people: readonly Person[];
  readonly reason: string;
  readonly cause: Cause;
  readonly isOwnIncident: boolean;
  readonly skipped: readonly string[];
  readonly governance: { readonly id: string; readonly dueAt: number };
  readonly terms: Governance;
  readonly tightening: Tightening;
}

export function besideOverride(ctx: Context, asked: OverrideParts): Beside {
  const { change, before, tightening } = asked;
  // A repetition, a return to the reviewers or a rejection by policy is no override.
  if (change.review?.kind !== "override" || change.facts.length === 0) return nothingMore;
  if (change.job.state === before.state) {
    return { ...nothingMore, outbox: tellOfFirst(ctx, asked) };
  }
  const approvers = change.job.grant?.approvers ?? [];
  const parts = { ...asked, people: asked.people.filter(({ id }) => approvers.includes(id)) };
  // An earlier override of somebody who may not any more counts for nothing.
  const left = asked.people.filter((person) => !parts.people.includes(person));
  const findings = tightening.excesses
    .filter(({ subject }) => !left.some(({ id }) => subject === `person:${id}`))
    .map((excess) => findingOf(ctx, parts, excess));
  return {
    facts: findings.map(({ fact }) => fact),
    outbox: [
      ...tellEverybody(ctx, parts),
      ...tellGovernance(ctx, parts),
      ...findings.flatMap(({ outbox }) => outbox),
    ],
    tasks: [reviewTask(parts), ...findings.map(({ task }) => task)],
    steps: tightening.steps,
  };
}

function reviewTask(parts: OverrideParts): TaskRow {
  const { change, people, reason, cause, isOwnIncident, skipped, governance } = parts;
  const { job } = change;
  const now = job.updatedAt;
  const body: GovernanceBody = {
    title: maskString(titleOfJob(job)),
    topic: job.action.topic,
    people: people.map(named),
    reason,
    incident: cause.incident,
    isOwnIncident,
    circumstances: cause.circumstances,
    skipped,
    verdict: null,
  };
  return {
    id: governance.id,
    kind: "governance",
    state: "open",
    revision: 1,
    jobId: job.id,
    ruleId: job.decision.ruleId ?? "default",
    agent: job.action.actor.agent,
    person: people.at(-1)?.id ?? null,
    subject: null,
    body: JSON.stringify(body),
    dueAt: governance.dueAt,
    wakeAt: nextReminderAt({ createdAt: now, dueAt: governance.dueAt }, now),
    createdAt: now,
    updatedAt: now,
  };
}

function findingOf(
  ctx: Context,
  { change, people, governance, terms }: OverrideParts,
  excess: Excess,
): { task: TaskRow; fact: AuditFact; outbox: readonly OutboxMessage[] } {
  const { job } = change;
  const now = job.updatedAt;
  const id = ctx.ids.finding();
  const person = people.find((one) => excess.subject === `person:${one.id}`);
  const body: FindingBody = {
    name: person === undefined ? null : named(person).name,
    count: excess.count,
    perMs: terms.perMs,
    reviews: [...excess.reviews, governance.id],
    closing: null,
  };
  const task: TaskRow = {
    id,
    kind: "finding",
    state: "open",
    revision: 1,
    jobId: null,
    ruleId: null,
    agent: null,
    person: null,
    subject: excess.subject,
    body: JSON.stringify(body),
    dueAt: null,
    wakeAt: null,
    createdAt: now,
    updatedAt: now,
  };
  const payload = {
    finding: id,
    subject: excess.subject,
    count: excess.count,
    per_ms: terms.perMs,
  };
  return {
    task,
    fact: openedFact(job, payload),
    outbox: tell(ctx, {
      kind: "finding.opened",
      jobId: null,
      audience: groupOf(terms),
      title: `Too many overrides: ${excess.subject}`,
      lines: [
        `${excess.count} overrides in ${Math.round(terms.perMs / 86_400_000)} days`,
        "Until the finding is closed, such an override takes two people",
      ],
      page: "/governance",
    }),
  };
}

function openedFact(job: Job, payload: JsonObject): AuditFact {
  return {
    type: "finding.opened",
    at: job.updatedAt,
    actor: { kind: "system", id: "governance" },
    jobId: null,
    revision: null,
    before: null,
    after: null,
    jobHash: null,
    snapshot: null,
    payload,
  };
}

/** Everybody who was asked or would have come to be, and those who judge it. */
function tellEverybody(ctx: Context, parts: OverrideParts): readonly OutboxMessage[] {
  const { change, skipped, terms, people, cause } = parts;
  return tell(ctx, {
    kind: "approval.overridden",
    jobId: change.job.id,
    audience: [...skipped, ...groupOf(terms)],
    title: `Overridden in an emergency: ${titleOfJob(change.job)}`,
    lines: storyOf(parts),
    page: `/approvals/${change.job.id}`,
    facts: {
      job: change.job.id,
      people: people.map(({ id }) => id),
      incident: cause.incident,
      skipped: [...skipped],
    },
  });
}

function tellGovernance(ctx: Context, parts: OverrideParts): readonly OutboxMessage[] {
  const { change, governance, terms } = parts;
  return tell(ctx, {
    kind: "governance.opened",
    jobId: change.job.id,
    audience: groupOf(terms),
    title: `An override is to be judged: ${titleOfJob(change.job)}`,
    lines: [...storyOf(parts), `Due ${isoOf(governance.dueAt)}`],
    page: `/governance/${governance.id}`,
    facts: { review: governance.id, job: change.job.id, due_at: isoOf(governance.dueAt) },
  });
}

/** The first of two: nothing is released, and those who may be the second are told. */
function tellOfFirst(ctx: Context, parts: OverrideParts): readonly OutboxMessage[] {
  const { change, before, terms } = parts;
  const seconds = (termsOf(before.decision).emergency ?? []).map(({ by }) => by);
  return tell(ctx, {
    kind: "override.submitted",
    jobId: change.job.id,
    audience: [...seconds, ...groupOf(terms)],
    title: `An override waits for a second person: ${titleOfJob(change.job)}`,
    lines: storyOf(parts),
    page: `/approvals/${change.job.id}`,
  });
}

function storyOf(parts: OverrideParts): readonly string[] {
  const { change, people, reason, cause, isOwnIncident, skipped } = parts;
  const who = people.map((person) => named(person).name ?? person.id).join(" and ");
  return [
    `By ${who}: ${reason}`,
    `Incident: ${cause.incident}${isOwnIncident ? ", opened by one of them" : ""}`,
    `Not waited for: ${skipped.join(", ")}`,
    `Agent ${change.job.action.actor.agent}, rule ${change.job.decision.ruleId ?? "default"}`,
  ];
}

function groupOf({ group }: Governance): readonly string[] {
  return group === null ? [] : [`group:${group}`];
}
