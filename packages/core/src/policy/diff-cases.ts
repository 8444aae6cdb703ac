// Makes the actions that two policies are compared on: around every limit that a rule of either draws.

import type { CompiledPolicy } from "./compile.ts";
import type { EvaluationInput } from "./decision.ts";
import {
  type Axis,
  commonVariants,
  conditionAxes,
  conditionsFor,
  matchVariants,
  pathVariants,
  schemaAxes,
  type Variant,
  velocityVariants,
  type Words,
  wordsOf,
} from "./diff-axes.ts";
import { evaluate } from "./evaluate.ts";
import { withPath } from "./action-path.ts";
import type { Exception, Match, Policy, Rule } from "./policy.ts";
import type { Registry } from "./registry.ts";
import { inputOfTest } from "./run-tests.ts";
import { commonTopic, fitMatch, plainAction } from "./sample-action.ts";

export interface BoundaryCase {
  /** What the action is about, for a person. */
  readonly about: string;
  /** Counts of velocity go by the ids of their rules, as in tests. */
  readonly input: EvaluationInput;
}

/** Rules of both policies with one id, and what else says whether they apply. */
interface Subject {
  readonly about: string;
  readonly sides: readonly {
    readonly compiled: CompiledPolicy;
    readonly rule: Rule | null;
    readonly exception: Exception | null;
  }[];
}

export interface CaseOptions {
  readonly now: number;
  /** Ids of rules that are not the same in both; they come first. */
  readonly changed: ReadonlySet<string>;
  readonly casesMax: number;
  readonly registry: Registry;
}

/** Distinct cases, at most `casesMax`; `limited` tells the caller that there would be more. */
export function boundaryCases(
  policies: readonly [CompiledPolicy, CompiledPolicy],
  options: CaseOptions,
): { readonly cases: readonly BoundaryCase[]; readonly limited: boolean } {
  const cases = new Map<string, BoundaryCase>();
  for (const one of generate(policies, options)) {
    if (cases.size >= options.casesMax) return { cases: [...cases.values()], limited: true };
    // Two spellings of one action would only be decided twice.
    const key = JSON.stringify(one.input);
    if (!cases.has(key)) cases.set(key, one);
  }
  return { cases: [...cases.values()], limited: false };
}

function* generate(
  policies: readonly [CompiledPolicy, CompiledPolicy],
  options: CaseOptions,
): Generator<BoundaryCase> {
  const words = wordsOf(
    policies.map(({ policy }) => policy),
    options.now,
  );
  const plain = plainAction(options.now);
  yield* vary({ about: "any action", bases: [plain], variants: commonVariants(words) });
  const subjects = subjectsOf(policies, options.changed);
  const known = { words, plain, registry: options.registry };
  for (const subject of subjects) yield* casesOf(subject, known);
  yield* crossings(policies, options, plain);
}

function subjectsOf(
  policies: readonly [CompiledPolicy, CompiledPolicy],
  changed: ReadonlySet<string>,
): Subject[] {
  const rules = new Map<string, Subject["sides"][number][]>();
  for (const compiled of policies) {
    for (const rule of rulesOf(compiled.policy)) {
      const side = { compiled, rule, exception: null };
      rules.set(rule.id, [...(rules.get(rule.id) ?? []), side]);
    }
  }
  const ids = [...rules.keys()];
  const ordered = [...ids.filter((id) => changed.has(id)), ...ids.filter((id) => !changed.has(id))];
  const subjects = ordered.map((id) => ({ about: `rule ${id}`, sides: rules.get(id) ?? [] }));
  return [...policies.flatMap(exceptionSubjects), ...subjects];
}

/** For each exception its actions among those of each rule that it lifts. */
function exceptionSubjects(compiled: CompiledPolicy): Subject[] {
  const byId = new Map(rulesOf(compiled.policy).map((rule) => [rule.id, rule]));
  return compiled.policy.exceptions.flatMap((exception) =>
    exception.rules.map((id) => ({
      about: `exception ${exception.id}`,
      sides: [{ compiled, rule: byId.get(id) ?? null, exception }],
    })),
  );
}

interface Known {
  readonly words: Words;
  readonly plain: EvaluationInput;
  readonly registry: Registry;
}

