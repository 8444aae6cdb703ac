// The states and steps of one job in the small world: who may do what at which moment, under which policy.

import { jobHash } from "@holdpoint/core/action/hash";
import { standingVotes } from "@holdpoint/core/approval/review";
import type { Digest } from "@holdpoint/core/base/digest";
import type { Result } from "@holdpoint/core/base/result";
import type { Change } from "@holdpoint/core/job/change";
import type { JobFile } from "@holdpoint/core/job/job";
import type { ReviewCommand } from "@holdpoint/core/job/review-command";
import { redeemOpened } from "@holdpoint/core/job/redeem";
import type { Command } from "@holdpoint/core/job/transition";
import {
  type AccountName,
  accountNames,
  accounts,
  around,
  directory,
  edited,
  ids,
  isOriginal,
  opened,
  original,
  otherEffect,
  policies,
  rulingOf,
  startAt,
  tenant,
  type VerdictName,
  verdictFor,
  type WorldPolicy,
} from "./job-sample.ts";

/** What was truly done, kept apart from the job's own record, so that a lie in the record shows. */
export interface History {
  /** Vote of each person since the action or the question last changed. */
  readonly votes: ReadonlyMap<string, { readonly kind: string; readonly hash: Digest }>;
  /** Grants in the order of their issue. */
  readonly grants: readonly string[];
  /** Grants that ran something. */
  readonly executed: readonly string[];
  /** What was shown before the effect last changed. */
  readonly earlier: Shown | null;
}

interface Shown {
  readonly hash: Digest;
  readonly rows: number | null;
}

export interface World {
  readonly file: JobFile;
  readonly now: number;
  readonly count: number;
  readonly history: History;
}

export interface Step {
  readonly name: string;
  /** Null when only time goes on. */
  readonly command: Command | null;
  readonly now: number;
  /** What policy says at this moment about the action that the command is about. */
  readonly verdict: VerdictName | null;
  readonly account: AccountName | null;
  /** Rows of the effect that the voter saw; absent where nobody looked. */
  readonly sawRows?: number | null;
}

export type StepFunction = (file: JobFile, command: Command) => Result<{ change: Change }>;

const hashes: Readonly<Record<"original" | "edited", Digest>> = {
  original: jobHash(tenant, original),
  edited: jobHash(tenant, edited),
};

export function startOf(policy: WorldPolicy): World {
  const job = opened(policy);
  return {
    file: { job, reviews: [] },
    now: startAt,
    count: 1,
    history: {
      votes: new Map(),
      grants: job.grant === null ? [] : [job.grant.id],
      executed: [],
      earlier: null,
    },
  };
}

/** The same, where the agent asks for its grant to be redeemed with the proposal. */
export function startAtOnceOf(policy: WorldPolicy): World {
  const world = startOf(policy);
  const opened: Change = {
    job: world.file.job,
    review: null,
    facts: [],
    notice: null,
    answer: null,
  };
  const { job, facts } = redeemOpened(opened, {
    nonce: "one",
    enforces: [],
    grantId: opened.job.grant?.id ?? "none",
    runningHash: opened.job.jobHash,
    ruling: rulingOf(policy, original),
    by: agent,
    executionId: ids.execution(0),
    now: startAt,
  });
  const executed = facts.map(() => job.execution?.grantId ?? "none");
  return { ...world, file: { job, reviews: [] }, history: { ...world.history, executed } };
}

/** Every step that anybody could try in this state. */
export function* stepsFrom(world: World): Generator<Step> {
  yield* ticks(world);
  yield* reviews(world);
  yield* redemptions(world);
  yield* changedEffects(world);
  yield* others(world);
}

/** Time goes to the last moment before a deadline, or to the deadline itself. */
function* ticks({ file, now }: World): Generator<Step> {
  const { dueAt, grant } = file.job;
  const ends = { deadline: dueAt, expiry: file.job.state === "APPROVED" ? grant?.expiresAt : null };
  for (const [name, at] of Object.entries(ends)) {
    if (at == null) continue;
    for (const [when, to] of [
      ["before", at - 1],
      ["at", at],
    ] as const) {
      if (to > now) yield plain(`time ${when}-${name}`, null, to);
    }
  }
}

function plain(name: string, command: Command | null, now: number): Step {
  return { name, command, now, verdict: null, account: null };
}

