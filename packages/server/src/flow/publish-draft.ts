// Publishing a draft: an action of its author that other admins approve, or at once where nobody is there yet.

import { scheduleAheadMaxMs } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import type { Person } from "@holdpoint/core/approval/review";
import type { DraftResults, PublishAnswer, PublishRequest } from "@holdpoint/core/wire/policy-life";
import type { Finding } from "@holdpoint/core/policy/finding";
import { publisher } from "@holdpoint/core/policy/publish";
import type { PolicyRequest } from "@holdpoint/core/wire/request";
import type { PolicyView } from "@holdpoint/core/wire/response";
import type { DraftRecord } from "../storage/policy-life.ts";
import type { PolicyRecord } from "../storage/store.ts";
import { carryOutNow } from "./carry-out.ts";
import { type Context, requirePerson } from "./context.ts";
import { draftView, personOfDraft } from "./draft-form.ts";
import { FileRefused } from "./file-refused.ts";
import { addDraft, findDraft, requireOpen, stale } from "./policy-drafts.ts";
import { policyFact } from "./policy-notice.ts";
import { proposeAction } from "./propose.ts";
import { planFrom, publishAction } from "./publish-action.ts";
import { examine, policyView, publishPolicy } from "./publish-policy.ts";
import { putInForce, refuseStale, staleBase } from "./put-in-force.ts";
import { record } from "./record.ts";
import { startShadowOf } from "./shadow-verbs.ts";

/** `POST /policies`: a text at once, as far as that is allowed; else a draft with its publication. */
export async function submitPolicy(
  ctx: Context,
  request: PolicyRequest,
): Promise<{ status: 200; body: PolicyView } | { status: 202; body: PublishAnswer }> {
  const person = requirePerson(ctx, "admin");
  const { tenant } = ctx.caller;
  const active = await ctx.store.activePolicy(tenant);
  // SECURITY: bound to what was active when it was asked whether one person may: a text that takes
  // long to read must not land on what others published, or approved, meanwhile.
  const alone =
    ctx.caller.isDevelopment || active === null
      ? request
      : { ...request, replaces: request.replaces ?? active.digest };
  if (await mayPublishAlone(ctx)) return { status: 200, body: await publishPolicy(ctx, alone) };
  const { source } = request;
  const message = request.message ?? null;
  const { policy } = await examine(ctx, tenant, source);
  if (request.replaces !== undefined && request.replaces !== active?.digest) throw staleBase();
  // What is active already is answered; nobody is asked.
  if (policy.digest === active?.digest)
    return { status: 200, body: await publishPolicy(ctx, alone) };
  const draft = await addDraft(ctx, tenant, { source, message, person });
  return { status: 202, body: await publishDraft(ctx, draft.id, {}) };
}

/**
 * True for the development person, and while the tenant has nothing but what its first start gave it:
 * nobody is there yet who could have made a key for a second person under rules of their own.
 * SECURITY: the history is asked, not what is active, or a rollback to the first policy would let
 * one person publish alone again.
 */
export async function mayPublishAlone(ctx: Context): Promise<boolean> {
  if (ctx.caller.isDevelopment) return true;
  const { tenant } = ctx.caller;
  const [last, before] = await ctx.store.listActivations(tenant, 2);
  if (last === undefined) return (await ctx.store.activePolicy(tenant)) === null;
  if (last.kind !== "start" || before !== undefined) return false;
  const row = await ctx.store.findPolicy(tenant, last.digest);
  return row !== null && row.rules === 0;
}

export async function publishDraft(
  ctx: Context,
  id: string,
  request: PublishRequest,
): Promise<PublishAnswer> {
  const person = requirePerson(ctx, "admin");
  const { tenant } = ctx.caller;
  const draft = await findDraft(ctx, tenant, id);
  const asked = await askedBefore(ctx, draft, request);
  if (asked !== null) return asked;
  requireOpen(draft);
  refuseFaulty(draft);
  await refuseStale(ctx, tenant, draft);
  if (draft.digest === draft.base) {
    throw new HoldpointError("request_invalid", {
      message: "the draft is the policy that is active; there is nothing to publish",
    });
  }
  const activateAt = activationOf(ctx, request);
  const plan = planFrom(request, { message: draft.message, activateAt });
  const planned: DraftRecord = { ...draft, plan: JSON.stringify(plan), activateAt };
  const answer = (await mayPublishAlone(ctx))
    ? await publishAlone(ctx, planned, person)
    : await ask(ctx, planned, person);
  if (request.shadow === true) {
    await startShadowOf(ctx, tenant, { source: draft.source, digest: null, person });
  }
  return answer;
}

