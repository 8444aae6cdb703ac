// What people are told, as every channel is given it: plain lines, with secrets masked and hidden characters drawn.

import type { Action } from "../action/action.ts";
import { diffJson } from "../action/diff.ts";
import { maskString } from "../action/mask.ts";
import { effectText } from "../action/summary.ts";
import { flagsOf, visibleLine } from "../action/text.ts";
import type { Instant } from "../base/clock.ts";
import type { Json, JsonObject } from "../base/json/value.ts";
import type { Job } from "../job/job.ts";
import type { NoticeKind } from "./notice-kind.ts";
import type { ApprovalItem } from "./response.ts";
import { approvalItem, maskedActionView } from "./view.ts";

/** Body of every message of a channel. */
export interface NoticeBody {
  readonly type: string;
  readonly timestamp: string;
  readonly data: NoticeData | PlainNotice | DigestNotice;
}

/** A value of the action or of its story, each part one line. */
export interface NoticeLine {
  readonly label: string;
  readonly value: string;
}

/** News of a hold. Nothing here is markup: a channel escapes it as its own form asks. */
export interface NoticeData extends ApprovalItem {
  /** The card; the one link of a message. */
  readonly url: string;
  /** What happened, in a few words of the product: `Approval needed`. */
  readonly headline: string;
  /** Why this person is told; null at a shared place. */
  readonly why_told: string | null;
  /** False when the rule takes a signature that no chat can give: no buttons then. */
  readonly can_decide_here: boolean;
  readonly on_behalf_of: string | null;
  /** What is known of the effect, in words. */
  readonly effect_text: string;
  /** Where it goes, what it costs, who runs it. */
  readonly facts_lines: readonly NoticeLine[];
  /** Parameters, at most `paramLinesMax`; the last line says how many more there are. */
  readonly params_lines: readonly NoticeLine[];
  /** What people changed in the action since it was proposed. */
  readonly changes: readonly {
    readonly path: string;
    readonly before: string;
    readonly after: string;
  }[];
  /** The agent's own words: shown last, as its claims. */
  readonly claims: {
    readonly title: string | null;
    readonly reasoning: string | null;
    readonly flags: readonly string[];
  };
  /** Time left when it was written, `4 min`; null when it has no end. */
  readonly expires_in: string | null;
  /** Questions to the agent, the newest last; answers are the agent's claims. */
  readonly questions: readonly {
    readonly by: string;
    readonly text: string;
    readonly answer: string | null;
  }[];
  /** How it ended, in one line; null while it waits. */
  readonly resolution_line: string | null;
}

/** News of something else than a hold: a governance review, a takeover, a policy. */
export interface PlainNotice {
  readonly title: string;
  readonly lines: readonly string[];
  readonly url: string;
}

/** Several notices to one person, gathered. */
export interface DigestNotice {
  readonly digest: readonly NoticeData[];
  readonly title: string;
  /** The queue. */
  readonly url: string;
}

export function isHoldNotice(data: NoticeBody["data"]): data is NoticeData {
  return "job" in data && typeof data.job === "object" && "decision_summary" in data;
}

export function isDigestNotice(data: NoticeBody["data"]): data is DigestNotice {
  return "digest" in data && Array.isArray(data.digest);
}

const lineLengthMax = 300;
const claimLengthShown = 600;
const paramLinesMax = 12;

export interface NoticeParts {
  readonly kind: NoticeKind;
  readonly publicUrl: string;
  readonly now: Instant;
}

/** SECURITY: text of agents reaches a channel through here, and leaves as one visible line each. */
export function noticeData(job: Job, { kind, publicUrl, now }: NoticeParts): NoticeData {
  const { action } = job;
  const item = approvalItem(job);
  const endsAt = job.watch?.timeoutAt ?? job.dueAt;
  return {
    ...item,
    decision_summary: {
      title: line(item.decision_summary.title),
      why: line(item.decision_summary.why),
      next_effect: line(item.decision_summary.next_effect),
    },
    policy_reason: line(item.policy_reason),
    resolved_comment: lineOrNull(item.resolved_comment),
    url: `${publicUrl}/approvals/${job.id}`,
    headline: headlines[kind],
    why_told: null,
    can_decide_here: job.state === "APPROVAL" && job.decision.strongAuth === null,
    on_behalf_of: lineOrNull(action.actor.onBehalfOf),
    effect_text: line(effectText(action)),
    facts_lines: factsLines(action),
    params_lines: paramsLines(action),
    changes: changesOf(job),
    claims: claimsOf(action),
    expires_in: job.state !== "APPROVAL" || endsAt === null ? null : spanText(endsAt - now),
    questions: (job.watch?.questions ?? []).map((question) => ({
      by: line(question.byName ?? question.by),
      text: line(question.text),
      answer: lineOrNull(question.answer?.text ?? null),
    })),
    resolution_line: resolutionLine(job),
  };
}

