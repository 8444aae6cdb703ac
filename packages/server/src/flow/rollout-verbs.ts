// What a person does with a rollout: go on to more agents, stop, finish. And the stop that nobody has to ask for.

import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import type { EventActor, EventType } from "@holdpoint/core/record/event";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { type ArmCounts, nextStage } from "@holdpoint/core/policy/rollout";
import { isoOf } from "@holdpoint/core/base/clock";
import type { RolloutRequest, RolloutView } from "@holdpoint/core/wire/policy-life";
import type { ActiveChange, RolloutRecord } from "../storage/policy-life.ts";
import { type Context, type Engine, requirePerson } from "./context.ts";
import { policyFact, policyNotice } from "./policy-notice.ts";
import { record } from "./record.ts";

const attemptsMax = 8;

/** INVARIANT: each change is a compare-and-set on the rollout as it was read; counting goes on beside it. */
export async function controlRollout(ctx: Context, request: RolloutRequest): Promise<RolloutView> {
  const person = requirePerson(ctx, "admin");
  const { tenant } = ctx.caller;
  const actor = personActor(person);
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const ended = attempt === 0 ? await endedAsAsked(ctx, tenant, request) : null;
    if (ended !== null) return rolloutView(ended);
    const rollout = await runningRollout(ctx, tenant);
    const next = await moved(ctx, tenant, { rollout, request, actor });
    if (next !== null) return rolloutView(next);
  }
  throw new HoldpointError("approval_retryable_lock", {
    message: "the rollout changed under this call again and again; try again",
  });
}

const endOf = { halt: "halted", finish: "finished", advance: null } as const;

/** The same call again, after a lost answer: the rollout that it ended answers. */
async function endedAsAsked(
  engine: Engine,
  tenant: string,
  request: RolloutRequest,
): Promise<RolloutRecord | null> {
  const end = "percent" in request ? null : endOf[request.action];
  const last = end === null ? null : await engine.store.lastRollout(tenant);
  return last !== null && last.state === end ? last : null;
}

interface Moving {
  readonly rollout: RolloutRecord;
  readonly request: RolloutRequest;
  readonly actor: EventActor;
}

/** Null when another change was first. */
async function moved(
  ctx: Context,
  tenant: string,
  { rollout, request, actor }: Moving,
): Promise<RolloutRecord | null> {
  if ("percent" in request) return widen(ctx, tenant, { rollout, percent: request.percent, actor });
  switch (request.action) {
    case "halt": {
      const reason = request.reason ?? "halted by a person";
      return endRollout(ctx, tenant, { rollout, reason, actor });
    }
    case "finish":
      return finish(ctx, tenant, { rollout, actor });
    case "advance":
      return advance(ctx, tenant, { rollout, from: request.from ?? rollout.percent, actor });
  }
}

/** To the stage after the one that was seen; a call that is repeated finds that it went there. */
async function advance(
  ctx: Context,
  tenant: string,
  { rollout, from, actor }: Pick<Moving, "rollout" | "actor"> & { readonly from: number },
): Promise<RolloutRecord | null> {
  const percent = nextStage(from);
  if (percent === null) {
    throw new HoldpointError("request_invalid", {
      message: "the candidate decides for all agents already; finish the rollout",
    });
  }
  if (rollout.percent === from) return widen(ctx, tenant, { rollout, percent, actor });
  if (rollout.percent === percent) return rollout;
  throw new HoldpointError("policy_stale", {
    message: `the rollout is at ${rollout.percent} % by now; look at it again`,
    facts: { percent: rollout.percent },
  });
}

async function runningRollout(engine: Engine, tenant: string): Promise<RolloutRecord> {
  const rollout = await engine.store.lastRollout(tenant);
  if (rollout?.state === "running") return rollout;
  throw new HoldpointError("rollout_not_running", {
    message: "no rollout is running; publish a draft with `rollout` to begin one",
  });
}

const nothing: ActiveChange = {
  policy: null,
  replaces: null,
  activation: null,
  rollout: null,
  candidate: null,
  draft: null,
  events: [],
  outbox: [],
};

interface Widening {
  readonly rollout: RolloutRecord;
  readonly percent: number;
  readonly actor: EventActor;
}

async function widen(
  engine: Engine,
  tenant: string,
  { rollout, percent, actor }: Widening,
): Promise<RolloutRecord | null> {
  const next = { ...step(engine, rollout), percent };
  const events = eventOf(engine, tenant, {
    type: "policy.rollout.advanced",
    rollout: next,
    actor,
    more: { from: rollout.percent },
  });
  return write(engine, tenant, { rollout, next, change: { events } });
}

