// Looks at a policy that loads for what it will not do: dead rules, holds without people, failing tests.

import { type CompiledPolicy, compilePolicy } from "./compile.ts";
import { type Decision, isHold, type Requirement } from "./decision.ts";
import { evaluate } from "./evaluate.ts";
import { type Finding, sortFindings } from "./finding.ts";
import type { Policy, Rule } from "./policy.ts";
import { covers } from "./coverage.ts";
import { type Source, sourceFromYaml } from "./source.ts";
import type { SourceNode } from "./source-tree.ts";

/** Places come from `source`, the text that the policy was loaded from; without it all are 1:1. */
export function checkPolicy(policy: Policy, source?: string): Finding[] {
  const locate = locator(source);
  const findings: Finding[] = [];
  const report: Report = (found) => {
    findings.push({ ...found, ...locate(found.path) });
  };
  if (policy.combine === "first_match") reportShadowed(policy, report);
  const sections = [
    { key: "invariants", rules: policy.invariants },
    { key: "rules", rules: policy.rules },
  ];
  for (const { key, rules } of sections) {
    rules.forEach((rule, index) => {
      reportMissingReason(rule, `/${key}/${index}`, report);
      if (isHold(rule.decision)) reportUnmeetable(policy, rule, `/${key}/${index}`, report);
    });
  }
  reportFailingTests(policy, report);
  return [...sortFindings(findings)];
}

type Report = (found: Pick<Finding, "severity" | "code" | "path" | "message" | "help">) => void;

/** In `first_match` a rule behind one that is for all its actions is never asked. */
function reportShadowed(policy: Policy, report: Report): void {
  const { rules } = policy;
  for (const [index, rule] of rules.slice(0, SHADOW_RULES_MAX).entries()) {
    const earlier = rules.slice(0, index).find((other) => covers(other.match, rule.match, other));
    if (earlier === undefined) continue;
    report({
      severity: "warning",
      code: "shadowed",
      path: `/rules/${index}`,
      message: `rule \`${rule.id}\` never decides: \`${earlier.id}\` comes first and is for all its actions`,
      help: `move \`${rule.id}\` before \`${earlier.id}\`, or remove it`,
    });
  }
}

function reportMissingReason(rule: Rule, path: string, report: Report): void {
  if (rule.reason !== null || (rule.decision !== "deny" && !isHold(rule.decision))) return;
  const who = rule.decision === "deny" ? "the agent is not told" : "reviewers are not told";
  report({
    severity: "warning",
    code: "reason_missing",
    path: path,
    message: `rule \`${rule.id}\` gives no \`reason\`: ${who} why`,
    help: "add `reason:` and a sentence",
  });
}

/** INVARIANT: a hold that nobody can approve is found before it is needed. */
function reportUnmeetable(policy: Policy, rule: Rule, path: string, report: Report): void {
  const excluded = new Set(
    rule.exclude
      .filter((name) => name.startsWith("person:"))
      .map((name) => name.slice("person:".length).toLowerCase()),
  );
  const rosters = rule.approvals.map((requirement) => rosterOf(policy, requirement, excluded));
  for (const [index, requirement] of rule.approvals.entries()) {
    const roster = rosters[index];
    if (roster === null || roster === undefined || roster.size >= requirement.count) continue;
    report({
      severity: "error",
      code: "cannot_be_met",
      path: `${path}/approvals/${index}`,
      message: `group \`${requirement.name}\` has ${roster.size} who may review, ${requirement.count} are asked`,
      help: "add members, ask fewer people, or exclude nobody of them",
    });
    return;
  }
  if (rosters.includes(null) || canSeat(rule.approvals, rosters)) return;
  report({
    severity: "error",
    code: "cannot_be_met",
    path: `${path}/approvals`,
    message: `rule \`${rule.id}\` asks more people than its groups have together: each counts once`,
    help: "add members, or ask fewer people",
  });
}

/** The people who can meet a requirement; null when the file does not say who they are. */
function rosterOf(
  policy: Policy,
  requirement: Requirement,
  excluded: ReadonlySet<string>,
): ReadonlySet<string> | null {
  const group = requirement.kind === "group" ? policy.groups.get(requirement.name) : undefined;
  if (group === undefined || group.members.some((member) => member.startsWith("role:")))
    return null;
  const people = group.members.map((member) => member.toLowerCase());
  return new Set(people.filter((person) => !excluded.has(person)));
}

/** True when distinct people can fill every place: a matching by augmenting paths. */
function canSeat(
  requirements: readonly Requirement[],
  rosters: readonly (ReadonlySet<string> | null)[],
): boolean {
  const places = requirements.flatMap(({ count }, index) =>
    Array.from({ length: count }, () => rosters[index] ?? new Set<string>()),
  );
  const placeOf = new Map<string, number>();
  const seat = (place: number, tried: Set<string>): boolean => {
    for (const person of places[place] ?? []) {
      if (tried.has(person)) continue;
      tried.add(person);
      const before = placeOf.get(person);
      if (before === undefined || seat(before, tried)) {
        placeOf.set(person, place);
        return true;
      }
    }
    return false;
  };
  return places.every((_, place) => seat(place, new Set()));
}

function reportFailingTests(policy: Policy, report: Report): void {
  if (policy.tests.length === 0) return;
  const compiled: CompiledPolicy = compilePolicy(policy);
  for (const [index, test] of policy.tests.entries()) {
    const decision = evaluate(compiled, test.action);
    const { expect } = test;
    const isRight =
      (expect.decision === null || expect.decision === decision.kind) &&
      (expect.rule === undefined || expect.rule === decision.ruleId);
    if (isRight) continue;
    const wanted = { kind: expect.decision ?? decision.kind, ruleId: expect.rule ?? null };
    const wantedRule = expect.rule === undefined ? decision.ruleId : wanted.ruleId;
    report({
      severity: "error",
      code: "test_failed",
      path: `/tests/${index}`,
      message:
        `test \`${test.name}\` expects ${words(wanted.kind, wantedRule)}, the policy says ` +
        words(decision.kind, decision.ruleId),
      help: decision.reason,
    });
  }
}

function words(kind: Decision["kind"], ruleId: string | null): string {
  return `${kind} by ${ruleId === null ? "the default" : `\`${ruleId}\``}`;
}

/** Finds the place of a JSON Pointer in the text, or of the nearest thing around it. */
function locator(text: string | undefined): (path: string) => { line: number; column: number } {
  let source: Source | null = null;
  return (path) => {
    if (text === undefined) return { line: 1, column: 1 };
    source ??= sourceFromYaml(text);
    let node: SourceNode | null | undefined = source.root;
    let at = 0;
    for (const key of path.split("/").slice(1)) {
      if (node?.kind === "list") node = node.items[Number(key)];
      else if (node?.kind === "map") node = node.fields.find((field) => field.key === key)?.value;
      else node = undefined;
      if (node === undefined || node === null) break;
      at = node.at;
    }
    return source.locate(at);
  };
}

/** Rules that are compared with all before them; past it the comparison would take seconds. */
const SHADOW_RULES_MAX = 1_000;
