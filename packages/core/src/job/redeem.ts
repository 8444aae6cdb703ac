// Consumes the grant of a job: the last look before the act (spec 04).

import { outcomeDeadlineMaxMs, outcomeDeadlineMs } from "../base/limits.ts";
import type { Instant } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import type { ExecutionId } from "../base/id.ts";
import type { Effect } from "../action/action.ts";
import { refuse, type Result } from "../base/result.ts";
import { combineConstraints } from "../policy/constraint.ts";
import { type Constraints, isHold } from "../policy/decision.ts";
import type { EventActor } from "../record/event.ts";
import type { HoldSurroundings } from "./plan.ts";
import { returnToReviewers } from "./return-to-reviewers.ts";
import {
  advance,
  type Change,
  constraintsToJson,
  decisionRecord,
  factOf,
  type Ruling,
} from "./change.ts";
import { lapse } from "./lapse.ts";
import { effectRecord, returnForEffect, rulingOnEffect, withEffect } from "./effect-change.ts";
import { compareRuling, type Comparison } from "./redecide.ts";
import type { Job } from "./job.ts";

export interface RedeemCommand {
  readonly kind: "redeem";
  readonly grantId: string;
  /** Hash of the action that is about to run, made from what the redeemer sent. */
  readonly runningHash: Digest;
  /** About the action as it is about to run: with `changed`, when there is one. */
  readonly ruling: Ruling;
  /** The effect that was computed anew, where it is not the one that was shown. */
  readonly changed?: { readonly effect: Effect | null } | null;
  readonly by: EventActor;
  readonly executionId: ExecutionId;
  /** Of the proposal that redeems, which alone is handed the execution; absent where a grant is sent. */
  readonly nonce?: string;
  /** Who is there to be asked, when policy now asks people. */
  readonly around: HoldSurroundings;
  readonly now: Instant;
}

type Execution = Omit<RedeemCommand, "kind" | "around">;

/**
 * INVARIANT: no effect without a live grant for exactly this job hash, and a grant is redeemed at
 * most once (spec 01, 1); a stricter policy wins up to this moment (6).
 */
export function redeemGrant(job: Job, command: RedeemCommand): Result<{ change: Change }> {
  const { now, ruling } = command;
  const due = lapse(job, now);
  if (due !== null && job.state === "APPROVED") {
    const answer = refuse(
      "grant_not_live",
      "the release was not used in time; propose the action anew",
    );
    return { ok: true, change: { ...due, answer } };
  }
  const refusal = findObstacle(job, command);
  if (refusal !== null) return refusal;
  const comparison = compareRuling(job, ruling.decision);
  if (comparison === "denied") return { ok: true, change: revokeByPolicy(job, command) };
  if (needsAnotherLook(job, command, comparison)) {
    return { ok: true, change: returnForEffect(job, command.changed?.effect ?? null, command) };
  }
  if (comparison === "stricter") {
    const change = returnToReviewers(job, ruling, command);
    const answer = refuse(
      "grant_not_live",
      "policy now asks people about this action; wait again",
      {
        facts: { state: change.job.state, revision: change.job.revision },
      },
    );
    return { ok: true, change: { ...change, answer } };
  }
  return { ok: true, change: execute(job, command) };
}

/** A caller that would run at once what nobody has to be asked about. */
export interface AtOnce extends Omit<Execution, "changed" | "nonce"> {
  readonly nonce: string;
  /** Names of the constraints that the caller keeps. */
  readonly enforces: readonly string[];
}

/**
 * Consumes the grant of a job in the change that opens it. INVARIANT: only what was released without asking anybody,
 * and with no constraint that the caller does not keep; anything else stays as it was opened.
 */
export function redeemOpened(opened: Change, { enforces, ...asked }: AtOnce): Change {
  const { job } = opened;
  const isFree = job.state === "APPROVED" && !job.held && !isHold(job.decision.kind);
  if (!isFree || !isKept(job.decision.constraints, enforces)) return opened;
  if (findObstacle(job, asked) !== null) return opened;
  const { job: running, facts } = execute(job, asked);
  return { ...opened, job: running, facts: [...opened.facts, ...facts] };
}

/**
 * Whether a proposal that comes again may redeem the release that it finds. INVARIANT: only what is released as it was
 * proposed, under a policy that still says so, and with no constraint that the caller does not keep; about anything
 * else the redemption of the grant tells more.
 */
