// Jobs for tests, brought into every state by the real transitions, and commands to try on them.

import { sampleAction } from "../action/action.sample.ts";
import { jobHash } from "../action/hash.ts";
import type { Action } from "../action/action.ts";
import { directoryOf, person, role } from "../approval/approval.sample.ts";
import { assert } from "../base/assert.ts";
import type { ExecutionId, GrantId, JobId, ReviewId } from "../base/id.ts";
import type { Result } from "../base/result.ts";
import type { Decision } from "../policy/decision.ts";
import { everybodyAround } from "./around.sample.ts";
import type { ReviewCommand } from "./review-command.ts";
import type { Change, Ruling } from "./change.ts";
import type { Job, JobFile } from "./job.ts";
import { type Opening, openJob } from "./open.ts";
import type { RedeemCommand } from "./redeem.ts";
import type { RenewCommand } from "./renew.ts";
import type { ReportCommand } from "./report.ts";
import type { SettleCommand } from "./settle.ts";
import type { JobState } from "./state.ts";
import { type Command, transition } from "./transition.ts";
import type { WithdrawCommand } from "./withdraw.ts";

export const startAt = 1_700_000_000_000;
export const robot = { kind: "agent", id: "robot" } as const;
export const ann = person("ann", ["lead"]);
export const ben = person("ben", ["lead"]);
export const action: Action = sampleAction();
export const editedAction: Action = sampleAction({ params: { id: "c_82" }, effect: null });

export function decided(more: Partial<Decision> = {}): Decision {
  return {
    kind: "require_approval",
    ruleId: "gate",
    reason: "people look at this",
    matchedRuleIds: ["gate"],
    constraints: null,
    requirements: [role("lead")],
    exclude: ["requester", "agent_owner", "on_behalf_of"],
    timeoutMs: 60_000,
    onTimeout: "block",
    slaMs: null,
    onReject: "abort",
    strongAuth: null,
    notify: [],
    remediations: [],
    warnings: [],
    unenforced: null,
    terms: null,
    ...more,
  };
}

const nobody = { requirements: [], exclude: [] } as const;
export const allowed: Decision = decided({ kind: "allow", ruleId: "open", ...nobody });
export const denied: Decision = decided({ kind: "deny", ruleId: "never", ...nobody });

export function ruling(more: Partial<Decision> = {}): Ruling {
  return { decision: decided(more), snapshot: "default@1", trace: {} };
}

export function opening(more: Partial<Opening> = {}): Opening {
  return {
    tenant: "default",
    id: "job-1" as JobId,
    action,
    requester: { agentOwner: "own", keyCreator: "key" },
    ruling: ruling(),
    timeoutMs: null,
    grantId: "grant-0" as GrantId,
    around: everybodyAround,
    now: startAt,
    ...more,
  };
}

/** A job fresh from its proposal. */
export function opened(more: Partial<Opening> = {}): JobFile {
  return { job: openJob(opening(more)).job, reviews: [] };
}

export function review(file: JobFile, more: Partial<ReviewCommand> = {}): ReviewCommand {
  return {
    kind: "review",
    verdict: "approve",
    person: ann,
    reason: "looks right",
    code: null,
    note: null,
    seenHash: file.job.jobHash,
    seenRevision: null,
    edited: more.verdict === "modify" ? editedAction : null,
    ruling: ruling(),
    directory: directoryOf(),
    around: everybodyAround,
    reviewId: `review-${file.reviews.length}` as ReviewId,
    grantId: `grant-${file.job.revision}` as GrantId,
    now: startAt + 1,
    ...more,
  };
}

export function redeem(file: JobFile, more: Partial<RedeemCommand> = {}): RedeemCommand {
  return {
    kind: "redeem",
    grantId: file.job.grant?.id ?? "grant-none",
    runningHash: file.job.jobHash,
    ruling: ruling(),
    by: robot,
    executionId: "execution-1" as ExecutionId,
    around: everybodyAround,
    now: startAt + 2,
    ...more,
  };
}

export function report(more: Partial<ReportCommand> = {}): ReportCommand {
  return {
    kind: "report",
    executionId: null,
    status: "SUCCEEDED",
    summary: null,
    outputDigest: null,
    effect: null,
    by: robot,
    now: startAt + 3,
    ...more,
  };
}

export function settlement(more: Partial<SettleCommand> = {}): SettleCommand {
  const reason = "the bank says so";
  return { kind: "settle", status: "SUCCEEDED", reason, person: ann, now: startAt + 4, ...more };
}

export function withdrawal(kind: "cancel" | "revoke"): WithdrawCommand {
  return { kind, by: robot, byName: null, reason: "not needed", now: startAt + 3 };
}

export function renewal(now: number = startAt + 3): RenewCommand {
  return { kind: "renew", grantId: "grant-new" as GrantId, by: robot, now };
}

/** What a transition came to: the state it led to with what the caller was told, or the refusal. */
export function outcomeOf(result: Result<{ change: Change }>): string {
  if (!result.ok) return result.code;
  const { answer, facts, job } = result.change;
  const told = answer === null ? "" : `, ${answer.code}`;
  return `${facts.length === 0 ? "unchanged" : job.state}${told}`;
}

export function changeOf(result: Result<{ change: Change }>): Change {
  assert(result.ok, "the transition is taken");
  return result.change;
}

/** The file after a command that is taken. */
export function after(file: JobFile, command: Command): JobFile {
  const change = changeOf(transition(file, command));
  const { review: made } = change;
  const reviews = made === null ? file.reviews : [...file.reviews, made];
  return { job: change.job, reviews };
}

/** A held job in any state that it can come to, each by its shortest way. */
export function fileIn(state: JobState): JobFile {
  const held = opened();
  const approved = after(held, review(held));
  const running = after(approved, redeem(approved));
  const lost: Command = { kind: "lapse", now: running.job.dueAt ?? 0 };
  switch (state) {
    case "APPROVAL":
      return held;
    case "APPROVED":
      return approved;
    case "EXECUTING":
      return running;
    case "DENIED":
      return opened({ ruling: { ...ruling(), decision: denied } });
    case "REJECTED":
      return after(held, review(held, { verdict: "reject" }));
    case "EXPIRED":
      return after(held, { kind: "lapse", now: held.job.dueAt ?? 0 });
    case "CANCELLED":
      return after(held, withdrawal("cancel"));
    case "REVOKED":
      return after(approved, withdrawal("revoke"));
    case "SUCCEEDED":
    case "FAILED":
      return after(running, report({ status: state }));
    case "UNKNOWN":
      return after(running, lost);
  }
}

export const editedHash: Job["jobHash"] = jobHash("default", editedAction);
