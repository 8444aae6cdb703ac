// Finds for each rule an action that it matches and that it decides, from which others are varied.

import { withPath } from "./action-path.ts";
import type { CompiledPolicy } from "../policy-decide/compile.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { type Axis, conditionAxes, conditionsFor } from "./diff-axes.ts";
import { evaluate } from "../policy-decide/evaluate.ts";
import type { Exception, Match, Rule } from "../policy/policy.ts";
import { inputOfTest } from "./run-tests.ts";
import { fitMatch } from "./sample-action.ts";

/** A rule in one of the two policies, or an exception for it. */
export interface Side {
  readonly compiled: CompiledPolicy;
  readonly rule: Rule | null;
  readonly exception: Exception | null;
}

/**
 * Actions that fit the matchers: one as it is, one that leaves it to the policy to derive tags, and
 * one in each environment that has parameters of its own.
 */
export function fittedFor(side: Side, plain: EvaluationInput): EvaluationInput[] {
  const { compiled, rule, exception } = side;
  const { derive, parameters } = compiled.policy;
  const fitted = matchesOf(rule, exception).reduce(fitMatch, plain);
  const derived = new Set(derive.flatMap(({ addRiskTags }) => addRiskTags));
  const underived = fitted.riskTags.filter((tag) => !derived.has(tag));
  const wanted = rule?.match.environments ?? null;
  const environments = [...parameters.environments.keys()].filter(
    (name) => wanted === null || wanted.includes(name),
  );
  return [
    fitted,
    ...(underived.length < fitted.riskTags.length ? [{ ...fitted, riskTags: underived }] : []),
    ...environments
      .slice(0, environmentsMax)
      .filter((environment) => environment !== fitted.environment)
      .map((environment) => ({ ...fitted, environment })),
  ];
}

/** An action that the rule matches where one is found; else one that fits its matchers. */
export function baseFor(
  side: Side,
  axes: readonly Axis[],
  fitted: EvaluationInput,
): EvaluationInput {
  const { rule } = side;
  if (rule === null) return fitted;
  const base = withOwnCount(fitted, rule);
  return firstMatch(side.compiled, [rule.id], combinations(base, axes)) ?? base;
}

/** An action that both rules match; null where none is found. */
export function crossingBase(
  compiled: CompiledPolicy,
  [rule, other]: readonly [Rule, Rule],
  fitted: EvaluationInput,
): EvaluationInput | null {
  const conditions = [rule, other].flatMap((one) => conditionsFor(compiled, one, null));
  const base = withOwnCount(withOwnCount(fitted, rule), other);
  const inputs = combinations(base, conditionAxes(conditions));
  return firstMatch(compiled, [rule.id, other.id], inputs);
}

function withOwnCount(input: EvaluationInput, { id, velocity }: Rule): EvaluationInput {
  if (velocity === null) return input;
  const counts = { ...input.facts.velocity, [id]: velocity.over + 1 };
  return { ...input, facts: { ...input.facts, velocity: counts } };
}

function firstMatch(
  compiled: CompiledPolicy,
  ids: readonly string[],
  inputs: Iterable<EvaluationInput>,
): EvaluationInput | null {
  let tried = 0;
  for (const input of inputs) {
    if (matches(compiled, ids, input)) return input;
    tried += 1;
    if (tried >= combinationsMax) break;
  }
  return null;
}

/** The base itself, then with each combination of values, those of the first paths changing fastest. */
function* combinations(base: EvaluationInput, axes: readonly Axis[]): Generator<EvaluationInput> {
  yield base;
  const [first, ...rest] = axes;
  if (first === undefined) return;
  for (const input of combinations(base, rest)) {
    for (const value of first.values) {
      const changed = withPath(input, first.path, value);
      if (changed !== null) yield changed;
    }
  }
}

function matches(
  compiled: CompiledPolicy,
  ids: readonly string[],
  input: EvaluationInput,
): boolean {
  const { matchedRuleIds, warnings } = evaluate(compiled, inputOfTest(compiled, input));
  return ids.every(
    (id) => matchedRuleIds.includes(id) || warnings.some(({ ruleId }) => ruleId === id),
  );
}

/** The action changed so far that no other rule decides about it, as far as one change does that. */
export function quieted(side: Side, base: EvaluationInput): EvaluationInput {
  const { compiled, rule } = side;
  let input = base;
  if (rule === null || !matches(compiled, [rule.id], input)) return input;
  for (let round = 0; round < quietRoundsMax; round += 1) {
    const { ruleId } = evaluate(compiled, inputOfTest(compiled, input));
    const winner = ruleId === rule.id ? undefined : ruleOf(compiled, ruleId);
    if (winner === undefined) return input;
    const changed = withoutWinner(side, winner, input);
    if (changed === null) return input;
    input = changed;
  }
  return input;
}

function withoutWinner(
  { compiled, rule }: Side,
  winner: Rule,
  input: EvaluationInput,
): EvaluationInput | null {
  for (const { path, values } of conditionAxes(conditionsFor(compiled, winner, null))) {
    for (const value of values) {
      const changed = withPath(input, path, value);
      if (changed === null || matches(compiled, [winner.id], changed)) continue;
      if (matches(compiled, [rule?.id ?? ""], changed)) return changed;
    }
  }
  return null;
}

function ruleOf({ policy }: CompiledPolicy, id: string | null): Rule | undefined {
  const isIt = (rule: Rule): boolean => rule.id === id;
  return policy.rules.find(isIt) ?? policy.invariants.find(isIt);
}

export function matchesOf(rule: Rule | null, exception: Exception | null): Match[] {
  return [rule?.match, exception?.match].filter((match) => match !== undefined);
}

/** Combinations of values that are tried to make a condition true. */
const combinationsMax = 256;
/** Environments with parameters of their own in which a rule is looked at. */
const environmentsMax = 12;
/** Other rules that are made to step back, one after the other. */
const quietRoundsMax = 3;
