// Gives runs that can go on to workers: one lease at a time; who waits for one sleeps until there is one.

import { HoldpointError } from "@holdpoint/core/error/error";
import { isEnded, type Resumption } from "@holdpoint/core/job/resumption";
import type {
  ClaimedPage,
  ClaimedRun,
  ClaimOneRequest,
  ClaimRequest,
} from "@holdpoint/core/wire/resumption";
import { requireActing } from "./agent-standing.ts";
import type { OutboxMessage } from "../storage/store.ts";
import type { AgentSubject, Context } from "./context.ts";
import { openRuns } from "./open-runs.ts";
import { toAgent } from "./run-notice.ts";
import type { RunWait } from "./run-waits.ts";
import { leaseMs, runNotFound } from "./settle-run.ts";
import { requireOwnAgent } from "./suspend.ts";

type OnLeave = (call: () => void) => void;

/** `POST /resumptions/claim`: sleeps until there is something to take up, never polls. */
export async function claimRuns(
  ctx: Context,
  request: ClaimRequest,
  onLeave: OnLeave,
): Promise<ClaimedPage> {
  const agent = requireOwnAgent(ctx);
  const turn = {
    request,
    forMs: leaseMs(request.lease),
    endsAt: ctx.clock.now() + request.timeout * 1000,
  };
  requireActing(agent);
  let hasLeft = false;
  let sleeping: RunWait | null = null;
  onLeave(() => {
    hasLeft = true;
    sleeping?.end();
  });
  for (let isOwed = false; ;) {
    // Registered before looking, so that what becomes due between the two is not missed.
    const wait = waitAt(ctx, agent, { request, timeoutMs: turn.endsAt - ctx.clock.now() });
    sleeping = wait;
    let items: readonly ClaimedRun[] | null = [];
    try {
      if (!hasLeft) {
        items = await lookOrSleep(ctx, agent, { ...turn, wait });
        isOwed = false;
      }
    } finally {
      wait.end();
      isOwed ||= wait.isCalled;
      // INVARIANT: whoever was called and leaves, also by an error, lets the next one look.
      if (items !== null && isOwed) ctx.hub.runs.pass(ctx.caller.tenant, agent.id);
    }
    if (items !== null) return { items: [...items] };
  }
}

interface Taking {
  readonly request: ClaimRequest;
  readonly forMs: number;
}

interface Turn extends Taking {
  readonly endsAt: number;
  readonly wait: RunWait;
}

/** What there is to take up, nothing at the end of the time; null when it is worth another look. */
async function lookOrSleep(
  ctx: Context,
  agent: AgentSubject,
  { endsAt, wait, ...taking }: Turn,
): Promise<readonly ClaimedRun[] | null> {
  const { runs, nextDueAt } = await take(ctx, agent, taking);
  const items = await openRuns(ctx, agent, runs);
  if (items.length > 0) return items;
  if (runs.length > 0) return null;
  if (ctx.clock.now() >= endsAt || ctx.hub.isClosed) return [];
  await wokenBy(ctx, wait, nextDueAt);
  return null;
}

/** INVARIANT: whoever took something leaves the next one to look: there may be more than one wake told of. */
async function take(
  ctx: Context,
  agent: AgentSubject,
  { request, forMs }: Taking,
): Promise<{ runs: readonly Resumption[]; nextDueAt: number | null }> {
  const { queues, worker, limit } = request;
  const now = ctx.clock.now();
  const found = await ctx.store.claimResumptions(ctx.caller.tenant, {
    ...{ agent: agent.id, queues, worker, limit, now, id: null },
    thread: request.thread ?? null,
    until: now + forMs,
  });
  if (found.runs.length > 0) ctx.hub.runs.pass(ctx.caller.tenant, agent.id);
  return found;
}

interface Waiting {
  readonly request: ClaimRequest;
  readonly timeoutMs: number;
}

function waitAt(
  { hub, caller }: Context,
  agent: AgentSubject,
  { request, timeoutMs }: Waiting,
): RunWait {
  const { queues, thread = null } = request;
  const desk = JSON.stringify([[...new Set(queues)].toSorted(), thread]);
  const place = { tenant: caller.tenant, agent: agent.id, desk };
  return hub.runs.wait(place, Math.max(0, timeoutMs));
}

/** A pause after a failure, or a lease, ends by itself: nobody tells of it. */
async function wokenBy({ clock }: Context, wait: RunWait, dueAt: number | null): Promise<void> {
  const timer =
    dueAt === null ? undefined : setTimeout(() => wait.end(), Math.max(1, dueAt - clock.now()));
  try {
    await wait.woken;
  } finally {
    clearTimeout(timer);
  }
}

/** `POST /resumptions/{id}/claim`: by whoever was told of this one. */
export async function claimRun(
  ctx: Context,
  id: string,
  { worker, lease }: ClaimOneRequest,
): Promise<ClaimedRun> {
  const agent = requireOwnAgent(ctx);
  requireActing(agent);
  const { tenant } = ctx.caller;
  const now = ctx.clock.now();
  const terms = { now, until: now + leaseMs(lease), limit: 1, worker, queues: null, thread: null };
  const outbox = (run: Resumption): readonly OutboxMessage[] => [atLeaseEnd(ctx, run, terms.until)];
  const claim = { agent: agent.id, id, outbox, ...terms };
  const { runs } = await ctx.store.claimResumptions(tenant, claim);
  const [item] = await openRuns(ctx, agent, runs);
  if (item !== undefined) return item;
  const run = await ctx.store.findResumption(tenant, id);
  if (run === null || run.agent !== agent.id) throw runNotFound(id);
  throw refusalOf(run);
}

function refusalOf(run: Resumption): HoldpointError {
  const facts = { state: run.state, fence: run.fence };
  if (isEnded(run)) {
    return new HoldpointError("resumption_ended", { message: `the run is ${run.state}`, facts });
  }
  if (run.state === "claimed") {
    const message = "another worker has the run; its lease may still end";
    return new HoldpointError("resumption_lost", { message, facts });
  }
  const message = "the run still waits; you are told when it can go on";
  return new HoldpointError("resumption_not_due", { message, facts });
}

/** Who was told by a webhook is told again when the claim comes to nothing. */
function atLeaseEnd(ctx: Context, { id, agent, fence }: Resumption, dueAt: number): OutboxMessage {
  const { tenant } = ctx.caller;
  return toAgent(ctx, { tenant, agent, resumption: id, job: null, fence }, dueAt);
}
