// Compares the decision that a job rests on with what policy says now (spec 03, re-decision).

import { isHold, strictnessOf, type Decision } from "../policy/decision.ts";
import { canCombineConstraints } from "../policy/constraint.ts";
import { termsOf } from "../policy/terms.ts";
import type { Job } from "./job.ts";

/** `same`: goes on. `stricter`: people look again. `denied`: it ends. */
export type Comparison = "same" | "stricter" | "denied";

/**
 * A job that people approved, or are reviewing, goes on when policy now is looser, or is the same
 * rule asking nobody more. A job that policy released goes on while policy still releases it.
 * INVARIANT: a stricter policy wins over any earlier approval (spec 01, 6).
 */
export function compareRuling(job: Job, now: Decision): Comparison {
  if (now.kind === "deny") return "denied";
  if (!canCombineConstraints(job.decision.constraints, now.constraints)) return "denied";
  if (!isHold(now.kind)) return "same";
  if (!isHold(job.decision.kind)) return "stricter";
  if (strictnessOf(now.kind) > strictnessOf(job.decision.kind)) return "stricter";
  if (now.ruleId !== job.decision.ruleId) return "stricter";
  return asksNoMore(job.decision, now) && stillWidensTo(job, now) ? "same" : "stricter";
}

/** SECURITY: whom the hold was widened to by a step that policy took back decides nothing any more. */
function stillWidensTo({ decision, watch }: Job, now: Decision): boolean {
  const taken = termsOf(decision).escalate.slice(0, watch?.stepsTaken ?? 0);
  const steps = termsOf(now).escalate;
  return taken.every(({ to, places }) => {
    const step = steps.find((one) => one.to === to);
    if (step === undefined) return false;
    const left = step.places;
    return left === undefined || (places?.every((place) => left.includes(place)) ?? false);
  });
}

function asksNoMore(before: Decision, now: Decision): boolean {
  const covered = now.requirements.every((wanted) =>
    before.requirements.some(
      (had) =>
        had.kind === wanted.kind &&
        had.name === wanted.name &&
        had.count >= wanted.count &&
        had.denyCount <= wanted.denyCount &&
        (wanted.blind !== true || had.blind === true) &&
        (wanted.after === null || had.after === wanted.after),
    ),
  );
  const excluded = now.exclude.every((who) => before.exclude.includes(who));
  return covered && excluded && (now.strongAuth === null || before.strongAuth !== null);
}
