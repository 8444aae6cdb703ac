// After a change of what is active: finds the holds that it concerns, and says so to reviewers and requester.

import { affectedHoldsMax } from "@holdpoint/core/base/limits";
import { isoOf } from "@holdpoint/core/base/clock";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { Job } from "@holdpoint/core/job/job";
import { type Comparison, compareRuling } from "@holdpoint/core/job/redecide";
import { isPublication } from "@holdpoint/core/policy/publish";
import type { Ruling } from "@holdpoint/core/job/change";
import type { AuditFact } from "@holdpoint/core/record/event";
import { approvalItem } from "@holdpoint/core/wire/view";
import type { OutboxMessage, StoredEvent } from "../storage/store.ts";
import type { Engine } from "./context.ts";
import { sharedPlaces } from "./notify.ts";
import { record } from "./record.ts";

const pageSize = 100;

/**
 * One page of the sweep; true when there is more. Nothing is decided here: a hold that an approval
 * would no longer release is decided again when somebody approves it. Each page is written with the
 * place that it reached, so that a crash repeats nothing and several processes share the work.
 */
export async function sweepHolds(engine: Engine, tenant: string): Promise<boolean> {
  const sweep = await engine.store.pendingSweep(tenant);
  if (sweep === null) return false;
  // INVARIANT: holds are compared with what storage names, not with what this process believes
  // active: a notice that is late would otherwise mark them as compared with nothing new.
  const active = await engine.store.activePolicy(tenant);
  if (active?.revision !== sweep.revision) return true;
  const page = await engine.store.listApprovals(tenant, {
    ...everyPending,
    after: sweep.after === 0 ? null : sweep.after,
  });
  const affected: Affected[] = [];
  for (const job of page.jobs) {
    const one = await affectedOf(engine, job, active.bundle);
    if (one !== null) affected.push(one);
  }
  const facts = affected.map((one) => factOf(engine, one));
  const outbox = affected.flatMap((one) => messagesOf(engine, one));
  const next = page.nextAfter;
  const told = { events: record(engine, tenant, facts), outbox };
  const isWritten = await engine.store.advanceSweep(tenant, sweep, next, told);
  if (isWritten && affected.length > 0) {
    engine.hub.changed(
      tenant,
      affected.map(({ job }) => job.id),
    );
    engine.hub.messages();
  }
  return next !== null || !isWritten;
}

export const sweepPagesMax: number = Math.ceil(affectedHoldsMax / pageSize);

const everyPending = {
  includeResolved: false,
  state: "APPROVAL",
  rule: null,
  topic: null,
  agent: null,
  risk: null,
  text: null,
  isNewestFirst: false,
  limit: pageSize,
} as const;

interface Affected {
  readonly job: Job;
  readonly ruling: Ruling;
  readonly comparison: Exclude<Comparison, "same">;
}

/** Null when the change does not disturb the hold, or this was said of it before. */
async function affectedOf(engine: Engine, job: Job, bundle: string): Promise<Affected | null> {
  if (isPublication(job.action)) return null;
  const policy = await engine.policies.get(job.tenant, bundle, job.action.actor.agent);
  if (policy.snapshot === job.snapshot) return null;
  const now = engine.clock.now();
  const ruling = policy.rule(job.tenant, job, { facts: job.facts, now });
  const comparison = compareRuling(job, ruling.decision);
  if (comparison === "same") return null;
  const [last] = await engine.store.listEvents(job.tenant, {
    jobId: job.id,
    type: "job.affected",
    isNewestFirst: true,
    limit: 1,
    after: null,
  });
  const one = { job, ruling, comparison };
  return last !== undefined && saysTheSame(last, payloadOf(one)) ? null : one;
}

function saysTheSame(event: StoredEvent, payload: JsonObject): boolean {
  if (event.payload === null) return false;
  const said = JSON.parse(event.payload) as JsonObject;
  return ["effect", "decision", "rule", "round"].every((name) => said[name] === payload[name]);
}

function payloadOf({ job, ruling, comparison }: Affected): JsonObject {
  const { decision } = ruling;
  return {
    effect: comparison,
    decision: decision.kind,
    rule: decision.ruleId,
    reason: decision.reason,
    round: job.round,
    policy_snapshot: ruling.snapshot,
  };
}

function factOf(engine: Engine, affected: Affected): AuditFact {
  const { job, ruling } = affected;
  const { ruleId } = ruling.decision;
  return {
    type: "job.affected",
    at: engine.clock.now(),
    actor: { kind: "policy", id: ruleId ?? "default" },
    jobId: job.id,
    revision: job.revision,
    before: job.state,
    after: job.state,
    jobHash: job.jobHash,
    snapshot: ruling.snapshot,
    payload: payloadOf(affected),
  };
}

function messagesOf(engine: Engine, affected: Affected): readonly OutboxMessage[] {
  const { job, ruling } = affected;
  const now = engine.clock.now();
  const body = JSON.stringify({
    type: "approval.affected",
    timestamp: isoOf(now),
    data: {
      ...approvalItem(job),
      affected: payloadOf(affected),
      url: `${engine.publicUrl}/approvals/${job.id}`,
    },
  });
  return sharedPlaces(engine, ruling.decision.notify).map((channel) => ({
    id: engine.ids.delivery(),
    jobId: job.id,
    channel,
    kind: "approval.affected",
    body,
    dueAt: now,
  }));
}