function* reviews(world: World): Generator<Step> {
  const { job } = world.file;
  const { earlier } = world.history;
  const stale = isOriginal(job.action) ? hashes.edited : hashes.original;
  for (const account of accountNames) {
    for (const policy of policies) {
      yield vote(world, { account, policy, verdict: "approve", seen: job.jobHash });
      yield vote(world, { account, policy, verdict: "modify", seen: job.jobHash });
    }
    for (const policy of policies.slice(1, 2)) {
      yield vote(world, { account, policy, verdict: "approve", seen: stale });
      yield vote(world, { account, policy, verdict: "approve", seen: null });
      yield vote(world, { account, policy, verdict: "modify", seen: stale });
      yield vote(world, { account, policy, verdict: "reject", seen: job.jobHash });
      yield vote(world, { account, policy, verdict: "reject", seen: stale });
      yield vote(world, { account, policy, verdict: "comment", seen: null });
      if (earlier !== null) yield late(world, earlier, { account, policy, verdict: "approve" });
    }
  }
}

interface Vote {
  readonly account: AccountName;
  readonly policy: WorldPolicy;
  readonly verdict: ReviewCommand["verdict"];
  readonly seen: Digest | null;
}

/** A vote from a card that shows what the effect was before it changed. */
function late(world: World, { hash, rows }: Shown, of: Omit<Vote, "seen">): Step {
  const step = vote(world, { ...of, seen: hash });
  return { ...step, name: `${of.verdict} ${of.account} late ${of.policy.name}`, sawRows: rows };
}

export function vote(world: World, { account, policy, verdict, seen }: Vote): Step {
  const { job } = world.file;
  const other = isOriginal(job.action) ? edited : original;
  const changed = verdict === "modify" ? other : null;
  const sight = seen === null ? "blind" : seen === job.jobHash ? "seen" : "stale";
  return {
    name: `${verdict} ${account} ${sight} ${policy.name}`,
    now: world.now,
    account,
    ...(seen === job.jobHash ? { sawRows: rowsOf(world.file) } : {}),
    verdict: verdictFor(policy, changed ?? job.action),
    command: {
      kind: "review",
      verdict,
      person: accounts[account],
      reason: null,
      code: null,
      note: null,
      seenHash: seen,
      seenRevision: null,
      edited: changed,
      ruling: rulingOf(policy, changed ?? job.action),
      directory,
      around,
      reviewId: ids.review(world.count),
      grantId: ids.grant(world.count),
      now: world.now,
    },
  };
}

function rowsOf({ job }: JobFile): number | null {
  return job.action.effect?.rows ?? null;
}

/** Redemptions of what is approved, with the effect that it turns out to have. */
function* changedEffects(world: World): Generator<Step> {
  const { job } = world.file;
  const effect = otherEffect(job.action);
  const grantId = world.history.grants.at(-1);
  if (effect === null || grantId === undefined) return;
  for (const policy of policies) {
    const step = redemption(world, { policy, grantId, runningHash: job.jobHash });
    if (step.command?.kind !== "redeem") continue;
    const action = { ...job.action, effect };
    yield {
      ...step,
      name: `effect ${effect.rows} ${policy.name}`,
      verdict: verdictFor(policy, action),
      command: { ...step.command, changed: { effect }, ruling: rulingOf(policy, action) },
    };
  }
}

interface Redemption {
  readonly policy: WorldPolicy;
  readonly grantId: string;
  readonly runningHash: Digest;
}

function redemption(world: World, { policy, grantId, runningHash }: Redemption): Step {
  const { job } = world.file;
  return {
    name: "redeem",
    now: world.now,
    account: null,
    verdict: verdictFor(policy, job.action),
    command: {
      kind: "redeem",
      grantId,
      runningHash,
      ruling: rulingOf(policy, job.action),
      by: agent,
      executionId: ids.execution(world.count),
      around,
      now: world.now,
    },
  };
}

function* redemptions(world: World): Generator<Step> {
  const { job } = world.file;
  const latest = world.history.grants.at(-1);
  const older = world.history.grants.at(-2);
  const tokens = { latest, older, forged: "grant-of-nobody" };
  for (const [token, grantId] of Object.entries(tokens)) {
    if (grantId === undefined) continue;
    for (const policy of policies) {
      for (const [name, runningHash] of Object.entries({ ...hashes, own: job.jobHash })) {
        if (name === "own" && Object.values(hashes).includes(runningHash)) continue;
        const step = redemption(world, { policy, grantId, runningHash });
        yield { ...step, name: `redeem ${token} ${name} ${policy.name}` };
      }
    }
  }
}

const agent = { kind: "agent", id: "robot" } as const;

