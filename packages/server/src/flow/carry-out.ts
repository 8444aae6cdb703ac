// Carries out what people approved: redeems the publication, puts the policy in force, reports how it ended.

import { type HoldpointError, isHoldpointError } from "@holdpoint/core/error/error";
import type { Job } from "@holdpoint/core/job/job";
import { isPublication, publisher } from "@holdpoint/core/policy/publish";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { EventType } from "@holdpoint/core/record/event";
import type { Command } from "@holdpoint/core/job/transition";
import type { DraftRecord } from "../storage/policy-life.ts";
import { changeJob } from "./change-job.ts";
import type { Caller, Context, Engine } from "./context.ts";
import type { LoadedPolicy } from "./policy-book.ts";
import { policyFact, policyNotice } from "./policy-notice.ts";
import { publicationOf } from "./publish-action.ts";
import { putInForce } from "./put-in-force.ts";
import { record } from "./record.ts";
import { surroundingsOf } from "./surroundings.ts";

const server = { kind: "system", id: publisher } as const;
/** After this a draft whose job was never written is opened again. */
const lostAfterMs = 30_000;
const busyMax = 100;
/** After this one that failed is tried again. */
const againMs = 1_000;

/** Moves every publication of a tenant as far as it goes; answers when the next one is due. */
export async function carryOutAll(engine: Engine, tenant: string): Promise<number | null> {
  let next: number | null = null;
  for (const head of await engine.store.busyDrafts(tenant, busyMax)) {
    const due = await carryOutAlone(engine, tenant, head.id);
    if (due !== null) next = Math.min(next ?? due, due);
  }
  return next;
}

/** One that cannot be carried out now holds up none of the others, and nothing that comes after them. */
async function carryOutAlone(
  engine: Engine,
  tenant: string,
  draftId: string,
): Promise<number | null> {
  try {
    return await carryOut(engine, tenant, draftId);
  } catch (error) {
    engine.telemetry.workFailed("publication", error);
    return engine.clock.now() + againMs;
  }
}

/**
 * One publication. Every step is written before the next begins and can be found by its state, so
 * that after a crash anywhere the next look goes on; two processes at once meet at a compare-and-set.
 */
export async function carryOut(
  engine: Engine,
  tenant: string,
  draftId: string,
): Promise<number | null> {
  // Redeem, put in force, report: no publication takes more steps than these.
  for (let step = 0; step < 6; step += 1) {
    const draft = await engine.store.findDraft(tenant, draftId);
    if (draft === null) return null;
    const move = await nextMove(engine, tenant, draft);
    if (move === "done" || move === "waits") return null;
    if (typeof move === "number") return move;
    await move();
  }
  return null;
}

type Move = "done" | "waits" | number | (() => Promise<void>);

async function nextMove(engine: Engine, tenant: string, draft: DraftRecord): Promise<Move> {
  const now = engine.clock.now();
  const dueAt = draft.activateAt ?? 0;
  switch (draft.state) {
    case "open":
    case "published":
      return "done";
    case "scheduled":
      return now < dueAt ? dueAt : () => activate(engine, tenant, draft);
    case "activated":
      return () => settle(engine, tenant, draft);
    case "proposed": {
      const job = await jobOf(engine, tenant, draft);
      if (job === null) {
        const isLost = now - draft.updatedAt >= lostAfterMs;
        const why = "the request was lost before it was written; publish again";
        return isLost ? () => reopen(engine, tenant, draft, why) : draft.updatedAt + lostAfterMs;
      }
      return moveOfJob(engine, job, draft);
    }
  }
}

