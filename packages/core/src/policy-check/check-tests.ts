// Runs the tests of a file, and finds the rules that none of them reaches.

import type { Check } from "./check-report.ts";
import type { TestResult, Verdict } from "../policy/report.ts";
import { runTests } from "../policy-trial/run-tests.ts";

export function checkTests({ policy, rules, report }: Check): void {
  if (rules.length === 0) return;
  if (policy.tests.length === 0) {
    report({
      severity: "note",
      code: "no_tests",
      path: "",
      message: "the file has no `tests`, so nothing notices when a rule changes its meaning",
      help: "add a test for each rule: an action, and what has to become of it",
    });
    return;
  }
  const { tests, coverage } = runTests(policy, policy.tests);
  for (const [index, test] of tests.entries()) {
    if (test.ok) continue;
    report({
      severity: "error",
      code: "test_failed",
      path: `/tests/${index}`,
      message: `test \`${test.name}\` expects ${differenceOf(test)}`,
      help: test.actual.reason,
    });
  }
  const untested = new Set(
    coverage.rules.filter(({ matched }) => matched === 0).map(({ rule }) => rule),
  );
  for (const { rule, path } of rules) {
    if (!untested.has(rule.id)) continue;
    report({
      severity: "note",
      code: "untested",
      path,
      message: `no test of the file reaches rule \`${rule.id}\``,
      help: "add a test with an action that it is for",
    });
  }
}

function differenceOf({ expected, actual, wrong }: TestResult): string {
  if (wrong.includes("decision") || wrong.includes("rule")) {
    const wanted: Verdict = {
      decision: expected.decision ?? actual.decision,
      rule: expected.rule === undefined ? actual.rule : expected.rule,
    };
    return `${words(wanted)}, the policy says ${words(actual)}`;
  }
  const member = wrong[0] ?? "constraints";
  const text = (value: unknown): string => JSON.stringify(value ?? null);
  return `\`${member}\` ${text(expected[member])}, the policy says ${text(actual[member])}`;
}

function words({ decision, rule }: Verdict): string {
  return `${decision} by ${rule === null ? "the default" : `\`${rule}\``}`;
}
