// From the watch of a hold to what answers say: level, clocks, claim, questions.

import { type Instant, isoOf } from "../base/clock.ts";
import { maskOrNull } from "../action/mask.ts";
import { flagsOf } from "../action/text.ts";
import type { Job } from "../job/job.ts";
import type { CardClaim, Question, Watch } from "../job/watch.ts";
import type { Requirement } from "../policy/decision.ts";
import { termsOf } from "../policy/terms.ts";
import type { CardClaimView, NextView, QuestionView, WatchView } from "./hold.ts";

/** What `asked` names of a requirement: `role:…`, `group:…` or `any`. */
function targetOf({ kind, name }: Pick<Requirement, "kind" | "name">): string {
  return kind === "any" ? "any" : `${kind}:${name}`;
}

/** Whom the present level asks: those of the rule at first, then whom it was widened to last. */
export function askedOf(job: Pick<Job, "decision" | "watch">): readonly string[] {
  const { watch } = job;
  const widenedTo = watch?.widened[watch.level - 1];
  if (widenedTo !== undefined) return [widenedTo];
  return [...new Set(job.decision.requirements.map(targetOf))];
}

/** When the hold ends by itself: of a hold with a watch its timeout, not its next timer. */
export function endsAt(job: Pick<Job, "state" | "watch" | "dueAt">): Instant | null {
  if (job.state !== "APPROVAL" || job.watch === null) return job.dueAt;
  return job.watch.timeoutAt;
}

export function watchView(job: Job): WatchView | null {
  const { watch } = job;
  if (watch === null) return null;
  const isOpen = job.state === "APPROVAL";
  const coming = isOpen ? comingOf(job, watch) : [];
  return {
    level: watch.level,
    asked: [...askedOf(job)],
    widened: [...watch.widened],
    level_at: isoOf(watch.levelAt),
    notified_at: watch.proof && isoOf(watch.proof.at),
    notified_by: watch.proof?.channel ?? null,
    timeout_at: isoOf(watch.timeoutAt),
    sla_at: watch.slaAt === null ? null : isoOf(watch.slaAt),
    overdue: watch.isOverdue,
    next: coming[0] ?? null,
    coming: [...coming],
    window_at: coming.find(({ kind }) => kind === "window")?.at ?? null,
    claim: isOpen ? claimOf(watch.claim) : null,
    questions: watch.questions.map(questionView),
    near: watch.near,
  };
}

/** The parts of the watch that a line of the queue has. */
export function watchLine(job: Job): {
  level: number;
  claim: CardClaimView | null;
  sla_at: string | null;
  overdue: boolean;
  next: NextView | null;
  window_at: string | null;
  near: WatchView["near"];
} {
  const view = watchView(job);
  return {
    level: view?.level ?? 0,
    claim: view?.claim ?? null,
    sla_at: view?.sla_at ?? null,
    overdue: view?.overdue ?? false,
    next: view?.next ?? null,
    window_at: view?.window_at ?? null,
    near: view?.near ?? null,
  };
}

function comingOf({ decision }: Pick<Job, "decision">, watch: Watch): readonly NextView[] {
  const to = termsOf(decision).escalate[watch.stepsTaken]?.to ?? null;
  return watch.timers
    .toSorted((one, other) => one.dueAt - other.dueAt)
    .map(({ kind, dueAt }) => ({ kind, at: isoOf(dueAt), to: kind === "escalation" ? to : null }));
}

function claimOf(claim: CardClaim | null): CardClaimView | null {
  if (claim === null) return null;
  return {
    person: { id: claim.person, name: claim.name },
    at: isoOf(claim.at),
    by: claim.by,
  };
}

/** The answer is the agent's claim: without secrets, and with what in it steers the reader. */
export function questionView(question: Question): QuestionView {
  const { answer } = question;
  return {
    id: question.id,
    by: { id: question.by, name: question.byName },
    text: question.text,
    at: isoOf(question.at),
    answer: answer && {
      text: maskOrNull(answer.text) ?? "",
      at: isoOf(answer.at),
      flags: [...flagsOf([answer.text])],
    },
  };
}