async function moveOfJob(engine: Engine, job: Job, draft: DraftRecord): Promise<Move> {
  const { tenant } = job;
  switch (job.state) {
    case "APPROVAL": {
      const active = await engine.store.activePolicy(tenant);
      if ((active?.digest ?? null) === draft.base) return "waits";
      return () => cancelStale(engine, job);
    }
    case "APPROVED":
      return () => redeem(engine, job);
    case "EXECUTING":
    case "UNKNOWN":
    case "SUCCEEDED":
      return () => activate(engine, tenant, draft);
    case "DENIED":
    case "REJECTED":
    case "EXPIRED":
    case "CANCELLED":
    case "REVOKED":
    case "FAILED": {
      const why = job.resolution?.reason ?? job.outcome?.summary ?? null;
      const outcome = `${job.state.toLowerCase()}${why === null ? "" : `: ${why}`}`;
      return () => reopen(engine, tenant, draft, outcome);
    }
  }
}

/** SECURITY: only a job that the server made, for this draft, and for this very text. */
async function jobOf(engine: Engine, tenant: string, draft: DraftRecord): Promise<Job | null> {
  const found = draft.jobId === null ? null : await engine.store.findJob(tenant, draft.jobId);
  const job = found?.file.job ?? null;
  if (job === null || !isPublication(job.action)) return null;
  const named = publicationOf(job.action.params);
  const isSame =
    named.draft === draft.id && named.policy === draft.digest && named.base === draft.base;
  return isSame ? job : null;
}

/** The last look before the act, as for any action: policy now active may still say no. */
async function redeem(engine: Engine, job: Job): Promise<void> {
  const now = engine.clock.now();
  if (job.grant !== null && now >= job.grant.expiresAt) {
    await command(engine, job, "renew", () => ({
      kind: "renew",
      grantId: engine.ids.grant(),
      by: server,
      now,
    }));
    return;
  }
  await command(engine, job, "redeem", async (current, policy) => {
    const { tenant, facts } = current;
    const ruling = policy.rule(tenant, current, { facts, now });
    return {
      kind: "redeem",
      grantId: current.grant?.id ?? "",
      runningHash: current.jobHash,
      ruling,
      around: await surroundingsOf(engine, policy, { tenant, decision: ruling.decision }),
      by: server,
      executionId: engine.ids.execution(),
      now,
    };
  });
}

async function cancelStale(engine: Engine, job: Job): Promise<void> {
  await command(engine, job, "cancel", () => ({
    kind: "cancel",
    by: server,
    byName: null,
    reason: "policy_stale: another policy was activated since the draft was made",
    now: engine.clock.now(),
  }));
}

/** Runs a verb as the server; one that came too late changes nothing, and the next look sees why. */
async function command(
  engine: Engine,
  job: Job,
  name: string,
  make: (job: Job, policy: LoadedPolicy) => Command | Promise<Command>,
): Promise<void> {
  const ctx: Context = { ...engine, caller: callerFor(job.tenant) };
  try {
    await changeJob(ctx, {
      jobId: job.id,
      name,
      by: server,
      requestKey: null,
      isPolicyBound: name === "redeem",
      command: async (found, policy) => ({
        ok: true,
        command: await make(found.file.job, policy),
      }),
      answer: async () => null,
    });
  } catch (error) {
    if (!isHoldpointError(error) || error.code === "storage_unavailable") throw error;
  }
}

function callerFor(tenant: string): Caller {
  return {
    tenant,
    agent: null,
    person: null,
    scopes: new Set(),
    keyId: null,
    isDevelopment: false,
  };
}

async function activate(engine: Engine, tenant: string, draft: DraftRecord): Promise<void> {
  const now = engine.clock.now();
  const isScheduled = draft.state === "scheduled";
  if (!isScheduled && draft.activateAt !== null && draft.activateAt > now) {
    return schedule(engine, tenant, draft);
  }
  try {
    await putInForce(engine, {
      tenant,
      draft,
      actor: server,
      kind: isScheduled ? "schedule" : "publish",
      state: isScheduled ? "published" : "activated",
    });
  } catch (error) {
    if (!isHoldpointError(error) || !refusals.has(error.code)) throw error;
    // INVARIANT: what another process put in force meanwhile is not called refused. Its write moved
    // the draft in the same transaction that made this one come too late.
    const current = await engine.store.findDraft(tenant, draft.id);
    if (current?.revision !== draft.revision) return;
    await refuse(engine, tenant, { draft, error });
  }
}

