// How a hold goes on when several rules hold one action: nothing that one of them asks for is lost.

import { claimSilenceDefaultMs, escalationsMax, remindersMax } from "../base/limits.ts";
import type {
  Emergency,
  Escalation,
  HoldTerms,
  OnTimeout,
  Requirement,
} from "../policy/decision.ts";
import type { Defaults, Rule } from "../policy/policy.ts";
import { plainTerms } from "../policy/terms.ts";
import { type CompiledRule, rulePart } from "./compile.ts";

/** Of all rules that hold the action, those included that say nothing beyond it. */
export interface HoldFacts {
  /** How many they are. */
  readonly count: number;
  /** Bits of `rulePart` that every one has; none where the default counts beside them. */
  readonly shared: number;
  /** Ids of the invariants among them. */
  readonly invariants: readonly string[];
  readonly isReversible: boolean;
}

/** `holds` are those with parts of their own. */
export function mergeTerms(
  holds: readonly CompiledRule[],
  { count, shared, invariants }: HoldFacts,
  { defaults, isVeto }: { readonly defaults: Defaults; readonly isVeto: boolean },
): HoldTerms {
  let said = shared & (rulePart.emergency | rulePart.lowRisk);
  for (const { parts } of holds) said |= parts & rulePart.terms;
  if (said === 0 && invariants.length === 0) return plainTerms;
  const rules = holds.filter(({ parts }) => (parts & rulePart.terms) !== 0).map(({ rule }) => rule);
  const silences = rules.flatMap(({ claimSilenceMs }) => claimSilenceMs ?? []);
  return {
    escalate: joinedSteps(holds.map(({ rule }) => rule)),
    remindMs: [...new Set(rules.flatMap(({ remindMs }) => remindMs))]
      .sort((a, b) => a - b)
      .slice(0, remindersMax),
    windowMs: isVeto ? longestWindow(holds, count, defaults) : null,
    claimSilenceMs: silences.length === 0 ? claimSilenceDefaultMs : Math.min(...silences),
    isLowRisk: (shared & rulePart.lowRisk) !== 0,
    emergency: (shared & rulePart.emergency) === 0 ? null : emergenciesOf(holds),
    invariants,
  };
}

/**
 * Each target once, when the last of the rules that name it lets it in, and for places that no rule
 * asks for which does not name it. INVARIANT: whoever meets the sum meets each of the rules; the
 * same whatever their order.
 */
function joinedSteps(rules: readonly Rule[]): readonly Escalation[] {
  const asking = rules.filter(({ approvals }) => approvals.length > 0);
  const asked = [...new Set(asking.flatMap(({ approvals }) => approvals.map(placeName)))].sort();
  const latest = new Map<string, number>();
  for (const { afterMs, to } of rules.flatMap(({ escalate }) => escalate)) {
    latest.set(to, Math.max(afterMs, latest.get(to) ?? 0));
  }
  return [...latest]
    .flatMap(([to, afterMs]) => {
      const places = asked.filter((place) => mayTake(asking, to, place));
      if (places.length === asked.length) return [{ afterMs, to }];
      return places.length === 0 ? [] : [{ afterMs, to, places }];
    })
    .sort((a, b) => a.afterMs - b.afterMs || (a.to < b.to ? -1 : 1))
    .slice(0, escalationsMax);
}

function mayTake(asking: readonly Rule[], to: string, place: string): boolean {
  return asking.every(
    ({ approvals, escalate }) =>
      !approvals.some((one) => placeName(one) === place) || escalate.some((step) => step.to === to),
  );
}

const placeName = ({ kind, name }: Requirement): string => `${kind}:${name}`;

/** INVARIANT: never shorter than a rule asks for; one without a window asks for its whole timeout. */
function longestWindow(
  holds: readonly CompiledRule[],
  count: number,
  defaults: Defaults,
): number | null {
  if (holds.every(({ rule }) => rule.windowMs === null)) return null;
  const windows = holds.map(({ rule }) => rule.windowMs ?? rule.timeoutMs ?? defaults.timeoutMs);
  return Math.max(...windows, ...(holds.length < count ? [defaults.timeoutMs] : []));
}

/** All of them, each once: the order of circumstances means nothing. */
function emergenciesOf(holds: readonly CompiledRule[]): readonly Emergency[] {
  const all = new Map<string, Emergency>();
  for (const { rule } of holds) {
    if (rule.emergency === null) continue;
    const { by } = rule.emergency;
    const within = [...rule.emergency.within].sort();
    all.set(JSON.stringify([by, within]), { by, within });
  }
  return [...all.values()];
}

/** The strictest answer to silence that one of the rules states, else the default's. */
export function mergeSilence(holds: readonly CompiledRule[], defaults: Defaults): OnTimeout {
  let stated: OnTimeout | null = null;
  for (const { rule } of holds) {
    if (rule.onTimeout === "block") return "block";
    if (rule.onTimeout === "escalate") stated = "escalate";
  }
  return stated ?? defaults.onTimeout;
}

/**
 * INVARIANT: silence releases only when every rule that holds the action says that it may, the
 * action says that it can be undone, and one person without a passkey could have released it.
 */
export function maySilenceRelease(
  { shared, isReversible }: HoldFacts,
  asked: readonly Requirement[],
  strongAuth: "passkey" | null,
): boolean {
  const wanted = rulePart.silence | rulePart.lowRisk;
  if ((shared & wanted) !== wanted || !isReversible || strongAuth !== null) return false;
  return asked.length === 1 && asked[0]?.count === 1;
}