function* casesOf(subject: Subject, { words, plain, registry }: Known): Generator<BoundaryCase> {
  const { about, sides } = subject;
  const matches = sides.flatMap(({ rule, exception }) => matchesOf(rule, exception));
  const axes = [
    ...conditionAxes(
      sides.flatMap(({ compiled, rule, exception }) => conditionsFor(compiled, rule, exception)),
    ),
    ...schemaAxes(registry, matches),
  ];
  const bases = sides.flatMap((side) =>
    fittedFor(side, plain).map((fitted) => baseFor(side, axes, fitted)),
  );
  yield* vary({
    about,
    bases,
    variants: [
      ...axes.flatMap(({ path, values }) => pathVariants(path, values)),
      ...matches.flatMap((match) => matchVariants(match, words)),
      ...velocityVariants(sides.flatMap(({ rule }) => (rule === null ? [] : [rule]))),
      ...commonVariants(words),
    ],
  });
}

function* vary(from: {
  readonly about: string;
  readonly bases: readonly EvaluationInput[];
  readonly variants: readonly Variant[];
}): Generator<BoundaryCase> {
  for (const base of from.bases) {
    yield { about: from.about, input: base };
    for (const variant of from.variants) {
      const input = variant.apply(base);
      if (input !== null) yield { about: `${from.about}: ${variant.words}`, input };
    }
  }
}

/**
 * Actions that fit the matchers: one as it is, one that leaves it to the policy to derive tags, and
 * one in each environment that has parameters of its own.
 */
function fittedFor(side: Subject["sides"][number], plain: EvaluationInput): EvaluationInput[] {
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
function baseFor(
  side: Subject["sides"][number],
  axes: readonly Axis[],
  fitted: EvaluationInput,
): EvaluationInput {
  const { compiled, rule } = side;
  const velocity = rule?.velocity ? { [rule.id]: rule.velocity.over + 1 } : {};
  const base = { ...fitted, facts: { ...fitted.facts, velocity } };
  if (rule === null) return base;
  let tried = 0;
  for (const input of combinations(base, axes)) {
    if (matches(compiled, rule.id, input)) return input;
    tried += 1;
    if (tried >= combinationsMax) break;
  }
  return base;
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

function matches(compiled: CompiledPolicy, id: string, input: EvaluationInput): boolean {
  const decision = evaluate(compiled, inputOfTest(compiled, input));
  return decision.matchedRuleIds.includes(id) || decision.warnings.some((one) => one.ruleId === id);
}

/** Actions that a changed rule and another one are both for: where one goes, the other shows. */
function* crossings(
  policies: readonly CompiledPolicy[],
  { changed }: CaseOptions,
  plain: EvaluationInput,
): Generator<BoundaryCase> {
  for (const { policy } of policies) {
    const rules = rulesOf(policy);
    for (const rule of rules.filter(({ id }) => changed.has(id))) {
      for (const other of rules.filter(({ id }) => id !== rule.id).slice(0, crossingsMax)) {
        const input = crossing(rule, other, plain);
        if (input !== null) yield { about: `rules ${rule.id} and ${other.id}`, input };
      }
    }
  }
}

function crossing(rule: Rule, other: Rule, plain: EvaluationInput): EvaluationInput | null {
  const pairs = (rule.match.topics ?? ["**"]).flatMap((one) =>
    (other.match.topics ?? ["**"]).map((two) => commonTopic(one, two)),
  );
  const topic = pairs.find((common) => common !== null);
  if (topic === undefined || topic === null) return null;
  const both = fitMatch(fitMatch(plain, withoutTopics(other.match)), withoutTopics(rule.match));
  return { ...both, topic };
}

function withoutTopics(match: Match): Match {
  return { ...match, topics: null };
}

function matchesOf(rule: Rule | null, exception: Exception | null): Match[] {
  return [rule?.match, exception?.match].filter((match) => match !== undefined);
}

function rulesOf(policy: Policy): readonly Rule[] {
  return [...policy.invariants, ...policy.rules];
}

/** Combinations of values that are tried to make a condition true. */
const combinationsMax = 256;
/** Environments with parameters of their own in which a rule is looked at. */
const environmentsMax = 12;
/** Other rules that one changed rule is crossed with. */
const crossingsMax = 200;
