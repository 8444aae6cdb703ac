// From what is true inside to what answers say: jobs, reviews, decisions and traces.

import { type Instant, isoOf } from "../base/clock.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { Action } from "../action/action.ts";
import { effectText, riskOf, titleOf } from "../action/summary.ts";
import { maskObject, maskOrNull } from "../action/mask.ts";
import { flagsOf } from "../action/text.ts";
import { type Directory, nameOf } from "../approval/authority.ts";
import { hiddenFrom } from "../approval/blind.ts";
import { countQuorum } from "../approval/quorum.ts";
import { type Person, type Review, standingVotes } from "../approval/review.ts";
import { constraintsToJson } from "../job/change.ts";
import { reviewedOf } from "../job/reviewed.ts";
import type { Job, JobFile, Resolution } from "../job/job.ts";
import {
  type Decision,
  type DecisionKind,
  isHold,
  type Trace,
  type Warning,
} from "../policy/decision.ts";
import type { Facts } from "../policy/facts.ts";
import { factsToJson } from "../policy/recorded-input.ts";
import type { FactsView } from "./facts-view.ts";
import type { TakeoverHead } from "./hold.ts";
import { endsAt, watchLine, watchView } from "./hold-view.ts";
import type {
  ActionView,
  ApprovalItem,
  CardView,
  JobView,
  RequirementView,
  ReviewView,
  TraceView,
  WarningView,
} from "./response.ts";

type DecisionWord = JobView["decision"];

export function decisionWordOf(kind: DecisionKind): DecisionWord {
  return kind.toUpperCase() as DecisionWord;
}

export function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : isoOf(at);
}

/** The action as it is: for the agent that proposed it, which has to run it. */
export function actionView(action: Action): ActionView {
  return {
    topic: action.topic,
    tool: action.tool,
    params: action.params as JsonObject,
    target: action.target,
    risk_tags: [...action.riskTags],
    reversible: action.reversible,
    cost: action.cost,
    effect: action.effect,
    agent: {
      id: action.actor.agent,
      run: action.actor.run,
      thread: action.actor.thread,
      // Actions of before calls had names have none.
      call: action.actor.call ?? null,
      on_behalf_of: action.actor.onBehalfOf,
    },
    idempotency_key: action.idempotencyKey,
    labels: { ...action.labels },
  };
}

/** The action as everybody else sees it: secrets hidden. */
export function maskedActionView(action: Action): ActionView {
  const view = actionView(action);
  const { effect, target } = view;
  return {
    ...view,
    params: maskObject(view.params),
    target: { ...target, resource: maskOrNull(target.resource) },
    labels: maskObject(view.labels) as Record<string, string>,
    effect: effect && { ...effect, diff: maskOrNull(effect.diff) },
  };
}

export function traceView(trace: Trace): TraceView {
  return {
    combine: trace.combine,
    rules_total: trace.rulesTotal,
    rules_considered: trace.rulesConsidered,
    rules: trace.rules.map((rule) => ({
      rule: rule.ruleId,
      decision: decisionWordOf(rule.decision),
      matched: rule.matched,
      won: rule.won,
      invariant: rule.invariant,
      mode: rule.mode,
      exception: rule.exception,
      clauses: rule.clauses.map((clause) => ({ ...clause })),
    })),
    notes: [...trace.notes],
  };
}

/** Rules that matched without counting; decisions of before rules had modes have no list. */
export function warningViews({ warnings }: Pick<Decision, "warnings">): WarningView[] {
  const list: readonly Warning[] | undefined = warnings;
  return (list ?? []).map((one) => ({
    rule: one.ruleId,
    decision: decisionWordOf(one.decision),
    reason: one.reason,
    mode: one.mode,
  }));
}

export function requirementViews(
  decision: Decision,
  approved: readonly number[],
): RequirementView[] {
  return decision.requirements.map((requirement, index) => ({
    ...(requirement.kind === "any" ? { any: true } : { [requirement.kind]: requirement.name }),
    count: requirement.count,
    deny_count: requirement.denyCount,
    after: requirement.after,
    blind: requirement.blind === true,
    approved: approved[index] ?? 0,
  }));
}

export interface JobContext {
  readonly directory: Directory;
  /** The signed grant, for the agent that may have it. */
  readonly token: string | null;
  readonly trace: TraceView | null;
  /** True for the agent that proposed: it sees the values that it has to run with. */
  readonly isUnmasked?: boolean;
  /** What reviewers may know of agent, topic and target; absent for the agent and in answers to verbs. */
  readonly facts?: Facts;
  /** What stands beside the job, when that was looked up. */
  readonly beside?: Beside;
  /** Whoever reads, for blind votes; null and absent is nobody who votes. */
  readonly reader?: Person | null;
}