export function isReadyAtOnce(
  job: Job,
  {
    ruling,
    enforces,
    approved,
    now,
  }: Pick<AtOnce, "ruling" | "enforces" | "now"> & {
    /** Whether to redeem also what people were asked about. */
    readonly approved: boolean;
  },
): boolean {
  if (job.held && !approved) return false;
  if (job.state !== "APPROVED" || job.grant === null || now >= job.grant.expiresAt) return false;
  if (job.proposedAction !== null || lapse(job, now) !== null) return false;
  if (compareRuling(job, ruling.decision) !== "same") return false;
  return isKept(constraintsNow(job, ruling), enforces);
}

function isKept(constraints: Constraints | null, enforces: readonly string[]): boolean {
  return Object.keys(constraintsToJson(constraints ?? {})).every((name) => enforces.includes(name));
}

function constraintsNow({ decision }: Job, ruling: Ruling): Constraints | null {
  const combined = combineConstraints(decision.constraints, ruling.decision.constraints);
  return combined.ok ? combined.constraints : decision.constraints;
}

/** What people were asked about with another effect they are asked about again. */
function needsAnotherLook(
  job: Job,
  { changed, ruling }: RedeemCommand,
  comparison: Comparison,
): boolean {
  if (changed == null) return false;
  return (
    comparison === "stricter" || (job.held && isHold(rulingOnEffect(job, ruling).decision.kind))
  );
}

function execute(job: Job, command: Execution): Change {
  const { now, ruling, changed, nonce } = command;
  const constraints = constraintsNow(job, ruling);
  const next = advance(job, now, {
    ...(changed == null ? {} : withEffect(job, { ...job.action, effect: changed.effect })),
    state: "EXECUTING",
    dueAt: now + deadlineFor(constraints),
    execution: {
      id: command.executionId,
      grantId: command.grantId as NonNullable<Job["grant"]>["id"],
      startedAt: now,
      deadlineAt: now + deadlineFor(constraints),
      constraints,
      ...(nonce !== undefined && { nonce }),
    },
  });
  const fact = factOf(job, next, {
    type: "grant.redeemed",
    at: now,
    actor: command.by,
    payload: {
      grant: command.grantId,
      execution: command.executionId,
      constraints: constraints && constraintsToJson(constraints),
      policy_snapshot: ruling.snapshot,
      ...(changed == null ? {} : effectRecord(job, changed.effect)),
    },
  });
  return { job: next, review: null, facts: [fact], notice: null, answer: null };
}

function findObstacle(
  job: Job,
  command: Pick<Execution, "grantId" | "runningHash" | "now">,
): ReturnType<typeof refuse> | null {
  if (job.execution?.grantId === command.grantId) {
    return refuse("grant_already_redeemed", "a grant runs one execution; this one was used");
  }
  if (job.state !== "APPROVED" || job.grant === null) {
    return refuse("grant_not_live", `the job is ${job.state}`, { facts: { state: job.state } });
  }
  if (job.grant.id !== command.grantId) {
    return refuse("grant_not_live", "a newer grant replaced this one; use the newer", {
      facts: { state: job.state },
    });
  }
  if (command.now >= job.grant.expiresAt) {
    return refuse("grant_expired", "ask for a fresh grant with POST /jobs/{id}/grant", {
      facts: { state: job.state },
    });
  }
  if (command.runningHash !== job.jobHash) {
    return refuse(
      "grant_hash_mismatch",
      "what is about to run is not what was approved; nothing was consumed",
      {
        facts: { approved: job.jobHash, running: command.runningHash },
      },
    );
  }
  return null;
}

function revokeByPolicy(job: Job, { ruling, changed, now }: RedeemCommand): Change {
  const actor = { kind: "policy" as const, id: ruling.decision.ruleId ?? "default" };
  const reason =
    ruling.decision.kind === "deny"
      ? ruling.decision.reason
      : "no constraints satisfy both policies";
  const next = advance(job, now, {
    state: "REVOKED",
    dueAt: null,
    grant: null,
    resolution: {
      kind: "revoked",
      by: actor,
      byName: null,
      reason,
      code: "policy_violation",
      at: now,
    },
  });
  return {
    job: next,
    review: null,
    facts: [
      factOf(job, next, {
        type: "job.revoked",
        at: now,
        actor,
        payload: {
          ...decisionRecord(ruling),
          ...(changed == null ? {} : effectRecord(job, changed.effect)),
        },
      }),
    ],
    notice: "resolved",
    answer: refuse("grant_policy_denied", `policy now denies the action: ${reason}`),
  };
}

/** The runtime limit and a margin to report, but never less than the usual deadline. */
function deadlineFor(constraints: Constraints | null): number {
  const runtimeMs = (constraints?.max_runtime_sec ?? 0) * 1000;
  return Math.min(Math.max(outcomeDeadlineMs, runtimeMs * 2), outcomeDeadlineMaxMs);
}
