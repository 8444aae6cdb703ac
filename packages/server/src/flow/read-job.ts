// Jobs as callers may see them: the agent that proposed, with its grant; people, with everything else.

import type { Facts } from "@holdpoint/core/policy/facts";
import type { Job, JobFile } from "@holdpoint/core/job/job";
import { grantClaims } from "@holdpoint/core/grant/claims";
import { hasEnded, isAnswered } from "@holdpoint/core/job/state";
import type { JobView, TraceView } from "@holdpoint/core/wire/response";
import { type Beside, jobView } from "@holdpoint/core/wire/view";
import type { FoundJob } from "../storage/store.ts";
import { notFound } from "./change-job.ts";
import { type Context, requireScope } from "./context.ts";
import { factsToShow } from "./facts.ts";
import type { LoadedPolicy } from "./policy-book.ts";

interface ViewParts {
  readonly policy: LoadedPolicy;
  readonly trace: TraceView | null;
  readonly beside?: Beside;
  readonly facts?: Facts;
}

/** SECURITY: only the agent that proposed is given the token, and only while it is live. */
export async function viewForAgent(
  ctx: Context,
  file: JobFile,
  parts: ViewParts,
): Promise<JobView> {
  return jobView(file, {
    directory: parts.policy.directory,
    trace: parts.trace,
    token: await tokenFor(ctx, file),
    isUnmasked: isProposer(ctx, file),
    reader: ctx.caller.person,
    ...(parts.beside === undefined ? {} : { beside: parts.beside }),
    ...(parts.facts === undefined ? {} : { facts: parts.facts }),
  });
}

function isProposer(ctx: Context, { job }: JobFile): boolean {
  const { agent } = ctx.caller;
  return agent !== null && agent.kind === "agent" && agent.id === job.action.actor.agent;
}

async function tokenFor(ctx: Context, { job }: JobFile): Promise<string | null> {
  const { scopes } = ctx.caller;
  if (!isProposer(ctx, { job, reviews: [] })) return null;
  if (!scopes.has("propose") && !scopes.has("redeem")) return null;
  if (job.state !== "APPROVED" || job.grant === null || job.grant.expiresAt <= ctx.clock.now())
    return null;
  const claims = grantClaims(job, ctx.publicUrl);
  return claims === null ? null : ctx.signer.signGrant(job.tenant, claims);
}

/** INVARIANT: what is not the caller's is not there: agents see their own jobs, people see all. */
export function maySee(ctx: Context, file: JobFile): boolean {
  const { agent, person, scopes } = ctx.caller;
  if (person !== null && (scopes.has("read") || scopes.has("review"))) return true;
  if (agent === null) return false;
  if (agent.kind === "enforcement_point") return scopes.has("redeem") || scopes.has("read");
  return agent.id === file.job.action.actor.agent;
}

export async function findVisible(ctx: Context, jobId: string): Promise<FoundJob> {
  const found = await ctx.store.findJob(ctx.caller.tenant, jobId);
  if (found === null || !maySee(ctx, found.file)) throw notFound(jobId);
  return found;
}

/** What this process wrote last: any change elsewhere since is told, and wakes who waits. */
function recentVisible(ctx: Context, jobId: string): JobFile | null {
  const file = ctx.hub.recent(ctx.caller.tenant, jobId);
  return file !== null && maySee(ctx, file) ? file : null;
}

export function requireReader(ctx: Context): void {
  const { scopes } = ctx.caller;
  if (scopes.has("propose") || scopes.has("redeem") || scopes.has("review")) return;
  requireScope(ctx, "read");
}

export async function policyOf(ctx: Context, found: FoundJob): Promise<LoadedPolicy> {
  const { tenant } = ctx.caller;
  const { agent } = found.file.job.action.actor;
  if (found.activeBundle === null) return ctx.policies.active(tenant, agent);
  return ctx.policies.get(tenant, found.activeBundle, agent);
}

/** `GET /jobs/{id}`. */
export async function readJob(ctx: Context, jobId: string): Promise<JobView> {
  requireReader(ctx);
  const found = await findVisible(ctx, jobId);
  const trace = await latestTrace(ctx, jobId);
  const { job } = found.file;
  const isForPeople = ctx.caller.person !== null && !isProposer(ctx, found.file);
  return viewForAgent(ctx, found.file, {
    policy: await policyOf(ctx, found),
    trace,
    beside: found,
    ...(isForPeople ? { facts: await factsToShow(ctx, job) } : {}),
  });
}

const decidingTypes = new Set(["job.proposed", "job.modified", "job.returned"]);

/** The trace of the decision that stands, from the record; null once erased. */
export async function latestTrace(ctx: Context, jobId: string): Promise<TraceView | null> {
  const events = await ctx.store.listEvents(ctx.caller.tenant, {
    jobId,
    type: null,
    isNewestFirst: true,
    limit: 200,
    after: null,
  });
  const deciding = events.find((event) => decidingTypes.has(event.type));
  if (deciding === undefined || deciding.payload === null) return null;
  const payload = JSON.parse(deciding.payload) as { trace?: TraceView };
  return payload.trace ?? null;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Answer as soon as the job is past this revision; null: as `until` says. */
  readonly since: number | null;
  /** `answered`: it has left APPROVAL. `ended`: it has run, or cannot run any more. */
  readonly until: "answered" | "ended";
  /** Calls back when the caller left. */
  readonly onLeave: (call: () => void) => void;
}

/** `GET /jobs/{id}/wait`: sleeps until somebody wakes it, never polls. */
export async function waitForJob(
  ctx: Context,
  jobId: string,
  options: WaitOptions,
): Promise<JobView> {
  requireReader(ctx);
  const endsAt = ctx.clock.now() + options.timeoutMs;
  let hasLeft = false;
  let written: JobFile | null = null;
  for (;;) {
    // Registered before reading, so that a change between the two is not missed.
    const timeoutMs = Math.max(0, endsAt - ctx.clock.now());
    const sleep = ctx.hub.waitForJob(ctx.caller.tenant, jobId, timeoutMs);
    try {
      // Who does not wait is not told of a change either, and wants the job as it is stored.
      const recent = options.timeoutMs > 0 ? recentVisible(ctx, jobId) : null;
      const file: JobFile = written ?? recent ?? (await findVisible(ctx, jobId)).file;
      const { job } = file;
      const takenOver = await withTakeover(ctx, job);
      const isNews =
        options.since === null
          ? (options.until === "ended" ? hasEnded : isAnswered)(job.state)
          : job.revision > options.since || isTakenOver(takenOver);
      const isOver = ctx.clock.now() >= endsAt || hasLeft || ctx.hub.isClosed;
      if (isNews || isOver) {
        const policy = await ctx.policies.active(ctx.caller.tenant, job.action.actor.agent);
        const beside = takenOver === null ? {} : { beside: takenOver };
        return await viewForAgent(ctx, file, { policy, trace: null, ...beside });
      }
      options.onLeave(() => {
        hasLeft = true;
        sleep.end();
      });
      written = await sleep.woken;
    } finally {
      sleep.end();
    }
  }
}

/** A rejected job that people take over, with how far they are: who waits past it waits for their end. */
async function withTakeover(ctx: Context, { id, state, decision }: Job): Promise<FoundJob | null> {
  if (state !== "REJECTED" || decision.onReject !== "escalate") return null;
  return findVisible(ctx, id);
}

function isTakenOver(found: FoundJob | null): boolean {
  return found?.takeover?.state === "done" || found?.takeover?.state === "returned";
}
