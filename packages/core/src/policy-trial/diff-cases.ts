// Makes the actions that two policies are compared on: around every limit that a rule of either draws.

import type { CompiledPolicy } from "../policy-decide/compile.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { baseFor, crossingBase, fittedFor, matchesOf, quieted, type Side } from "./diff-base.ts";
import {
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
import type { Match, Policy, Rule } from "../policy/policy.ts";
import type { Registry } from "../policy/registry.ts";
import { commonTopic, fitMatch, plainAction, silentAction } from "./sample-action.ts";

export interface BoundaryCase {
  /** What the action is about, for a person. */
  readonly about: string;
  /** Counts of velocity go by the ids of their rules, as in tests. */
  readonly input: EvaluationInput;
}

/** Rules of both policies with one id, and what else says whether they apply. */
interface Subject {
  readonly about: string;
  readonly sides: readonly Side[];
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
  const plain = plainFor(policies, options.now);
  yield* vary({ about: "any action", bases: [plain], variants: commonVariants(words) });
  const subjects = subjectsOf(policies, options.changed);
  const known = { words, plain, registry: options.registry };
  for (const subject of subjects) yield* casesOf(subject, known);
  yield* crossings(policies, options, plain);
}

/** An action that says everything, and nothing that a rule asks for: what is unknown would hold it. */
function plainFor(policies: readonly CompiledPolicy[], now: number): EvaluationInput {
  const rules = policies.flatMap(({ policy }) => rulesOf(policy));
  const counts = rules.flatMap(({ id, velocity }) => (velocity === null ? [] : [[id, 1] as const]));
  const plain = plainAction(now);
  return { ...plain, facts: { ...plain.facts, velocity: Object.fromEntries(counts) } };
}

function subjectsOf(
  policies: readonly [CompiledPolicy, CompiledPolicy],
  changed: ReadonlySet<string>,
): Subject[] {
  const rules = new Map<string, Side[]>();
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
    fittedFor(side, plain).map((fitted) => quieted(side, baseFor(side, axes, fitted))),
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
  // What is not said leaves other rules undecided, which count then too.
  const silent = sides.flatMap((side) => {
    const fitted = fittedFor(side, silentAction(plain));
    return fitted.map((one) => baseFor(side, axes, one));
  });
  const variants = axes.flatMap(({ path, values }) => pathVariants(path, values));
  yield* vary({ about: `${about}, nothing else said`, bases: silent, variants });
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

/** Actions that a changed rule and another one match: where one goes, the other shows. */
function* crossings(
  policies: readonly CompiledPolicy[],
  { changed }: CaseOptions,
  plain: EvaluationInput,
): Generator<BoundaryCase> {
  for (const compiled of policies) {
    const rules = rulesOf(compiled.policy);
    for (const rule of rules.filter(({ id }) => changed.has(id))) {
      for (const other of rules.filter(({ id }) => id !== rule.id).slice(0, crossingsMax)) {
        const fitted = crossing(rule, other, plain);
        const input = fitted && crossingBase(compiled, [rule, other], fitted);
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

function rulesOf(policy: Policy): readonly Rule[] {
  return [...policy.invariants, ...policy.rules];
}

/** Other rules that one changed rule is crossed with. */
const crossingsMax = 200;
