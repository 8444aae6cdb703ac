// Finds rules that decide nothing: shadowed, covered by a stricter one, or fitting no action.

import { coveringRules } from "./covering-rules.ts";
import { exampleOf } from "./check-example.ts";
import type { Check, PlacedRule } from "./check-report.ts";
import { contradictionIn } from "./disjoint.ts";
import { asksWhatMayBeUnsaid } from "./coverage.ts";
import { bringsNothing, isOutdone } from "./outdone.ts";
import type { Rule } from "../policy/policy.ts";

export function checkReach(check: Check): void {
  const { policy, rules, report } = check;
  const cover = coveringRules(
    rules.filter(({ rule }) => alwaysApplies(check, rule)),
    COMPARISONS_MAX,
  );
  for (const placed of rules) {
    const { rule, path } = placed;
    const contradiction = contradictionIn(rule.match);
    if (contradiction !== null) {
      report({
        severity: "warning",
        code: "never_matches",
        path: `${path}/match`,
        message: `rule \`${rule.id}\` fits no action: ${contradiction} exclude each other`,
        help: "correct one of them, or remove the rule",
      });
      continue;
    }
    if (rule.mode !== "enforce") continue;
    const isShadow = policy.combine === "first_match" && !placed.isInvariant;
    const shadow = isShadow ? cover.find(placed, (wide) => isShadowOf(placed, wide)) : null;
    if (shadow !== null) {
      reportShadowed(check, placed, shadow);
      continue;
    }
    const wide = cover.find(placed, (other) => isOutdone(policy, placed, other));
    if (wide !== null) reportOutdone(check, placed, wide);
  }
  if (cover.isCut()) {
    report({
      severity: "note",
      code: "check_limited",
      path: "",
      message: `more than ${COMPARISONS_MAX} pairs of rules could cover each other; the rest was not compared`,
      help: "name narrower topics under `match`",
    });
  }
}

/** Where the one before it is in doubt, the one behind it is asked as well. */
function isShadowOf(narrow: PlacedRule, wide: PlacedRule): boolean {
  if (wide.isInvariant || wide.position > narrow.position) return false;
  return !asksWhatMayBeUnsaid(wide.rule.match) || bringsNothing(wide.rule, narrow);
}

/** In `first_match` a rule behind one that is for all its actions is never asked. */
function reportShadowed({ report }: Check, { rule, path }: PlacedRule, shadow: PlacedRule): void {
  report({
    severity: "warning",
    code: "shadowed",
    path,
    message:
      `rule \`${rule.id}\` never decides: \`${shadow.rule.id}\` comes first and is for all its ` +
      `actions, such as ${exampleOf(rule.match)}`,
    help: `move \`${rule.id}\` before \`${shadow.rule.id}\`, or remove it`,
  });
}

function reportOutdone({ report }: Check, { rule, path }: PlacedRule, wide: PlacedRule): void {
  report({
    severity: "note",
    code: "never_decides",
    path,
    message:
      `rule \`${rule.id}\` never decides: \`${wide.rule.id}\` is for all its actions, such as ` +
      `${exampleOf(rule.match)}, and ${
        rule.decision === wide.rule.decision ? "says the same" : "is stricter"
      }`,
    help: `remove it, or narrow \`${wide.rule.id}\``,
  });
}

/** Nothing but its match decides whether it counts. */
function alwaysApplies({ lifted }: Check, rule: Rule): boolean {
  return (
    rule.mode === "enforce" && rule.when === null && rule.velocity === null && !lifted.has(rule.id)
  );
}

/** Pairs of rules compared in one check; about two seconds of work. */
const COMPARISONS_MAX = 2_000_000;