/** What is told of a job from elsewhere. */
export interface Beside {
  readonly remediatedBy: string | null;
  readonly replacedBy: string | null;
  readonly takeover: TakeoverHead | null;
}

export function jobView(file: JobFile, context: JobContext): JobView {
  const { job } = file;
  const { decision } = job;
  const show = context.isUnmasked === true ? actionView : maskedActionView;
  const votes = standingVotes(file.reviews, job.round);
  const isHidden = hiddenFrom(file, context.reader ?? null, context.directory);
  const quorum =
    isHold(decision.kind) && !isHidden
      ? countQuorum(reviewedOf(job), votes, context.directory)
      : null;
  const decided = decidedView(job);
  // Member by member: this is made for every answer, and a literal with a spread in it takes many times as long.
  return {
    job: decided.job,
    decision: decided.decision,
    policy_snapshot: decided.policy_snapshot,
    policy_rule_id: decided.policy_rule_id,
    policy_reason: decided.policy_reason,
    job_hash: decided.job_hash,
    approval_required: decided.approval_required,
    decision_summary: decided.decision_summary,
    risk: decided.risk,
    presented_hash: job.presentedHash,
    constraints: decision.constraints && constraintsToJson(decision.constraints),
    warnings: warningViews(decision),
    remediations: decision.remediations.map((one) => ({ ...one, set: one.set as JsonObject })),
    requirements: isHold(decision.kind) ? requirementViews(decision, quorum?.approved ?? []) : [],
    exclude: [...decision.exclude],
    expires_at: isoOrNull(endsAt(job)),
    on_timeout: decision.onTimeout,
    created_at: isoOf(job.createdAt),
    updated_at: isoOf(job.updatedAt),
    action: show(job.action),
    proposed_action: job.proposedAction && show(job.proposedAction),
    resolution: job.resolution && resolutionView(job.resolution, decision),
    grant: grantView(job, context.token),
    execution: job.execution && {
      id: job.execution.id,
      started_at: isoOf(job.execution.startedAt),
      deadline_at: isoOf(job.execution.deadlineAt),
      constraints: job.execution.constraints && constraintsToJson(job.execution.constraints),
    },
    outcome: outcomeView(job),
    facts:
      context.facts === undefined ? null : (factsToJson(context.facts) as unknown as FactsView),
    tools: [...(job.enrichment?.tools ?? [])],
    remediates: job.remediates,
    remediated_by: context.beside?.remediatedBy ?? null,
    replaces: job.replaces,
    replaced_by: context.beside?.replacedBy ?? null,
    takeover: context.beside?.takeover ?? null,
    resumption: job.resumption,
    watch: watchView(job),
    votes: votes.size,
    votes_hidden: isHidden,
    trace: context.trace,
  };
}

function decidedView(
  job: Job,
): Pick<
  JobView,
  | "job"
  | "decision"
  | "policy_snapshot"
  | "policy_rule_id"
  | "policy_reason"
  | "job_hash"
  | "approval_required"
  | "decision_summary"
  | "risk"
> {
  const risk = riskOf(job.action);
  return {
    job: { id: job.id, state: job.state, revision: job.revision },
    decision: decisionWordOf(job.decision.kind),
    policy_snapshot: job.snapshot,
    policy_rule_id: job.decision.ruleId,
    policy_reason: job.decision.reason,
    job_hash: job.jobHash,
    approval_required: job.held,
    decision_summary: {
      title: titleOfJob(job),
      why: whyOf(job.decision),
      next_effect: nextEffectOf(job),
    },
    risk: { level: risk.level, reasons: [...risk.reasons] },
  };
}

/** The line that reviewers read first: by the tool registry, else made from the action. */
export function titleOfJob(job: Pick<Job, "action" | "enrichment">): string {
  return job.enrichment?.summary ?? titleOf(job.action);
}

