// How a hold goes on, written slowly and obviously from spec/policy.md; a part of the reference evaluator.

import type { Decision } from "@holdpoint/core/policy/decision";
import type { Policy, Rule } from "@holdpoint/core/policy/policy";

export interface Held {
  policy: Policy;
  ruling: Omit<Decision, "reason" | "warnings">;
  /** The default holds the action beside its rules, and says nothing of what follows. */
  isDefaultHeld: boolean;
  floor: string[];
}

/** How a hold goes on, from all rules that hold the action. */
export function goesOn(
  { policy, ruling, isDefaultHeld, floor }: Held,
  rules: readonly Rule[],
  isReversible: boolean,
): Pick<Decision, "onTimeout" | "terms"> {
  const { defaults } = policy;
  const says = (question: (rule: Rule) => boolean): boolean =>
    !isDefaultHeld && rules.every(question);
  const isVeto = ruling.kind === "allow_unless_rejected";
  const steps = rules.flatMap((rule) => rule.escalate);
  const targets = distinct(steps.map((step) => step.to)).toSorted();
  const silences = rules.map((rule) => rule.claimSilenceMs ?? Infinity);
  const windows = rules.map((rule) => rule.windowMs ?? rule.timeoutMs ?? defaults.timeoutMs);
  const emergencies = rules
    .map((rule) => rule.emergency)
    .filter((one) => one !== null)
    .map(({ by, within }) => ({ by, within: within.toSorted() }));
  const timeouts = rules.map((rule) => rule.onTimeout);
  const [only, ...more] = ruling.requirements;
  const mayRelease =
    says((rule) => rule.onTimeout === "allow" && rule.isLowRisk) &&
    isReversible &&
    ruling.strongAuth === null &&
    only?.count === 1 &&
    more.length === 0;
  const stricter = (["block", "escalate"] as const).find((word) => timeouts.includes(word));
  return {
    onTimeout: mayRelease ? "allow" : (stricter ?? defaults.onTimeout),
    terms: {
      escalate: targets
        .map((to) => ({
          afterMs: Math.max(...steps.filter((one) => one.to === to).map((one) => one.afterMs)),
          to,
          ...placesOf(rules, to),
        }))
        .filter(({ places }) => places === undefined || places.length > 0)
        .toSorted((a, b) => a.afterMs - b.afterMs)
        .slice(0, 16),
      remindMs: distinct(rules.flatMap((rule) => rule.remindMs))
        .toSorted((a, b) => a - b)
        .slice(0, 8),
      windowMs:
        isVeto && rules.some((rule) => rule.windowMs !== null) ? Math.max(...windows) : null,
      claimSilenceMs: Math.min(...silences) === Infinity ? 900_000 : Math.min(...silences),
      isLowRisk: says((rule) => rule.isLowRisk),
      emergency: says((rule) => rule.emergency !== null)
        ? emergencies.filter(
            (one, index) =>
              emergencies.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) ===
              index,
          )
        : null,
      invariants: floor.filter((id) => rules.some((rule) => rule.id === id)),
    },
  };
}

/** What whoever is let in by a step may stand for: nothing that a rule without this step asks. */
function placesOf(rules: readonly Rule[], to: string): { places?: readonly string[] } {
  const all = rules.flatMap(({ approvals, escalate }) =>
    approvals.map(({ kind, name }) => ({
      place: `${kind}:${name}`,
      isLetIn: escalate.some((step) => step.to === to),
    })),
  );
  const barred = new Set(all.filter(({ isLetIn }) => !isLetIn).map(({ place }) => place));
  if (barred.size === 0) return {};
  return {
    places: distinct(all.map(({ place }) => place).filter((one) => !barred.has(one))).toSorted(),
  };
}

export function distinct<Item>(items: readonly Item[]): Item[] {
  return items.filter((item, index) => items.indexOf(item) === index);
}
