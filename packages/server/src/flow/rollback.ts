// Back to a policy that was active before: at once, unless that takes an invariant away.

import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import type { Person } from "@holdpoint/core/approval/review";
import { policyChange } from "@holdpoint/core/policy-file/policy-change";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import type { PublishAnswer, RollbackRequest } from "@holdpoint/core/wire/policy-life";
import type { PolicyView } from "@holdpoint/core/wire/response";
import type { PolicyRecord } from "../storage/store.ts";
import { type Context, requirePerson } from "./context.ts";
import { addDraft } from "./policy-drafts.ts";
import { policyFact, policyNotice } from "./policy-notice.ts";
import { mayPublishAlone, publishDraft } from "./publish-draft.ts";
import { policyView } from "./publish-policy.ts";
import { staleBase } from "./put-in-force.ts";
import { record } from "./record.ts";

export async function rollBack(
  ctx: Context,
  request: RollbackRequest,
): Promise<{ status: 200; body: PolicyView } | { status: 202; body: PublishAnswer }> {
  const person = requirePerson(ctx, "admin");
  const { tenant } = ctx.caller;
  const active = await ctx.store.activePolicy(tenant);
  const from = active === null ? null : await ctx.store.findPolicy(tenant, active.digest);
  if (from === null) {
    throw new HoldpointError("policy_not_found", { message: "no policy is active yet" });
  }
  const isThere = request.to === undefined || request.to === from.digest;
  if (isThere && (await wasJustDone(ctx, person, request.reason))) {
    return { status: 200, body: { ...policyView(tenant, from, true), source: from.source } };
  }
  const to = await targetOf(ctx, from, request.to);
  const { loosensInvariants } = policyChange(loaded(from), loaded(to));
  if (loosensInvariants && !(await mayPublishAlone(ctx))) {
    const message = `Rollback: ${request.reason}`;
    const draft = await addDraft(ctx, tenant, { source: to.source, message, person });
    return { status: 202, body: await publishDraft(ctx, draft.id, {}) };
  }
  await activate(ctx, { from, to, person, reason: request.reason });
  return { status: 200, body: { ...policyView(tenant, to, true), source: to.source } };
}

const repeatMs = 60_000;

/** A call that is repeated after a lost answer must not go forth again to where it came from. */
async function wasJustDone(ctx: Context, person: Person, reason: string): Promise<boolean> {
  const [last] = await ctx.store.listActivations(ctx.caller.tenant, 1);
  if (last?.kind !== "rollback" || last.author !== person.id || last.message !== reason)
    return false;
  return ctx.clock.now() - last.at < repeatMs;
}

function loaded(row: PolicyRecord): ReturnType<typeof policyFromJson> {
  return policyFromJson(JSON.parse(row.policy));
}

const historyMax = 1_000;

/** The named one if it was ever active, else the one that was active before this one. */
async function targetOf(
  ctx: Context,
  from: PolicyRecord,
  wanted: string | undefined,
): Promise<PolicyRecord> {
  const { tenant } = ctx.caller;
  if (wanted === from.digest) {
    throw new HoldpointError("request_invalid", {
      message: "that policy is the active one",
      path: "/to",
    });
  }
  const digest = wanted ?? (await lastBefore(ctx, from));
  const isKnown = digest !== null && (await ctx.store.wasActive(tenant, digest));
  const row = digest !== null && isKnown ? await ctx.store.findPolicy(tenant, digest) : null;
  if (row !== null) return row;
  throw new HoldpointError("policy_not_active_before", {
    message:
      wanted === undefined
        ? "no other policy was active before this one"
        : "only a policy that was active before can be rolled back to; publish this one instead",
  });
}

async function lastBefore(ctx: Context, from: PolicyRecord): Promise<string | null> {
  const history = await ctx.store.listActivations(ctx.caller.tenant, historyMax);
  const current = history.find(({ digest }) => digest === from.digest);
  return current?.before ?? null;
}

interface Going {
  readonly from: PolicyRecord;
  readonly to: PolicyRecord;
  readonly person: Person;
  readonly reason: string;
}

async function activate(ctx: Context, { from, to, person, reason }: Going): Promise<void> {
  const { tenant } = ctx.caller;
  const kind = "rollback" as const;
  const fact = policyFact(ctx, tenant, {
    type: "policy.activated",
    actor: personActor(person),
    before: from.digest,
    after: to.digest,
    payload: { kind, author: to.author, message: reason, rules: to.rules },
  });
  const at = ctx.clock.now();
  const isWritten = await ctx.store.changeActive(tenant, {
    policy: to,
    replaces: from.digest,
    activation: { kind, author: person.id, message: reason, jobId: null, draftId: null, at },
    rollout: null,
    candidate: null,
    draft: null,
    events: record(ctx, tenant, [fact]),
    outbox: policyNotice(ctx, "policy.rolled_back", {
      before: from.digest,
      after: to.digest,
      reason,
      by: person.name ?? person.email ?? person.id,
    }),
  });
  if (!isWritten) throw staleBase();
  ctx.policies.forget(tenant);
  ctx.hub.changed(tenant, []);
  ctx.hub.work();
}
