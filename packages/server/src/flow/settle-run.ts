// A worker's word on the run that it claimed: it goes on, it is done, it failed. Only the newest claim counts.

import { maskString } from "@holdpoint/core/action/mask";
import { visibleLine } from "@holdpoint/core/action/text";
import {
  resumptionLeaseMaxMs,
  resumptionLeaseMinMs,
  runWordsMax,
} from "@holdpoint/core/base/limits";
import { isoOf } from "@holdpoint/core/base/clock";
import type { Result } from "@holdpoint/core/base/result";
import { errorOf, HoldpointError } from "@holdpoint/core/error/error";
import { completed, extended, failed, type Resumption } from "@holdpoint/core/job/resumption";
import { parseDuration } from "@holdpoint/core/wire/duration";
import type {
  CompleteRequest,
  ExtendRequest,
  FailRequest,
  ResumptionView,
} from "@holdpoint/core/wire/resumption";
import type { RunChange } from "../storage/resumptions.ts";
import { actorOfAgent, type Context } from "./context.ts";
import { record } from "./record.ts";
import { deadRunNotice, readyToAgent } from "./run-notice.ts";
import { runFact, runView } from "./run-view.ts";
import { requireOwnAgent } from "./suspend.ts";

/** Milliseconds of a lease, within its bounds. */
export function leaseMs(text: string): number {
  const ms = parseDuration(text) ?? 0;
  if (ms >= resumptionLeaseMinMs && ms <= resumptionLeaseMaxMs) return ms;
  throw new HoldpointError("request_invalid", {
    message: "a lease lasts 5s to 15m; extend it while the work goes on",
    path: "/lease",
  });
}

export async function extendRun(
  ctx: Context,
  id: string,
  { fence, lease }: ExtendRequest,
): Promise<ResumptionView> {
  const forMs = leaseMs(lease);
  return changeOwn(ctx, id, (run) => {
    return untold(extended(run, { fence, now: ctx.clock.now() }, forMs));
  });
}

export async function completeRun(
  ctx: Context,
  id: string,
  { fence, summary }: CompleteRequest,
): Promise<ResumptionView> {
  const agent = requireOwnAgent(ctx);
  const words = summary === undefined ? null : safeWords(summary);
  return changeOwn(ctx, id, (run) => {
    const result = completed(run, { fence, now: ctx.clock.now() });
    if (!result.ok || result.next === run) return untold(result);
    const { next } = result;
    const { worker, settled } = run;
    const given = settled.filter((job) => run.claimed.includes(job));
    const more = { worker, handed: given, summary: words };
    const fact = runFact(run, next, { type: "run.resumed", actor: actorOfAgent(agent), more });
    return {
      ...result,
      told: {
        events: record(ctx, ctx.caller.tenant, [fact]),
        outbox: readyToAgent(ctx, ctx.caller.tenant, next),
      },
    };
  });
}

export async function failRun(
  ctx: Context,
  id: string,
  request: FailRequest,
): Promise<ResumptionView> {
  const agent = requireOwnAgent(ctx);
  const { tenant } = ctx.caller;
  const error = safeWords(request.error);
  const noticeOf = await deadRunNotice(ctx, tenant, agent.id);
  const chance = (ctx.random(1)[0] ?? 0) / 255;
  return changeOwn(ctx, id, (run) => {
    const { fence, is_final: isFinal } = request;
    const result = failed(run, { fence, error, isFinal, chance, now: ctx.clock.now() });
    if (!result.ok || result.next === run) return untold(result);
    const { next } = result;
    const isDead = next.state === "dead";
    const more = {
      worker: run.worker,
      error,
      next_at: next.dueAt === null ? null : isoOf(next.dueAt),
    };
    const type = isDead ? "run.dead" : "run.failed";
    const fact = runFact(run, next, { type, actor: actorOfAgent(agent), more });
    return {
      ...result,
      told: {
        events: record(ctx, tenant, [fact]),
        outbox: isDead ? noticeOf(next) : readyToAgent(ctx, tenant, next),
      },
    };
  });
}

/** What is nobody's news. */
export function untold(result: Result<{ next: Resumption }>): Result<RunChange> {
  return result.ok ? { ...result, told: { events: [], outbox: [] } } : result;
}

/** SECURITY: words of a worker are shown to people: one visible line, with secrets masked. */
export function safeWords(text: string): string {
  return visibleLine(maskString(text), runWordsMax);
}

type Change = (run: Resumption) => Result<RunChange>;

/** INVARIANT: what is another agent's is not there. */
async function changeOwn(ctx: Context, id: string, change: Change): Promise<ResumptionView> {
  const agent = requireOwnAgent(ctx);
  const { next } = await changeRun(ctx, id, (run) => {
    if (run.agent !== agent.id) throw runNotFound(id);
    return change(run);
  });
  return runView(next);
}

/** Changes a run and tells who waits; throws what stands in the way. */
export async function changeRun(ctx: Context, id: string, change: Change): Promise<RunChange> {
  const { tenant } = ctx.caller;
  const result = await ctx.store.changeResumption(tenant, id, change);
  if (result === null) throw runNotFound(id);
  if (!result.ok) throw errorOf(result);
  const { next, told } = result;
  if (next.state === "waiting") ctx.hub.runs.ready(tenant, next.agent);
  if (told.outbox.length > 0) ctx.hub.messages();
  if (told.events.length > 0) ctx.hub.changed(tenant, []);
  return result;
}

export function runNotFound(id: string): HoldpointError {
  return new HoldpointError("resumption_not_found", { message: `no suspended run \`${id}\`` });
}
