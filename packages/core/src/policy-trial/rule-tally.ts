// Counts over the tests of a policy which rules were reached, which decided, and both ways of conditions.

import type { ClauseTrace, Decision, RuleTrace, Trace } from "../policy/decision.ts";
import type { Policy } from "../policy/policy.ts";
import type { CoverageGap, CoverageReport, RuleCoverage } from "../policy/report.ts";

interface Count {
  readonly hasCondition: boolean;
  matched: number;
  won: number;
  isTrue: number;
  isFalse: number;
}

export class RuleTally {
  readonly #counts: ReadonlyMap<string, Count>;

  constructor(policy: Policy) {
    const rules = [...policy.invariants, ...policy.rules];
    this.#counts = new Map(
      rules.map((rule) => [
        rule.id,
        { hasCondition: rule.when !== null, matched: 0, won: 0, isTrue: 0, isFalse: 0 },
      ]),
    );
  }

  /** One test: what was decided, and the trace of it. */
  count(decision: Decision, trace: Trace): void {
    const matched = [...decision.matchedRuleIds, ...decision.warnings.map(({ ruleId }) => ruleId)];
    for (const id of new Set(matched)) {
      const count = this.#counts.get(id);
      if (count !== undefined) count.matched += 1;
    }
    const winner = this.#counts.get(decision.ruleId ?? "");
    if (winner !== undefined) winner.won += 1;
    for (const rule of trace.rules) {
      const count = this.#counts.get(rule.ruleId);
      const answer = count?.hasCondition === true ? answerOf(rule) : null;
      if (count === undefined || answer === null) continue;
      if (answer) count.isTrue += 1;
      else count.isFalse += 1;
    }
  }

  coverage(): CoverageReport {
    const rules: RuleCoverage[] = [];
    let points = 0;
    let reached = 0;
    for (const [rule, count] of this.#counts) {
      const reachable = [
        count.matched,
        ...(count.hasCondition ? [count.isTrue, count.isFalse] : []),
      ];
      points += reachable.length;
      reached += reachable.filter((times) => times > 0).length;
      rules.push({
        rule,
        matched: count.matched,
        won: count.won,
        condition: count.hasCondition ? { true: count.isTrue, false: count.isFalse } : null,
        gaps: gapsOf(count),
      });
    }
    const percent = points === 0 ? 100 : Math.floor((reached * 100) / points);
    return { percent, reached, points, rules };
  }
}

/** Whether the condition held; null when it was not reached, or could not be told. */
function answerOf(rule: RuleTrace): boolean | null {
  const isCondition = (clause: ClauseTrace): boolean => clause.clause === "when";
  const condition = rule.clauses.find(isCondition);
  if (condition === undefined || condition.error !== null) return null;
  const isReached = rule.clauses.every((clause) => isCondition(clause) || clause.matched);
  return isReached ? condition.matched : null;
}

function gapsOf(count: Count): CoverageGap[] {
  if (count.matched === 0 && !count.hasCondition) return ["never_matched"];
  const gaps: CoverageGap[] = [];
  if (count.matched === 0) gaps.push("never_matched");
  else if (count.won === 0) gaps.push("never_won");
  if (count.hasCondition && count.isTrue === 0) gaps.push("condition_never_true");
  if (count.hasCondition && count.isFalse === 0) gaps.push("condition_never_false");
  return gaps;
}