interface Halting {
  readonly rollout: RolloutRecord;
  readonly reason: string;
  readonly actor: EventActor;
}

/** The base decides for everybody again. */
export async function endRollout(
  engine: Engine,
  tenant: string,
  { rollout, reason, actor }: Halting,
): Promise<RolloutRecord | null> {
  const next: RolloutRecord = { ...step(engine, rollout), state: "halted", reason };
  const more = { reason, counts: countsOf(next) };
  const type = "policy.rollout.halted";
  const events = eventOf(engine, tenant, { type, rollout: next, actor, more });
  const { id, percent, base, candidate } = next;
  const outbox = policyNotice(engine, type, { rollout: id, percent, base, candidate, ...more });
  return write(engine, tenant, { rollout, next, change: { events, outbox } });
}

async function finish(
  engine: Engine,
  tenant: string,
  { rollout, actor }: Pick<Halting, "rollout" | "actor">,
): Promise<RolloutRecord | null> {
  const policy = await engine.store.findPolicy(tenant, rollout.candidate);
  if (policy === null) {
    throw new HoldpointError("policy_not_found", { message: "the candidate is not stored" });
  }
  const next: RolloutRecord = { ...step(engine, rollout), state: "finished", percent: 100 };
  const kind = "rollout" as const;
  const { author, message, jobId, base, candidate } = rollout;
  const activated = policyFact(engine, tenant, {
    type: "policy.activated",
    actor,
    jobId,
    before: base,
    after: candidate,
    payload: { kind, author, message, rollout: rollout.id, rules: policy.rules },
  });
  const type = "policy.rollout.ended";
  const more = { counts: countsOf(next) };
  const events = [
    ...eventOf(engine, tenant, { type, rollout: next, actor, more }),
    ...record(engine, tenant, [activated]),
  ];
  const at = next.updatedAt;
  const activation = { kind, author: actor.id, message, jobId, draftId: null, at };
  const change = { policy, replaces: base, activation, events };
  return write(engine, tenant, { rollout, next, change });
}

interface Writing {
  readonly rollout: RolloutRecord;
  readonly next: RolloutRecord;
  readonly change: Partial<ActiveChange>;
}

async function write(
  engine: Engine,
  tenant: string,
  { rollout, next, change }: Writing,
): Promise<RolloutRecord | null> {
  const isWritten = await engine.store.changeActive(tenant, {
    ...nothing,
    ...change,
    rollout: { record: next, expected: rollout.revision },
  });
  if (!isWritten) return null;
  engine.policies.forget(tenant);
  engine.hub.changed(tenant, []);
  engine.hub.work();
  return next;
}

function step(engine: Engine, rollout: RolloutRecord): RolloutRecord {
  return { ...rollout, revision: rollout.revision + 1, updatedAt: engine.clock.now() };
}

interface EventParts {
  readonly type: EventType;
  readonly rollout: RolloutRecord;
  readonly actor: EventActor;
  readonly more: JsonObject;
}

function eventOf(
  engine: Engine,
  tenant: string,
  { type, rollout, actor, more }: EventParts,
): ReturnType<typeof record> {
  const { id, percent, base, candidate, jobId } = rollout;
  const payload = { rollout: id, percent, ...more };
  const fact = { type, actor, jobId, before: base, after: candidate, payload };
  return record(engine, tenant, [policyFact(engine, tenant, fact)]);
}

function countsOf(rollout: RolloutRecord): { base: JsonObject; candidate: JsonObject } {
  return {
    base: JSON.parse(rollout.baseCounts) as JsonObject,
    candidate: JSON.parse(rollout.candidateCounts) as JsonObject,
  };
}

export function rolloutView(rollout: RolloutRecord): RolloutView {
  return {
    id: rollout.id,
    state: rollout.state,
    base: rollout.base,
    candidate: rollout.candidate,
    percent: rollout.percent,
    author: rollout.author,
    message: rollout.message,
    job_id: rollout.jobId,
    counts: {
      base: JSON.parse(rollout.baseCounts) as ArmCounts,
      candidate: JSON.parse(rollout.candidateCounts) as ArmCounts,
    },
    reason: rollout.reason,
    started_at: isoOf(rollout.createdAt),
    updated_at: isoOf(rollout.updatedAt),
  };
}