function* others(world: World): Generator<Step> {
  const { now, count, file } = world;
  const words = { summary: null, outputDigest: null, effect: null, by: agent, now };
  const running = file.job.execution?.id ?? null;
  yield plain("lapse", { kind: "lapse", now }, now);
  yield plain("tick", { kind: "tick", now, ruling: null, around, grantId: ids.grant(count) }, now);
  yield plain("renew", { kind: "renew", grantId: ids.grant(count), by: agent, now }, now);
  const checkpoint = { id: "c", thread: "t", namespace: "", digest: "sha256:00" };
  const suspend = { kind: "suspend", resumption: "run", replaces: null, checkpoint } as const;
  yield plain("suspend", { ...suspend, by: agent, now }, now);
  for (const kind of ["cancel", "revoke"] as const) {
    yield plain(kind, { kind, by: agent, byName: null, reason: null, now }, now);
  }
  for (const status of ["SUCCEEDED", "FAILED"] as const) {
    const report = { kind: "report", status, ...words } as const;
    yield plain(`report ${status}`, { ...report, executionId: running }, now);
    yield plain(`report ${status} stranger`, { ...report, executionId: "execution-x" }, now);
    for (const person of [accounts.out, accounts.own]) {
      const settle = { kind: "settle", status, reason: "so", person, now } as const;
      yield plain(`settle ${status} ${person.id}`, settle, now);
    }
  }
}

/** The state after a step, by the given reducer; a refusal leaves everything but the time. */
export function take(
  world: World,
  step: Step,
  transition: StepFunction,
): { world: World; change: Change | null } {
  if (step.command === null) return { world: { ...world, now: step.now }, change: null };
  const result = transition(world.file, step.command);
  if (!result.ok) return { world: { ...world, now: step.now }, change: null };
  const { change } = result;
  const isWritten = change.facts.length > 0;
  const isReviewed = isWritten && change.review !== null;
  const file = {
    job: change.job,
    reviews:
      isReviewed && change.review !== null
        ? [...world.file.reviews, change.review]
        : world.file.reviews,
  };
  const history = historyAfter(world, step, change);
  return { world: { file, now: step.now, count: world.count + 1, history }, change };
}

function historyAfter(world: World, step: Step, change: Change): History {
  const before = world.file.job;
  const after = change.job;
  const isEdited = isOriginal(before.action) !== isOriginal(after.action);
  const rows = rowsOf(world.file);
  const isChanged = !isEdited && rows !== (after.action.effect?.rows ?? null);
  const isNewQuestion =
    after.jobHash !== before.jobHash || after.decision !== before.decision || isChanged;
  const votes = new Map(isNewQuestion ? [] : world.history.votes);
  const { command } = step;
  const isVote =
    command?.kind === "review" && ["approve", "reject", "modify"].includes(command.verdict);
  if (isVote && change.review !== null && change.facts.length > 0) {
    votes.set(command.person.id, {
      kind: command.verdict === "reject" ? "reject" : "approve",
      hash: command.verdict === "modify" ? after.jobHash : (command.seenHash ?? before.jobHash),
    });
  }
  const grantId = after.grant?.id;
  const isKnown = grantId === undefined || world.history.grants.includes(grantId);
  const execution = after.execution;
  const isRun = execution !== null && execution.id !== before.execution?.id;
  return {
    votes,
    grants: isKnown ? world.history.grants : [...world.history.grants, grantId],
    executed: isRun
      ? [...world.history.executed, execution.grantId ?? "none"]
      : world.history.executed,
    earlier: isEdited ? null : isChanged ? { hash: before.jobHash, rows } : world.history.earlier,
  };
}

/** What a state can do next, without the numbers that only count up. */
export function keyOf({ file, now, history }: World): string {
  const { job } = file;
  const standing = standingVotes(file.reviews, job.round);
  const votes = [...standing].map(([id, one]) => `${id}:${one.kind}:${one.jobHash.slice(7, 11)}`);
  const truth = [...history.votes].map(([id, one]) => `${id}:${one.kind}:${one.hash.slice(7, 11)}`);
  const { dueAt, grant } = job;
  const isOpen = job.state === "APPROVAL" || job.state === "APPROVED";
  return [
    job.state,
    isOriginal(job.action) ? "o" : "e",
    job.action.effect?.rows ?? "-",
    job.action.isEffectBound === true,
    history.earlier?.rows ?? "-",
    job.decision.ruleId,
    job.decision.requirements.map((one) => `${one.name}${one.count}`).join("+"),
    job.held,
    isOpen && job.resumption !== null,
    // Later nobody counts them any more: they only make an answer a repeated one.
    isOpen ? votes.sort().join() : "",
    isOpen ? truth.sort().join() : "",
    dueAt === null ? "-" : nearness(now - dueAt),
    grant === null ? "-" : nearness(now - grant.expiresAt),
    grant === null || dueAt === null ? "-" : Math.sign(grant.expiresAt - dueAt),
    grant?.id === history.grants.at(-1),
    Math.min(history.grants.length, 2),
    history.executed.length,
    job.execution?.grantId === grant?.id,
    job.outcome?.status ?? "",
  ].join(" ");
}

/** Before, one millisecond before, at, or after a moment. */
function nearness(distanceMs: number): number {
  return Math.min(Math.max(distanceMs, -2), 1);
}
