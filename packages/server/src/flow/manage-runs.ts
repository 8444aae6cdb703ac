// Suspended runs for people who look after them, and for the agent whose they are: listed, retried, taken back.

import type { Result } from "@holdpoint/core/base/result";
import { personActor } from "@holdpoint/core/job/held";
import { cancelled, type Resumption, retried } from "@holdpoint/core/job/resumption";
import type { EventActor } from "@holdpoint/core/record/event";
import type {
  ResumptionPage,
  ResumptionsQuery,
  ResumptionView,
} from "@holdpoint/core/wire/resumption";
import type { RunChange } from "../storage/resumptions.ts";
import { actorOfAgent, type Context, requirePerson, requireViewer } from "./context.ts";
import { readCursor } from "./cursor.ts";
import { record } from "./record.ts";
import { readyToAgent } from "./run-notice.ts";
import { runFact, runView } from "./run-view.ts";
import { changeRun, runNotFound, safeWords } from "./settle-run.ts";

/** An agent sees its own; people see all of their tenant. */
export async function listRuns(ctx: Context, query: ResumptionsQuery): Promise<ResumptionPage> {
  const own = ownAgent(ctx);
  if (own === null) requireViewer(ctx);
  const isOthers = own !== null && query.agent !== undefined && query.agent !== own;
  if (isOthers) return { items: [], next_cursor: null };
  const page = await ctx.store.listResumptions(ctx.caller.tenant, {
    state: query.state ?? null,
    agent: own ?? query.agent ?? null,
    thread: query.thread ?? null,
    limit: query.limit,
    after: query.cursor === undefined ? null : readCursor(query.cursor),
  });
  return {
    items: page.runs.map(runView),
    next_cursor: page.nextAfter === null ? null : String(page.nextAfter),
  };
}

export async function readRun(ctx: Context, id: string): Promise<ResumptionView> {
  const own = ownAgent(ctx);
  if (own === null) requireViewer(ctx);
  const run = await ctx.store.findResumption(ctx.caller.tenant, id);
  if (run === null || (own !== null && run.agent !== own)) throw runNotFound(id);
  return runView(run);
}

/** Null for people; the development connection, which is both, sees what people see. */
function ownAgent(ctx: Context): string | null {
  const { agent, person, scopes } = ctx.caller;
  if (person !== null || agent === null || agent.kind !== "agent") return null;
  return scopes.has("propose") || scopes.has("read") ? agent.id : null;
}

/** Gives a run that was given up all its attempts again. */
export async function retryRun(
  ctx: Context,
  id: string,
  reason: string | null,
): Promise<ResumptionView> {
  const actor = personActor(requirePerson(ctx, "admin"));
  const { tenant } = ctx.caller;
  const { next } = await changeRun(ctx, id, (run) => {
    const result = retried(run, ctx.clock.now());
    if (!result.ok) return result;
    const more = { reason: reason === null ? null : safeWords(reason) };
    const fact = runFact(run, result.next, { type: "run.retried", actor, more });
    const outbox = readyToAgent(ctx, tenant, result.next);
    return { ...result, told: { events: record(ctx, tenant, [fact]), outbox } };
  });
  return runView(next);
}

/** Its calls stay as they are: the agent, or people, may cancel them one by one. */
export async function cancelRun(
  ctx: Context,
  id: string,
  reason: string | null,
): Promise<ResumptionView> {
  const own = ctx.caller.agent?.kind === "agent" ? ctx.caller.agent : null;
  const isAgents = own !== null && ctx.caller.scopes.has("propose");
  const person = isAgents && ctx.caller.person === null ? null : beside(ctx, isAgents);
  const { next } = await changeRun(ctx, id, (run) => {
    const isOwn = isAgents && run.agent === own.id;
    const actor = isOwn ? actorOfAgent(own) : person;
    if (actor === null) throw runNotFound(id);
    return cancelledBy(ctx, run, { actor, reason });
  });
  return runView(next);
}

/** The development connection is an agent and a person: what is not the agent's, the person ends. */
function beside(ctx: Context, isAgents: boolean): EventActor | null {
  if (isAgents && !ctx.caller.scopes.has("admin")) return null;
  return personActor(requirePerson(ctx, "admin"));
}

interface Cancelling {
  readonly actor: EventActor;
  readonly reason: string | null;
}

function cancelledBy(
  ctx: Context,
  run: Resumption,
  { actor, reason }: Cancelling,
): Result<RunChange> {
  const result = cancelled(run, ctx.clock.now());
  if (!result.ok) return result;
  const isNew = result.next !== run;
  const more = { reason: reason === null ? null : safeWords(reason) };
  const facts = isNew ? [runFact(run, result.next, { type: "run.cancelled", actor, more })] : [];
  return { ...result, told: { events: record(ctx, ctx.caller.tenant, facts), outbox: [] } };
}