/** What ends a publication; anything else is tried again. */
const refusals: ReadonlySet<string> = new Set([
  "policy_stale",
  "policy_invalid",
  "rollout_running",
]);

async function schedule(engine: Engine, tenant: string, draft: DraftRecord): Promise<void> {
  const now = engine.clock.now();
  await report(engine, tenant, draft, { status: "SUCCEEDED", summary: "scheduled" });
  const next: DraftRecord = {
    ...draft,
    revision: draft.revision + 1,
    state: "scheduled",
    updatedAt: now,
  };
  await write(engine, tenant, { next, type: "policy.scheduled", more: {} });
}

/** The policy decides; its job is told, and the draft is done. */
async function settle(engine: Engine, tenant: string, draft: DraftRecord): Promise<void> {
  await report(engine, tenant, draft, { status: "SUCCEEDED", summary: "the policy is in force" });
  const next: DraftRecord = { ...draft, revision: draft.revision + 1, state: "published" };
  await write(engine, tenant, { next, type: null, more: {} });
}

interface Refused {
  readonly draft: DraftRecord;
  readonly error: HoldpointError;
}

async function refuse(engine: Engine, tenant: string, { draft, error }: Refused): Promise<void> {
  const summary = `${error.code}: ${error.detail.message}`;
  await report(engine, tenant, draft, { status: "FAILED", summary });
  await reopen(engine, tenant, draft, `refused: ${summary}`);
}

/** A draft that was not published can be worked on again; its author and everybody else are told. */
async function reopen(
  engine: Engine,
  tenant: string,
  draft: DraftRecord,
  outcome: string,
): Promise<void> {
  const next: DraftRecord = {
    ...draft,
    revision: draft.revision + 1,
    state: "open",
    activateAt: null,
    outcome,
    updatedAt: engine.clock.now(),
  };
  await write(engine, tenant, { next, type: "policy.refused", more: { outcome } });
}

interface Writing {
  readonly next: DraftRecord;
  readonly type: EventType | null;
  readonly more: JsonObject;
}

async function write(engine: Engine, tenant: string, { next, type, more }: Writing): Promise<void> {
  const data = { draft: next.id, job: next.jobId, activate_at_ms: next.activateAt, ...more };
  const parts = { actor: server, jobId: next.jobId, before: next.base, after: next.digest };
  const events =
    type === null
      ? []
      : record(engine, tenant, [policyFact(engine, tenant, { type, ...parts, payload: data })]);
  const outbox = type === null ? [] : policyNotice(engine, type, { ...data, author: next.author });
  await engine.store.changeDraft(tenant, next, next.revision - 1, { events, outbox });
  if (events.length > 0) engine.hub.changed(tenant, []);
  if (outbox.length > 0) engine.hub.messages();
}

interface Ending {
  readonly status: "SUCCEEDED" | "FAILED";
  readonly summary: string;
}

async function report(
  engine: Engine,
  tenant: string,
  draft: DraftRecord,
  { status, summary }: Ending,
): Promise<void> {
  const job = await jobOf(engine, tenant, draft);
  if (job === null) return;
  await command(engine, job, "outcome", () => ({
    kind: "report",
    executionId: null,
    status,
    summary,
    outputDigest: null,
    effect: null,
    by: server,
    now: engine.clock.now(),
  }));
}

/** Carries out a publication that was just approved; what does not work now is the worker's. */
export async function carryOutNow(engine: Engine, tenant: string, jobId: string): Promise<void> {
  try {
    const draft = await engine.store.findDraftOfJob(tenant, jobId);
    if (draft !== null) await carryOut(engine, tenant, draft.id);
  } catch (error) {
    engine.telemetry.workFailed("publication", error);
  }
  engine.hub.work();
}