const headlines: Readonly<Record<NoticeKind, string>> = {
  "approval.requested": "Approval needed",
  "approval.escalated": "Approval needed: it was escalated to you",
  "approval.reminded": "Still waiting for approval",
  "approval.overdue": "Overdue: nobody has decided yet",
  "approval.assigned": "A hold was assigned to you",
  "approval.silent": "Free again: whoever took it said nothing",
  "approval.answered": "The agent answered a question",
  "approval.overridden": "Released by an emergency override",
  "approval.resolved": "Decided",
  "execution.unknown": "Nobody knows whether it ran",
};

function factsLines(action: Action): readonly NoticeLine[] {
  const tool = action.tool === null ? null : [action.tool.server, action.tool.name];
  const all: readonly (readonly [string, string | null])[] = [
    ["Topic", action.topic],
    ["Tool", tool && tool.filter((part) => part !== null).join(".")],
    ["Environment", action.target.environment],
    ["Resource", action.target.resource],
    ["Cost", action.cost === null ? null : `${action.cost.amount} ${action.cost.currency}`],
    ["Agent", action.actor.agent],
    ["On behalf of", action.actor.onBehalfOf],
    ["Risk tags", action.riskTags.length === 0 ? null : action.riskTags.join(", ")],
  ];
  return all.flatMap(([label, value]) => (value === null ? [] : [{ label, value: line(value) }]));
}

function paramsLines(action: Action): readonly NoticeLine[] {
  const { params } = maskedActionView(action);
  const names = Object.keys(params);
  const shown = names.slice(0, names.length > paramLinesMax ? paramLinesMax - 1 : paramLinesMax);
  const lines = shown.map((name) => ({
    label: line(name),
    value: valueText(params[name] ?? null),
  }));
  const left = names.length - shown.length;
  return left === 0 ? lines : [...lines, { label: "…", value: `${left} more` }];
}

function changesOf(job: Job): NoticeData["changes"] {
  if (job.proposedAction === null) return [];
  const comparable = (action: Action): JsonObject => {
    const { params, target, cost } = maskedActionView(action);
    return { params, target, cost };
  };
  return diffJson(comparable(job.proposedAction), comparable(job.action))
    .slice(0, paramLinesMax)
    .map(({ path, before, after }) => ({
      path: line(path),
      before: valueText(before),
      after: valueText(after),
    }));
}

function claimsOf({ claims }: Action): NoticeData["claims"] {
  const words = [claims.title, claims.reasoning, claims.ifApproved, claims.ifRejected];
  return {
    title: lineOrNull(claims.title),
    reasoning:
      claims.reasoning === null
        ? null
        : visibleLine(maskString(claims.reasoning), claimLengthShown),
    flags: [...flagsOf([...words, claims.instruction])],
  };
}

function resolutionLine({ resolution }: Job): string | null {
  if (resolution === null) return null;
  const by = resolution.byName ?? `${resolution.by.kind} ${resolution.by.id}`;
  const why = resolution.reason === null ? "" : `: ${resolution.reason}`;
  const word = resolution.kind.charAt(0).toUpperCase() + resolution.kind.slice(1);
  return line(`${word} by ${by}${why}`);
}

function line(text: string): string {
  return visibleLine(maskString(text), lineLengthMax);
}

function lineOrNull(text: string | null): string | null {
  return text === null ? null : line(text);
}

function valueText(value: Json): string {
  return line(typeof value === "string" ? value : JSON.stringify(value));
}

const units: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

/** The largest unit, rounded down: `4 min`. */
function spanText(ms: number): string {
  const [unit, unitMs] = units.find(([, size]) => ms >= size) ?? ["s", 1_000];
  return `${Math.max(0, Math.floor(ms / unitMs))} ${unit}`;
}
