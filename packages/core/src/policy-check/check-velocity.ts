// Finds rules with `velocity` that never decide, or that release what is frequent.

import type { Check, PlacedRule } from "./check-report.ts";
import { covers } from "./coverage.ts";
import { isOutdone } from "./outdone.ts";
import { isRelaxing, type Rule } from "../policy/policy.ts";

export function checkVelocity(check: Check): void {
  const counting = check.rules.filter(({ rule }) => rule.velocity !== null);
  for (const placed of counting) reportRelaxing(check, placed);
  const enforced = counting.filter(({ rule }) => rule.mode === "enforce");
  const byCount = new Map<string, PlacedRule[]>();
  for (const placed of enforced) {
    const key = countKeyOf(placed.rule);
    const alike = byCount.get(key) ?? [];
    byCount.set(key, [...alike, placed].slice(0, ALIKE_MAX));
  }
  for (const narrow of enforced) {
    const alike = byCount.get(countKeyOf(narrow.rule)) ?? [];
    const wide = alike.find((other) => firesBefore(check, narrow, other));
    if (wide !== undefined) reportNever(check, narrow, wide);
  }
}

/** More than so many in a while is a reason to stop, and hardly ever one to release. */
function reportRelaxing({ report }: Check, { rule, path }: PlacedRule): void {
  if (!isRelaxing(rule.decision)) return;
  report({
    severity: "warning",
    code: "velocity_relaxes",
    path: `${path}/velocity`,
    message:
      `rule \`${rule.id}\` releases an action only after more than ${rule.velocity?.over ?? 0} like ` +
      "it: what is frequent passes, what is rare does not",
    help: "hold or deny what is frequent, and release the rest with a rule without `velocity`",
  });
}

function reportNever({ report }: Check, { rule, path }: PlacedRule, wide: PlacedRule): void {
  report({
    severity: "warning",
    code: "velocity_never",
    path: `${path}/velocity`,
    message:
      `rule \`${rule.id}\` never decides: whenever it counts more than ${rule.velocity?.over ?? 0}, ` +
      `\`${wide.rule.id}\` counts more than ${wide.rule.velocity?.over ?? 0} and is as strict`,
    help: `lower \`over\` below that of \`${wide.rule.id}\`, or remove the rule`,
  });
}

/** True when `wide` counts at least what `narrow` counts, and answers at fewer. */
function firesBefore({ policy, lifted }: Check, narrow: PlacedRule, wide: PlacedRule): boolean {
  if (narrow === wide || lifted.has(wide.rule.id)) return false;
  return (
    wide.rule.when === null &&
    (wide.rule.velocity?.over ?? Infinity) <= (narrow.rule.velocity?.over ?? 0) &&
    isOutdone(policy, narrow, wide) &&
    covers(wide.rule.match, narrow.rule.match, wide.rule)
  );
}

/** Rules with one key count the same proposals together. */
function countKeyOf({ velocity }: Rule): string {
  const per = (velocity?.per ?? []).map(({ source }) => source).sort();
  return JSON.stringify([velocity?.inMs, per]);
}

/** Rules of one key that others are compared with. */
const ALIKE_MAX = 100;
