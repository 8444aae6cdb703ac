// Finds what a rule does not say: why it decides, who answers for it, whether it counts.

import type { Check, PlacedRule } from "./check-report.ts";
import { isHold } from "../policy/decision.ts";

export function checkRules(check: Check): void {
  const { policy, rules, report } = check;
  if (policy.mode !== "enforce") {
    report({
      severity: "warning",
      code: "not_enforced",
      path: "/mode",
      message: `the policy is in mode \`${policy.mode}\`: of its rules none counts, only invariants do`,
      help: "write `mode: enforce` when it has been watched for long enough",
    });
  }
  reportMissingOwners(check);
  for (const placed of rules) {
    reportMissingReason(check, placed);
    reportMode(check, placed);
  }
}

function reportMissingReason({ report }: Check, { rule, path }: PlacedRule): void {
  if (rule.reason !== null || (rule.decision !== "deny" && !isHold(rule.decision))) return;
  const who = rule.decision === "deny" ? "the agent is not told" : "reviewers are not told";
  report({
    severity: "warning",
    code: "reason_missing",
    path,
    message: `rule \`${rule.id}\` gives no \`reason\`: ${who} why`,
    help: "add `reason:` and a sentence",
  });
}

/** A file that names no owner at all is told once. */
function reportMissingOwners({ rules, report }: Check): void {
  const nameless = rules.filter(({ rule }) => rule.owner === null);
  const isTold = ({ rule }: PlacedRule): boolean =>
    rule.waivers.some(({ id }) => id === "owner_missing");
  const isCommon = nameless.length === rules.length && !rules.some(isTold);
  for (const { rule, path } of isCommon ? nameless.slice(0, 1) : nameless) {
    report({
      severity: "note",
      code: "owner_missing",
      path,
      message:
        isCommon && rules.length > 1
          ? "no rule names an `owner` who answers for it"
          : `rule \`${rule.id}\` names no \`owner\` who answers for it`,
      help: "add `owner:` and an email",
    });
  }
}

function reportMode({ policy, report }: Check, { rule, path, isInvariant }: PlacedRule): void {
  if (rule.mode === "enforce" || isInvariant) return;
  if (policy.mode !== "enforce") return;
  report({
    severity: "note",
    code: "not_enforced",
    path: `${path}/mode`,
    message: `rule \`${rule.id}\` is in mode \`${rule.mode}\` and changes no decision`,
    help: "write `mode: enforce` when it has been watched for long enough",
  });
}
