// Drafts of policies: texts that somebody works on, each stored with what is known about it.

import { draftsMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import type { Person } from "@holdpoint/core/approval/review";
import type {
  DraftChangeRequest,
  DraftPage,
  DraftRequest,
  DraftView,
} from "@holdpoint/core/wire/policy-life";
import type { DraftRecord } from "../storage/policy-life.ts";
import { type Context, type Engine, requirePerson, requireViewer } from "./context.ts";
import { draftResults } from "./draft-results.ts";
import { draftView, writersOf } from "./draft-form.ts";
import { policyFact } from "./policy-notice.ts";
import { examineText } from "./publish-policy.ts";
import { record } from "./record.ts";

export async function listDrafts(ctx: Context): Promise<DraftPage> {
  requireViewer(ctx);
  const drafts = await ctx.store.listDrafts(ctx.caller.tenant, draftsMax);
  return { items: drafts.map((draft) => draftView(draft, false)) };
}

export async function readDraft(ctx: Context, id: string): Promise<DraftView> {
  requireViewer(ctx);
  return draftView(await findDraft(ctx, ctx.caller.tenant, id), true);
}

/** Anybody who may review may draft; publishing takes an admin. */
export async function createDraft(ctx: Context, request: DraftRequest): Promise<DraftView> {
  const person = requirePerson(ctx, "review");
  const { tenant } = ctx.caller;
  const draft = await addDraft(ctx, tenant, {
    source: request.source,
    message: request.message ?? null,
    person,
  });
  return draftView(draft, true);
}

export interface Drafting {
  readonly source: string;
  readonly message: string | null;
  readonly person: Person;
}

export async function addDraft(
  engine: Engine,
  tenant: string,
  drafting: Drafting,
): Promise<DraftRecord> {
  if ((await engine.store.countDrafts(tenant)) >= draftsMax) {
    throw new HoldpointError("draft_limit", {
      message: `a tenant keeps at most ${draftsMax} drafts beside the published ones; remove those that nobody needs`,
    });
  }
  const now = engine.clock.now();
  const { person, source, message } = drafting;
  const draft: DraftRecord = {
    id: engine.ids.draft(),
    revision: 1,
    state: "open",
    message,
    author: person.id,
    authorRecord: JSON.stringify(person),
    writers: JSON.stringify([person.id]),
    plan: null,
    jobId: null,
    activateAt: null,
    outcome: null,
    createdAt: now,
    updatedAt: now,
    ...(await textOf(engine, tenant, source)),
  };
  const [event] = record(engine, tenant, [
    policyFact(engine, tenant, {
      type: "policy.drafted",
      actor: personActor(person),
      before: draft.base,
      after: draft.digest,
      payload: { draft: draft.id, message, errors: errorsOf(draft) },
    }),
  ]);
  if (event === undefined) throw new HoldpointError("internal", { message: "no event" });
  await engine.store.addDraft(tenant, draft, event);
  engine.hub.changed(tenant, []);
  return draft;
}

type DraftText = Pick<DraftRecord, "source" | "base" | "digest" | "findings" | "results">;

/** What is known about a text, against what is active now. */
export async function textOf(engine: Engine, tenant: string, source: string): Promise<DraftText> {
  const active = await engine.store.activePolicy(tenant);
  const base = active?.digest ?? null;
  const found = await examineText(engine, tenant, source);
  const results = found.ok
    ? await draftResults(engine, tenant, { policy: found.policy, base })
    : null;
  return {
    source,
    base,
    digest: found.ok ? found.digest : null,
    findings: JSON.stringify(found.findings),
    results: results === null ? null : JSON.stringify(results),
  };
}

/** The author is whoever wrote the text last; nobody who wrote on it can approve it any more. */
export async function changeDraft(
  ctx: Context,
  id: string,
  request: DraftChangeRequest,
): Promise<DraftView> {
  const person = requirePerson(ctx, "review");
  const { tenant } = ctx.caller;
  const draft = await findDraft(ctx, tenant, id);
  requireOpen(draft);
  if (request.revision !== undefined && request.revision !== draft.revision) throw stale();
  const isOther = request.source !== undefined && request.source !== draft.source;
  const next: DraftRecord = {
    ...draft,
    ...(await textOf(ctx, tenant, request.source ?? draft.source)),
    revision: draft.revision + 1,
    message: request.message ?? draft.message,
    author: isOther ? person.id : draft.author,
    authorRecord: isOther ? JSON.stringify(person) : draft.authorRecord,
    writers: isOther
      ? JSON.stringify([...new Set([...writersOf(draft), person.id])])
      : draft.writers,
    updatedAt: ctx.clock.now(),
  };
  const events = record(ctx, tenant, [
    policyFact(ctx, tenant, {
      type: "policy.drafted",
      actor: personActor(person),
      before: next.base,
      after: next.digest,
      payload: { draft: id, message: next.message, errors: errorsOf(next) },
    }),
  ]);
  if (!(await ctx.store.changeDraft(tenant, next, draft.revision, { events, outbox: [] })))
    throw stale();
  ctx.hub.changed(tenant, []);
  return draftView(next, true);
}

/** One that is scheduled comes into force no more: people approved it, so that takes an admin. */
export async function removeDraft(ctx: Context, id: string): Promise<DraftView> {
  requirePerson(ctx, "review");
  const { tenant } = ctx.caller;
  const draft = await findDraft(ctx, tenant, id);
  if (draft.state !== "scheduled") requireOpen(draft);
  const person = requirePerson(ctx, draft.state === "scheduled" ? "admin" : "review");
  const events = record(ctx, tenant, [
    policyFact(ctx, tenant, {
      type: "policy.discarded",
      actor: personActor(person),
      jobId: draft.jobId,
      before: draft.base,
      after: draft.digest,
      payload: { draft: id, state: draft.state, author: draft.author, message: draft.message },
    }),
  ]);
  const told = { events, outbox: [] };
  if (!(await ctx.store.removeDraft(tenant, id, draft.revision, told))) throw stale();
  ctx.hub.changed(tenant, []);
  return draftView(draft, false);
}

export async function findDraft(engine: Engine, tenant: string, id: string): Promise<DraftRecord> {
  const draft = await engine.store.findDraft(tenant, id);
  if (draft !== null) return draft;
  throw new HoldpointError("draft_not_found", { message: `no draft \`${id}\`` });
}

/** A draft whose publication is under way is what people are looking at: it stays as it is. */
export function requireOpen(draft: DraftRecord): void {
  if (draft.state === "open") return;
  throw new HoldpointError("draft_not_open", {
    message: notOpen(draft),
    facts: { state: draft.state, job: draft.jobId },
  });
}

function notOpen({ state, jobId }: DraftRecord): string {
  switch (state) {
    case "published":
      return "the draft was published; make a new one from it";
    case "scheduled":
      return "the draft comes into force at its time; an admin can remove it";
    default:
      return `the draft is ${state}; cancel its publication (job \`${jobId ?? ""}\`) first`;
  }
}

export function stale(): HoldpointError {
  return new HoldpointError("draft_stale", {
    message: "somebody else changed the draft; read it again",
  });
}

function errorsOf(draft: Pick<DraftRecord, "findings">): number {
  const findings = JSON.parse(draft.findings) as readonly { severity: string }[];
  return findings.filter(({ severity }) => severity === "error").length;
}