/** One line of the queue. `approved` counts are not in it: the card has them. */
export function approvalItem(job: Job): ApprovalItem {
  const isSettled = job.resolution !== null;
  return {
    ...decidedView(job),
    topic: job.action.topic,
    agent: job.action.actor.agent,
    environment: job.action.target.environment,
    risk_tags: [...job.action.riskTags],
    requirements: requirementViews(job.decision, []),
    on_timeout: job.decision.onTimeout,
    expires_at: isoOrNull(endsAt(job)),
    ...watchLine(job),
    created_at: isoOf(job.createdAt),
    resolved_by: isSettled ? (job.resolution?.byName ?? job.resolution?.by.id ?? null) : null,
    resolved_comment: job.resolution?.reason ?? null,
    resolution: job.resolution?.kind ?? null,
    resolved_at: isoOrNull(job.resolution?.at ?? null),
  };
}

export function reviewView(review: Review): ReviewView {
  return {
    id: review.id,
    kind: review.kind,
    person: { id: review.person.id, name: review.person.name ?? review.person.email },
    voted_for: review.votedFor == null ? null : { id: review.votedFor, name: null },
    round: review.round,
    job_hash: review.jobHash,
    reason: review.reason,
    code: review.code,
    note: review.note,
    assurance: review.person.assurance,
    at: isoOf(review.at),
  };
}

export function claimsView(action: Action): CardView["claims"] {
  const { claims } = action;
  const words = [
    claims.title,
    claims.reasoning,
    claims.ifApproved,
    claims.ifRejected,
    claims.instruction,
  ];
  return {
    title: maskOrNull(claims.title),
    reasoning: maskOrNull(claims.reasoning),
    if_approved: maskOrNull(claims.ifApproved),
    if_rejected: maskOrNull(claims.ifRejected),
    instruction: maskOrNull(claims.instruction),
    confidence: claims.confidence,
    signals: maskObject(claims.signals),
    flags: [...flagsOf(words)],
  };
}

export { effectText };

function resolutionView(resolution: Resolution, decision: Decision): JobView["resolution"] {
  const isNo = resolution.kind === "rejected";
  return {
    kind: resolution.kind,
    by: { kind: resolution.by.kind, id: resolution.by.id, name: resolution.byName },
    reason: resolution.reason,
    code: resolution.code,
    on_reject: isNo ? decision.onReject : null,
    at: isoOf(resolution.at),
  };
}

function grantView(job: Job, token: string | null): JobView["grant"] {
  if (job.grant === null || job.state !== "APPROVED") return null;
  return {
    id: job.grant.id,
    token,
    issued_at: isoOf(job.grant.issuedAt),
    expires_at: isoOf(job.grant.expiresAt),
  };
}

function outcomeView(job: Job): JobView["outcome"] {
  if (job.outcome === null) return null;
  return {
    status: job.outcome.status,
    summary: job.outcome.summary,
    output_digest: job.outcome.outputDigest as `sha256:${string}` | null,
    effect: job.outcome.effect,
    drift: job.outcome.drift,
    has_output: job.outcome.hasOutput ?? false,
    settled_by: job.outcome.settledBy ?? null,
    at: isoOf(job.outcome.at),
  };
}

function whyOf(decision: Decision): string {
  const rule =
    decision.ruleId === null
      ? "no rule matched, so the default decides"
      : `rule ${decision.ruleId}`;
  return `${decision.reason} (${rule})`;
}

const withoutAnswer = {
  block: "it is blocked",
  escalate: "others are asked, and at last it is blocked",
  allow: "it is released",
} as const;

function whileHeld({ kind, requirements, onTimeout }: Decision): string {
  const who = requirements.map(nameOf).join(" and ");
  if (kind === "allow_unless_rejected") {
    return `Runs when its window is over, unless ${who} rejects it; if nobody can be told it is blocked`;
  }
  return `Runs only after approval by ${who}; without an answer ${withoutAnswer[onTimeout]}`;
}

function nextEffectOf(job: Job): string {
  switch (job.state) {
    case "APPROVAL":
      return whileHeld(job.decision);
    case "APPROVED":
      return "May run once, with its grant";
    case "EXECUTING":
      return "Is running";
    case "DENIED":
      return job.resolution?.code === "previously_rejected"
        ? "Does not run: people rejected it before"
        : "Does not run: policy denies it";
    case "REJECTED":
      return "Does not run: people rejected it";
    case "EXPIRED":
      return "Does not run: its time ran out";
    case "CANCELLED":
      return "Does not run: it was withdrawn";
    case "REVOKED":
      return "Does not run: its release was revoked";
    case "SUCCEEDED":
      return "Has run";
    case "FAILED":
      return "Was tried and failed";
    case "UNKNOWN":
      return "May have run: no outcome was reported";
  }
}
