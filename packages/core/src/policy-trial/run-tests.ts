// Runs the tests of a policy: what each expects against what policy decides, and what they leave untried.

import { canonicalJson } from "../base/json/canonical.ts";
import type { Json, JsonObject } from "../base/json/value.ts";
import { type CompiledPolicy, compilePolicy } from "../policy-decide/compile.ts";
import type { Constraints, Decision, EvaluationInput, Trace } from "../policy/decision.ts";
import { derivedTags, evaluate } from "../policy-decide/evaluate.ts";
import type { Policy, PolicyTest } from "../policy/policy.ts";
import type { RuleLine, TestReport, TestResult } from "../policy/report.ts";
import { RuleTally } from "./rule-tally.ts";
import { explain } from "../policy-decide/trace.ts";
import { velocityKeyOf } from "../policy-decide/velocity.ts";

interface TestOptions {
  /** The file that a test was read from; absent: all stand in the policy. */
  readonly fileOf?: (test: PolicyTest) => string | null;
}

/**
 * Tests ask what the policy decides once it counts: a policy in `warn` or `shadow` is tested as if
 * it were enforced, its rules keep the modes that they have.
 */
export function runTests(
  policy: Policy,
  tests: readonly PolicyTest[],
  options: TestOptions = {},
): TestReport {
  const compiled = compilePolicy({ ...policy, mode: "enforce" });
  const tally = new RuleTally(policy);
  const results = tests.map((test) => {
    const input = inputOfTest(compiled, test.action);
    const decision = evaluate(compiled, input);
    const trace = explain(compiled, input, decision);
    tally.count(decision, trace);
    const riskTags = derivedTags(compiled, input);
    return resultOf({ test, decision, trace, riskTags }, options.fileOf?.(test) ?? null);
  });
  const failed = results.filter((result) => !result.ok).length;
  return {
    ok: failed === 0,
    passed: results.length - failed,
    failed,
    tests: results,
    coverage: tally.coverage(),
  };
}

/** Tests name velocity counts by the id of their rule; facts name them by what is counted. */
export function inputOfTest(compiled: CompiledPolicy, action: EvaluationInput): EvaluationInput {
  const byRule = action.facts.velocity;
  if (Object.keys(byRule).length === 0) return action;
  const velocity: Record<string, number> = {};
  for (const rule of compiled.rules) {
    const count = Object.hasOwn(byRule, rule.id) ? byRule[rule.id] : undefined;
    const key = count === undefined ? null : velocityKeyOf(rule, action);
    if (key !== null && count !== undefined) velocity[key] = count;
  }
  return { ...action, facts: { ...action.facts, velocity } };
}

interface TestRun {
  readonly test: PolicyTest;
  readonly decision: Decision;
  readonly trace: Trace;
  readonly riskTags: readonly string[];
}

function resultOf(run: TestRun, file: string | null): TestResult {
  const { decision, trace, riskTags } = run;
  const wrong = wrongMembers(run);
  const ok = wrong.length === 0;
  return {
    name: run.test.name,
    file,
    ok,
    expected: expectedOf(run.test),
    actual: {
      decision: decision.kind,
      rule: decision.ruleId,
      reason: decision.reason,
      constraints: constraintsJson(decision.constraints),
      risk_tags: [...riskTags],
    },
    wrong,
    trace: ok ? [] : ruleLines(trace),
    notes: ok ? [] : [...trace.notes],
  };
}

function wrongMembers({ test, decision, riskTags }: TestRun): TestResult["wrong"] {
  const { expect } = test;
  const wrong: TestResult["wrong"][number][] = [];
  if (expect.decision !== null && expect.decision !== decision.kind) wrong.push("decision");
  if (expect.rule !== undefined && expect.rule !== decision.ruleId) wrong.push("rule");
  const constraints = constraintsJson(decision.constraints) ?? {};
  const wanted = constraintsJson(expect.constraints);
  if (wanted !== null && canonicalJson(wanted) !== canonicalJson(constraints)) {
    wrong.push("constraints");
  }
  const carries = (tag: string): boolean => riskTags.includes(tag);
  if (expect.riskTags !== null && !expect.riskTags.every(carries)) wrong.push("risk_tags");
  return wrong;
}

function expectedOf({ expect }: PolicyTest): TestResult["expected"] {
  const constraints = constraintsJson(expect.constraints);
  return {
    ...(expect.decision !== null && { decision: expect.decision }),
    ...(expect.rule !== undefined && { rule: expect.rule }),
    ...(constraints !== null && { constraints }),
    ...(expect.riskTags !== null && { risk_tags: [...expect.riskTags] }),
  };
}

/** Without members that are absent, and lists in one order: sets are what they stand for. */
export function constraintsJson(constraints: Constraints | null): JsonObject | null {
  if (constraints === null) return null;
  const json: JsonObject = {};
  for (const [name, value] of Object.entries(constraints) as [string, Json | undefined][]) {
    if (value !== undefined) json[name] = Array.isArray(value) ? value.toSorted(byText) : value;
  }
  return json;
}

function byText(one: Json, other: Json): number {
  const [a, b] = [canonicalJson(one), canonicalJson(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The rules of a trace in the form of reports. */
export function ruleLines(trace: Trace): RuleLine[] {
  return trace.rules.map((rule) => ({
    rule: rule.ruleId,
    decision: rule.decision,
    matched: rule.matched,
    won: rule.won,
    mode: rule.mode,
    exception: rule.exception,
    clauses: rule.clauses.map(({ clause, matched, because, error }) => {
      return { clause, matched, because, error };
    }),
  }));
}
