// What the server knows when it decides: history of agent, topic and target, and sliding counts.

import type { Action } from "@holdpoint/core/action/action";
import type { Job } from "@holdpoint/core/job/job";
import { type Facts, type History, noFacts } from "@holdpoint/core/policy/facts";
import { rangesOf } from "@holdpoint/core/policy/history";
import { isTerminal, releasedStates } from "@holdpoint/core/job/state";
import type { HistoryRecord, VelocityCount, VelocityStep } from "../storage/store.ts";
import type { Context } from "./context.ts";
import type { KnownAction } from "./known-action.ts";
import type { Basis, LoadedPolicy, VelocityCheck } from "./loaded-policy.ts";

async function readHistory(
  ctx: Context,
  action: Action,
  { now, before }: { readonly now: number; readonly before: number | null },
): Promise<History> {
  const record = await ctx.store.readHistory(ctx.caller.tenant, {
    agent: action.actor.agent,
    topic: action.topic,
    resource: action.target.resource,
    now,
    before,
  });
  return historyOf(record, { now, hasTarget: action.target.resource !== null });
}

/**
 * What reviewers see beside a job. History that the policy did not ask for is looked up when somebody
 * looks, as it was before the job, and decides nothing.
 */
export async function factsToShow(ctx: Context, { facts, action, createdAt }: Job): Promise<Facts> {
  if (facts.history !== null) return facts;
  const history = await readHistory(ctx, action, { now: createdAt, before: createdAt });
  return { ...facts, history };
}

function historyOf(
  record: HistoryRecord,
  { now, hasTarget }: { readonly now: number; readonly hasTarget: boolean },
): History {
  const { recent, rejectedAt } = record;
  // SECURITY: else an agent would make anything usual by proposing it again and again.
  const released = recent.filter(({ state }) => releasedStates.includes(state));
  const finished = recent.filter(
    ({ state, updatedAt }) => (isTerminal(state) || state === "UNKNOWN") && updatedAt <= now,
  );
  const last = finished.reduce<(typeof finished)[number] | null>(
    (newest, job) => (newest === null || job.updatedAt > newest.updatedAt ? job : newest),
    null,
  );
  return {
    firstTime: {
      agent: !record.isAgentKnown && released.length === 0,
      topic: released.length === 0,
      target: hasTarget && !record.isTargetKnown,
    },
    count: { hour: record.countHour, day: record.countDay },
    ranges: rangesOf(released.map(({ numbers }) => numbers)),
    lastOutcome: last?.state ?? null,
    sinceRejectionMs: rejectedAt === null ? null : Math.max(0, now - rejectedAt),
  };
}

/** Facts that a decision begins with: history, when a rule of the policy reads it. */
export async function firstFacts(
  ctx: Context,
  policy: LoadedPolicy,
  { action, now }: { readonly action: Action; readonly now: number },
): Promise<Facts> {
  if (!policy.needsHistory) return noFacts;
  return { history: await readHistory(ctx, action, { now, before: null }), velocity: {} };
}

/** Counts with this proposal in them, and the steps that the commit takes if nobody counts first. */
export interface Counted {
  readonly velocity: Readonly<Record<string, number>>;
  readonly steps: readonly VelocityStep[];
}

export const nothingCounted: Counted = { velocity: {}, steps: [] };

export async function countProposal(
  ctx: Context,
  checks: readonly VelocityCheck[],
  now: number,
): Promise<Counted> {
  if (checks.length === 0) return nothingCounted;
  const known = await ctx.store.velocityCounts(
    ctx.caller.tenant,
    checks.map(({ key }) => key),
  );
  const steps = checks.map((check) => stepOf(check, known.get(check.key), now));
  const counts = steps.map(({ key, hits }) => [key, hits.length] as const);
  return { velocity: Object.fromEntries(counts), steps };
}

/** True when nobody counted in between. */
export function isSameCount(one: Counted, other: Counted): boolean {
  return one.steps.every(({ expected }, at) => other.steps[at]?.expected === expected);
}

export function withCounts(facts: Facts, { velocity, steps }: Counted): Facts {
  return steps.length === 0 ? facts : { ...facts, velocity };
}

/** INVARIANT: one hit more than the rule allows is kept, which is all that the rule can tell apart. */
function stepOf(check: VelocityCheck, known: VelocityCount | undefined, now: number): VelocityStep {
  const recent = (known?.hits ?? []).filter((at) => at > now - check.inMs);
  const hits = [...recent, now].sort((a, b) => a - b).slice(-(check.over + 1));
  return {
    key: check.key,
    expected: known?.revision ?? null,
    hits,
    expiresAt: Math.max(now, ...hits.slice(-1)) + check.inMs,
  };
}

/** What would be known of an action if it were proposed now; nothing is counted by asking. */
export async function factsOfNow(
  ctx: Context,
  policy: LoadedPolicy,
  declared: Action,
): Promise<{ known: KnownAction; basis: Basis }> {
  const { tenant } = ctx.caller;
  const now = ctx.clock.now();
  const history = await readHistory(ctx, declared, { now, before: null });
  const first = { facts: { history, velocity: {} }, now };
  const known = policy.learn(tenant, declared, first);
  const checks = policy.velocityChecks(tenant, known, first);
  const { velocity } = await countProposal(ctx, checks, now);
  return { known, basis: { facts: { history, velocity }, now } };
}
