// Finds what a hold's ladder cannot do: overrides that never come, vetoes that reach nobody, unknown rosters.

import { type Check, type PlacedRule, pointerTo } from "./check-report.ts";
import { type Emergency, isHold } from "../policy/decision.ts";
import { topicsMeet } from "../policy/pattern-meet.ts";
import type { Rule } from "../policy/policy.ts";
import { Roster, targetOf, without } from "./roster.ts";

export function checkLadders(check: Check): void {
  const roster = new Roster(check.policy, check.people);
  for (const placed of check.rules) {
    const { rule } = placed;
    if (!isHold(rule.decision)) continue;
    if (rule.emergency !== null && !placed.isInvariant) {
      reportEmergency(check, placed, rule.emergency, roster);
    }
    if (rule.decision === "allow_unless_rejected") reportVeto(check, placed);
  }
  reportRosters(check);
}

function reportEmergency(
  { report }: Check,
  { rule, path }: PlacedRule,
  emergency: Emergency,
  roster: Roster,
): void {
  const never =
    emergency.within.length === 0
      ? "`within` names no circumstance"
      : (circumstanceFault(emergency, rule.match.topics) ?? peopleFault(emergency, rule, roster));
  if (never === null) return;
  report({
    severity: "warning",
    code: "emergency_never",
    path: `${path}/emergency`,
    message: `rule \`${rule.id}\` can never be overridden: ${never}`,
    help: "write `within: [incident]`, a label of incidents, or a topic of the rule; or leave `emergency` out",
  });
}

function peopleFault({ by }: Emergency, { exclude }: Rule, roster: Roster): string | null {
  const excluded = exclude.flatMap((word) =>
    word.startsWith("person:") ? [roster.personOf(word.slice("person:".length))] : [],
  );
  const pool = without(roster.everyone(targetOf(by)), new Set(excluded));
  const isNobody = !pool.isOpen && pool.people.size === 0;
  return isNobody ? `nobody who may review stands behind \`${by}\`` : null;
}

/** Null when one of the circumstances can be met by an action of the rule. */
function circumstanceFault({ within }: Emergency, topics: readonly string[] | null): string | null {
  const canMeet = (circumstance: string): boolean => {
    if (circumstance === "incident" || circumstance.startsWith("label:")) return true;
    if (!circumstance.startsWith("topic:")) return false;
    const pattern = circumstance.slice("topic:".length);
    return topics === null || topics.some((topic) => topicsMeet(topic, pattern));
  };
  return within.some(canMeet) ? null : "none of `within` can be met by an action of the rule";
}

/** Silence releases what was told: whom it has to be told to should not be left open. */
function reportVeto({ report }: Check, { rule, path }: PlacedRule): void {
  if (rule.approvals.some(({ kind }) => kind !== "any")) return;
  report({
    severity: "warning",
    code: "veto_untold",
    path: `${path}/decision`,
    message: `rule \`${rule.id}\` releases by silence once anybody at all was told`,
    help: "name in `approvals` the group or role that has to hear of it",
  });
}

function reportRosters({ policy, rosters, report }: Check): void {
  const told = new Set<string>();
  for (const [name, { roster, hours }] of policy.groups) {
    const named = [
      { roster, key: ["roster"], without: "every member counts as on duty" },
      { roster: hours?.holidays ?? null, key: ["hours", "holidays"], without: "no day is free" },
    ];
    for (const one of named) {
      if (one.roster === null || rosters?.includes(one.roster) || told.has(one.roster)) continue;
      told.add(one.roster);
      const where = rosters === null ? "is not in this file" : "is not in the people file";
      report({
        severity: "note",
        code: "unknown_roster",
        path: pointerTo("groups", name, ...one.key),
        message: `roster \`${one.roster}\` ${where}; in the proof of holds ${one.without}`,
        help: "name it under `rosters` of the people file",
      });
    }
  }
}