/** The same call again, after a lost answer: its job answers. */
async function askedBefore(
  ctx: Context,
  draft: DraftRecord,
  request: PublishRequest,
): Promise<PublishAnswer | null> {
  if (draft.state !== "proposed" || draft.jobId === null) return null;
  const activateAt = request.activate_at === undefined ? null : Date.parse(request.activate_at);
  const plan = planFrom(request, { message: draft.message, activateAt });
  if (draft.plan !== JSON.stringify(plan)) return null;
  const found = await ctx.store.findJob(ctx.caller.tenant, draft.jobId);
  if (found === null) return null;
  const { id: jobId, state, revision } = found.file.job;
  return { draft: draftView(draft, true), job: { id: jobId, state, revision }, policy: null };
}

function refuseFaulty(draft: DraftRecord): void {
  if (draft.digest !== null && draft.results !== null) return;
  throw new FileRefused("policy_invalid", JSON.parse(draft.findings) as Finding[]);
}

function activationOf(ctx: Context, request: PublishRequest): number | null {
  if (request.activate_at === undefined) return null;
  const at = Date.parse(request.activate_at);
  const now = ctx.clock.now();
  if (at > now && at <= now + scheduleAheadMaxMs) return at;
  throw new HoldpointError("request_invalid", {
    message: `\`activate_at\` lies in the future, at most ${scheduleAheadMaxMs / 86_400_000} days ahead`,
    path: "/activate_at",
  });
}

async function publishAlone(
  ctx: Context,
  draft: DraftRecord,
  person: Person,
): Promise<PublishAnswer> {
  const { tenant } = ctx.caller;
  if (draft.activateAt !== null) return schedule(ctx, draft, person);
  const kind = "publish" as const;
  const actor = personActor(person);
  const row = await putInForce(ctx, { tenant, draft, actor, kind, state: "published" });
  return { draft: await viewOf(ctx, draft.id), job: null, policy: await viewOfPolicy(ctx, row) };
}

async function schedule(ctx: Context, draft: DraftRecord, person: Person): Promise<PublishAnswer> {
  const { tenant } = ctx.caller;
  const next: DraftRecord = { ...draft, revision: draft.revision + 1, state: "scheduled" };
  const events = record(ctx, tenant, [
    policyFact(ctx, tenant, {
      type: "policy.scheduled",
      actor: personActor(person),
      before: draft.base,
      after: draft.digest,
      payload: { draft: draft.id, activate_at_ms: draft.activateAt },
    }),
  ]);
  if (!(await ctx.store.changeDraft(tenant, next, draft.revision, { events, outbox: [] })))
    throw stale();
  ctx.hub.changed(tenant, []);
  ctx.hub.deadline(draft.activateAt ?? ctx.clock.now());
  return { draft: await viewOf(ctx, draft.id), job: null, policy: null };
}

/**
 * Writes first on the draft which job asks, and then asks: after a crash between the two the worker
 * finds that the job is not there, and opens the draft again.
 * INVARIANT: neither who wrote the draft nor who publishes it can approve it.
 */
async function ask(ctx: Context, draft: DraftRecord, person: Person): Promise<PublishAnswer> {
  const { tenant } = ctx.caller;
  const jobId = ctx.ids.job();
  const next: DraftRecord = {
    ...draft,
    revision: draft.revision + 1,
    state: "proposed",
    jobId,
    outcome: null,
    updatedAt: ctx.clock.now(),
  };
  const events = record(ctx, tenant, [
    policyFact(ctx, tenant, {
      type: "policy.proposed",
      actor: personActor(person),
      jobId,
      before: draft.base,
      after: draft.digest,
      payload: { draft: draft.id, plan: JSON.parse(next.plan ?? "null") as null },
    }),
  ]);
  if (!(await ctx.store.changeDraft(tenant, next, draft.revision, { events, outbox: [] })))
    throw stale();
  const active = draft.base === null ? null : await ctx.store.findPolicy(tenant, draft.base);
  const author = personOfDraft(draft);
  const { view } = await proposeAction(ctx, {
    agent: {
      id: publisher,
      kind: "agent",
      requester: { agentOwner: author.id, keyCreator: person.id },
    },
    declared: publishAction({
      draft: next,
      results: JSON.parse(draft.results ?? "null") as DraftResults,
      plan: JSON.parse(next.plan ?? "null") as NonNullable<ReturnType<typeof planFrom>>,
      before: active?.source ?? "",
    }),
    jobId,
    timeoutMs: null,
    remedy: null,
  });
  if (view.job.state === "APPROVAL")
    return { draft: draftView(next, true), job: view.job, policy: null };
  // Policy denies it: nobody is asked, and the draft can be worked on again.
  await carryOutNow(ctx, tenant, jobId);
  return { draft: await viewOf(ctx, draft.id), job: view.job, policy: null };
}

async function viewOf(ctx: Context, id: string): Promise<PublishAnswer["draft"]> {
  return draftView(await findDraft(ctx, ctx.caller.tenant, id), true);
}

async function viewOfPolicy(ctx: Context, row: PolicyRecord): Promise<PolicyView> {
  const active = await ctx.store.activePolicy(ctx.caller.tenant);
  return policyView(ctx.caller.tenant, row, active?.digest === row.digest);
}
