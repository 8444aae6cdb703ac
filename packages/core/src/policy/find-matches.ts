// Finds the rules that count for one action: what the index brings up and their questions leave over.

import { askAll, unknown, yes } from "./clause.ts";
import { type CompiledPolicy, type CompiledRule, rulePart } from "./compile.ts";
import type { EvaluationInput } from "./decision.ts";
import { findRules } from "./topic-index.ts";

/**
 * Leaves the numbers of the rules that count at the beginning of `scratch.found`, strictest first
 * and then in the order of the file, and answers how many they are.
 */
export function findMatches(compiled: CompiledPolicy, input: EvaluationInput): number {
  const { rules, scratch, table } = compiled;
  findRules(compiled.index, scratch, input);
  const { found, foundCount } = scratch;
  let count = 0;
  for (let place = 0; place < foundCount; place += 1) {
    const number = found[place] ?? 0;
    const hasQuestions = ((table.parts[number] ?? 0) & rulePart.remaining) !== 0;
    if (hasQuestions && !applies(rules[number], input)) continue;
    found[count] = number;
    count += 1;
  }
  sortAscending(found, count);
  return compiled.policy.combine === "first_match" ? keepFirst(compiled, count) : count;
}

/** The same as rules. */
export function matchedRules(
  compiled: CompiledPolicy,
  input: EvaluationInput,
): readonly CompiledRule[] {
  const count = findMatches(compiled, input);
  const numbers = [...compiled.scratch.found.subarray(0, count)];
  return numbers.flatMap((number) => compiled.rules[number] ?? []);
}

function applies(rule: CompiledRule | undefined, input: EvaluationInput): boolean {
  if (rule === undefined) return false;
  const answer = askAll(rule.remaining, input);
  return answer === yes || (answer === unknown && rule.appliesWhenUnknown);
}

/** `first_match`: of the rules only the first one of the file; every invariant stays. */
function keepFirst({ rules, scratch }: CompiledPolicy, count: number): number {
  const { found } = scratch;
  let first: CompiledRule | null = null;
  for (let place = 0; place < count; place += 1) {
    const rule = rules[found[place] ?? -1];
    if (rule === undefined || rule.isInvariant) continue;
    if (first === null || rule.position < first.position) first = rule;
  }
  let kept = 0;
  for (let place = 0; place < count; place += 1) {
    const rule = rules[found[place] ?? -1];
    if (rule === undefined || (!rule.isInvariant && rule !== first)) continue;
    found[kept] = found[place] ?? 0;
    kept += 1;
  }
  return kept;
}

/** Few rules match, so moving them into place beats a general sort. */
function sortAscending(numbers: Int32Array, count: number): void {
  if (count > INSERTION_MAX) {
    numbers.subarray(0, count).sort();
    return;
  }
  for (let place = 1; place < count; place += 1) {
    const number = numbers[place] ?? 0;
    let hole = place;
    while (hole > 0 && (numbers[hole - 1] ?? 0) > number) {
      numbers[hole] = numbers[hole - 1] ?? 0;
      hole -= 1;
    }
    numbers[hole] = number;
  }
}

const INSERTION_MAX = 32;
