// Starts, ends and reads the shadow of a tenant: a policy that decides nothing and is asked everything.

import { isoOf } from "@holdpoint/core/base/clock";
import type { Person } from "@holdpoint/core/approval/review";
import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import type { DecisionKind } from "@holdpoint/core/policy/decision";
import type { ShadowRequest, ShadowView } from "@holdpoint/core/wire/policy-life";
import { isoOrNull } from "@holdpoint/core/wire/view";
import type { ShadowRecord } from "../storage/policy-life.ts";
import type { PolicyRecord } from "../storage/store.ts";
import { nameAuthors } from "./author-names.ts";
import { type Context, type Engine, requirePerson, requireViewer } from "./context.ts";
import { policyFact } from "./policy-notice.ts";
import { examine } from "./publish-policy.ts";
import { record } from "./record.ts";

export async function startShadow(ctx: Context, request: ShadowRequest): Promise<ShadowView> {
  const person = requirePerson(ctx, "admin");
  const { tenant } = ctx.caller;
  const { source = null, digest = null } = request;
  const shadow = await startShadowOf(ctx, tenant, { source, digest, person });
  return shadowView(ctx, tenant, shadow);
}

interface Starting {
  /** One of the two. */
  readonly source: string | null;
  readonly digest: string | null;
  readonly person: Person;
}

export async function startShadowOf(
  engine: Engine,
  tenant: string,
  { source, digest, person }: Starting,
): Promise<ShadowRecord> {
  const row = await rowOf(engine, tenant, { source, digest, person });
  const shadow: ShadowRecord = {
    id: engine.ids.shadow(),
    digest: row.digest,
    author: person.id,
    startedAt: engine.clock.now(),
    endedAt: null,
  };
  const [event] = record(engine, tenant, [
    policyFact(engine, tenant, {
      type: "policy.shadow.started",
      actor: personActor(person),
      after: row.digest,
      payload: { shadow: shadow.id, rules: row.rules },
    }),
  ]);
  if (event === undefined) throw new HoldpointError("internal", { message: "no event" });
  await engine.store.startShadow(tenant, shadow, row, event);
  engine.shadows.forget(tenant);
  engine.hub.changed(tenant, []);
  return shadow;
}

async function rowOf(
  engine: Engine,
  tenant: string,
  { source, digest, person }: Starting,
): Promise<PolicyRecord> {
  if ((source === null) === (digest === null)) {
    throw new HoldpointError("request_invalid", { message: "name one of `source` and `digest`" });
  }
  if (source !== null) {
    const { policy } = await examine(engine, tenant, source);
    return { ...policy, author: person.id, message: "shadow", createdAt: engine.clock.now() };
  }
  const row = await engine.store.findPolicy(tenant, digest ?? "");
  if (row === null) {
    throw new HoldpointError("policy_not_found", { message: `no policy \`${digest}\`` });
  }
  return row;
}

export async function endShadow(ctx: Context): Promise<ShadowView> {
  const person = requirePerson(ctx, "admin");
  const { tenant } = ctx.caller;
  const shadow = await ctx.store.lastShadow(tenant);
  if (shadow === null) throw noShadow();
  const now = ctx.clock.now();
  const [event] = record(ctx, tenant, [
    policyFact(ctx, tenant, {
      type: "policy.shadow.ended",
      actor: personActor(person),
      before: shadow.digest,
      payload: { shadow: shadow.id },
    }),
  ]);
  if (event === undefined) throw new HoldpointError("internal", { message: "no event" });
  if (shadow.endedAt === null) {
    await ctx.store.endShadow(tenant, shadow.id, now, event);
    ctx.shadows.forget(tenant);
    ctx.hub.changed(tenant, []);
  }
  return shadowView(ctx, tenant, (await ctx.store.lastShadow(tenant)) ?? shadow);
}

export async function readShadow(ctx: Context): Promise<ShadowView> {
  requireViewer(ctx);
  const { tenant } = ctx.caller;
  const shadow = await ctx.store.lastShadow(tenant);
  if (shadow === null) throw noShadow();
  const view = await shadowView(ctx, tenant, shadow);
  const named = await nameAuthors(ctx, [view]);
  return named(view);
}

function noShadow(): HoldpointError {
  return new HoldpointError("shadow_not_found", {
    message: "no shadow was started; name a policy with POST /policies/shadow",
  });
}

const samplesMax = 50;

async function shadowView(
  engine: Engine,
  tenant: string,
  shadow: ShadowRecord,
): Promise<ShadowView> {
  const [counts, samples] = await Promise.all([
    engine.store.countVerdicts(tenant, shadow.id),
    engine.store.sampleVerdicts(tenant, shadow.id, samplesMax),
  ]);
  return {
    ...shadowHead(shadow),
    verdicts: counts.reduce((sum, { count }) => sum + count, 0),
    left_out: engine.shadows.leftOut(tenant),
    transitions: counts.map(({ from, to, count, errors }) => ({
      from: from as DecisionKind,
      to: to as DecisionKind,
      count,
      errors,
    })),
    samples: samples.map((one) => ({
      job_id: one.jobId,
      topic: one.topic,
      agent: one.agent,
      from: one.liveKind as DecisionKind,
      from_rule: one.liveRule,
      to: one.shadowKind as DecisionKind,
      to_rule: one.shadowRule,
      reason: one.shadowReason,
      error: one.isError,
      at: isoOf(one.at),
    })),
  };
}

export function shadowHead(
  shadow: ShadowRecord,
): Pick<ShadowView, "id" | "digest" | "author" | "started_at" | "ended_at"> {
  return {
    id: shadow.id,
    digest: shadow.digest,
    author: shadow.author,
    started_at: isoOf(shadow.startedAt),
    ended_at: isoOrNull(shadow.endedAt),
  };
}
