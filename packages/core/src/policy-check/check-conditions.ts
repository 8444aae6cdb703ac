// Finds conditions that are always or never true, and conditions that may cost too much.

import { celBudget } from "../base/limits.ts";
import type { Expr } from "../cel/ast.ts";
import { truthOf } from "../cel/analyse.ts";
import { checkCel } from "../cel/check.ts";
import type { StaticType } from "../cel/type.ts";
import type { Check } from "./check-report.ts";
import { pointerTo } from "./check-report.ts";
import {
  type Condition,
  isRelaxing,
  type Match,
  matchAnything,
  type Policy,
} from "../policy/policy.ts";
import type { Scope } from "../policy-file/read-expression.ts";
import { Scopes } from "../policy-file/read-scope.ts";

interface PlacedCondition {
  readonly condition: Condition;
  readonly match: Match;
  /** The thing that it stands in, in the words of a message. */
  readonly owner: string;
  readonly path: string;
  /** It counts as true where it cannot be told. */
  readonly countsUnknown: boolean;
}

export function checkConditions(check: Check): void {
  const scopes = scopesOf(check);
  const truths = new Map<string, ReturnType<typeof truthOf>>();
  for (const placed of conditionsOf(check)) {
    const { source, ast } = placed.condition;
    const known = truths.get(source);
    const truth = known === undefined ? truthOf(ast) : known;
    truths.set(source, truth);
    if (truth !== null) reportTruth(check, placed, truth);
    reportCost(check, placed, scopes.of(placed.match));
  }
  for (const [name, condition] of check.policy.variables) {
    const path = pointerTo("variables", name);
    const owner = `variable \`${name}\``;
    const placed = { condition, match: matchAnything, owner, path, countsUnknown: false };
    reportCost(check, placed, scopes.open);
  }
}

function conditionsOf({ policy, rules }: Check): readonly PlacedCondition[] {
  return [
    ...rules.flatMap(({ rule, path, isInvariant }) => {
      if (rule.when === null) return [];
      const owner = `${isInvariant ? "invariant" : "rule"} \`${rule.id}\``;
      const countsUnknown = !isRelaxing(rule.decision);
      return [
        { condition: rule.when, match: rule.match, owner, path: `${path}/when`, countsUnknown },
      ];
    }),
    ...policy.exceptions.flatMap(({ id, match, when }, index) => {
      if (when === null) return [];
      const path = `/exceptions/${index}/when`;
      return [{ condition: when, match, owner: `exception \`${id}\``, path, countsUnknown: false }];
    }),
    ...policy.derive.map(({ when }, index) => ({
      condition: when,
      match: matchAnything,
      owner: "this derivation",
      path: `/derive/${index}/when`,
      countsUnknown: true,
    })),
  ];
}

function reportTruth(
  { report }: Check,
  { owner, path, countsUnknown }: PlacedCondition,
  truth: "always" | "never",
): void {
  if (truth === "always") {
    report({
      severity: "warning",
      code: "condition_always",
      path,
      message: `the condition of ${owner} is false for no action, so it asks nothing`,
      help: "remove `when`, or correct it",
    });
    return;
  }
  const unless = countsUnknown ? ", so only an action for which it cannot be told fits" : "";
  report({
    severity: "warning",
    code: "condition_never",
    path,
    message: `the condition of ${owner} is true for no action${unless}`,
    help: "correct it: parts of it exclude each other",
  });
}

/** The budget of an evaluation ends what runs too long; this is a word before it happens. */
function reportCost(
  { report }: Check,
  { condition, owner, path }: PlacedCondition,
  scopes: readonly Scope[],
): void {
  for (const { roots } of scopes) {
    const { max, unbounded } = costOf(condition.ast, roots);
    if (max !== null && max <= celBudget) continue;
    report({
      severity: max === null ? "note" : "warning",
      code: max === null ? "condition_cost_unbounded" : "condition_cost",
      path,
      message:
        max === null
          ? `the cost of ${owner} grows with \`${unbounded ?? "action"}\`, which nothing bounds`
          : `${owner} may take ${max} units, and an evaluation has ${celBudget}`,
      help:
        max === null
          ? "bound it in the tool's JSON Schema: `maxItems`, `maxLength`, `maxProperties`"
          : "lower the bounds in the tool's JSON Schema, or ask less in one condition",
    });
    return;
  }
}

function costOf(
  ast: Expr,
  roots: ReadonlyMap<string, StaticType>,
): ReturnType<typeof checkCel>["cost"] {
  const known = costs.get(roots) ?? new WeakMap<Expr, ReturnType<typeof checkCel>["cost"]>();
  costs.set(roots, known);
  const cost = known.get(ast) ?? checkCel(ast, roots).cost;
  known.set(ast, cost);
  return cost;
}

/** Large files say the same condition again and again, and loading shares its tree. */
const costs = new WeakMap<
  ReadonlyMap<string, StaticType>,
  WeakMap<Expr, ReturnType<typeof checkCel>["cost"]>
>();

function scopesOf({ policy, registry }: Check): Scopes {
  const { parameters } = policy;
  return new Scopes({ variables: variableTypes(policy), parameters, registry });
}

function variableTypes({ variables, parameters }: Policy): ReadonlyMap<string, StaticType> {
  const types = new Map<string, StaticType>();
  for (const [name, { ast }] of variables) {
    const [open] = new Scopes({ variables: types, parameters, registry: null }).open;
    if (open !== undefined) types.set(name, checkCel(ast, open.roots).type);
  }
  return types;
}
