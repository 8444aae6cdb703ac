// Widens a hold to the next who may act, and on until somebody there is on duty.

import type { Duty } from "../people/duty.ts";
import { targetOf } from "../people/duty.ts";
import type { Decision } from "../policy/decision.ts";
import { termsOf } from "../policy/terms.ts";
import type { EventActor } from "../record/event.ts";
import type { FactParts } from "./change.ts";
import { reachLevel } from "./level.ts";
import { type Asked, isStaffed, type Moment } from "./staffing.ts";
import type { Watch } from "./watch.ts";

/** Who moves a hold when time does. */
export const timerActor: EventActor = { kind: "timer", id: "timer" };

export type WidenCause = "time" | "nobody_on_duty" | "unreachable" | "timeout";

export interface Widening {
  readonly watch: Watch;
  readonly facts: readonly FactParts[];
  /** False when nobody was left to ask: the level is the one it was. */
  readonly isWider: boolean;
}

/**
 * One step of the chain, or the next group that answers around the clock; and on while nobody there
 * is on duty. INVARIANT: each is asked once, so that a chain ends.
 */
export function widen(asked: Asked, watch: Watch, cause: WidenCause, moment: Moment): Widening {
  const facts: FactParts[] = [];
  const by = { actor: timerActor, at: moment.now };
  let reached = watch;
  let why = cause;
  for (;;) {
    const next = nextOf(asked.decision, reached, moment.around.duty);
    if (next === null) break;
    reached = {
      ...reached,
      level: reached.level + 1,
      widened: [...reached.widened, next.to],
      stepsTaken: reached.stepsTaken + (next.isStep ? 1 : 0),
      proof: null,
    };
    facts.push({
      ...by,
      type: "hold.escalated",
      payload: { level: reached.level, to: next.to, cause: why },
    });
    if (isStaffed(asked, reached, moment)) {
      return { watch: reachLevel(asked, reached, moment, true), facts, isWider: true };
    }
    why = "nobody_on_duty";
  }
  facts.push({ ...by, type: "hold.unreachable", payload: { level: reached.level, cause: why } });
  const isWider = reached !== watch;
  const isNew = isWider || cause === "nobody_on_duty";
  const left = isNew ? reachLevel(asked, reached, moment, false) : reached;
  return { watch: left, facts, isWider };
}

/** Whom the hold can still be widened to; null when everybody was asked. */
function nextOf(
  decision: Decision,
  { stepsTaken, widened }: Watch,
  { alwaysGroups }: Duty,
): { readonly to: string; readonly isStep: boolean } | null {
  const step = termsOf(decision).escalate[stepsTaken];
  if (step !== undefined) return { to: step.to, isStep: true };
  const asked = new Set([...decision.requirements.map(targetOf), ...widened]);
  const always = alwaysGroups.map((name) => `group:${name}`).find((to) => !asked.has(to));
  return always === undefined ? null : { to: always, isStep: false };
}
