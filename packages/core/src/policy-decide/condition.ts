// Compiles the expressions of a policy, each text once, and notes what each of them reads.

import type { Expr } from "../cel/ast.ts";
import { compileCel } from "../cel/program.ts";
import { conditionRoots } from "../policy/condition-type.ts";
import type { Condition } from "../policy/policy.ts";

export type CelProgram = Extract<ReturnType<typeof compileCel>, { ok: true }>["program"];

/** Bits of `CompiledCondition.reads`. */
export const rootBit = { action: 1, facts: 2, now: 4, variables: 8, parameters: 16 } as const;

export interface CompiledCondition {
  readonly source: string;
  readonly ast: Expr;
  /** Null when it does not compile; asking it is an error then, and nothing gets looser by it. */
  readonly program: CelProgram | null;
  /** Why it does not compile. */
  readonly fault: string | null;
  /** Roots that it names, as bits. */
  readonly reads: number;
  /** Numbers of the variables that it names. */
  readonly variables: readonly number[];
}

/** Ten thousand rules hold few distinct conditions, so each text is compiled once. */
export class ConditionPool {
  readonly #known = new Map<string, CompiledCondition>();
  /** Numbers of the variables so far: a variable sees those before it. */
  readonly #variables = new Map<string, number>();

  /** Makes the name of a variable known to the conditions that are compiled from now on. */
  declare(variable: string): void {
    this.#variables.set(variable, this.#variables.size);
    this.#known.clear();
  }

  get(condition: Condition): CompiledCondition {
    const known = this.#known.get(condition.source);
    if (known !== undefined) return known;
    const compiled = this.#compile(condition);
    this.#known.set(condition.source, compiled);
    return compiled;
  }

  #compile({ source, ast }: Condition): CompiledCondition {
    const result = compileCel(ast, conditionRoots);
    const { reads, names } = readsOf(ast);
    const variables =
      names === "all"
        ? [...this.#variables.values()]
        : [...names].map((name) => this.#variables.get(name)).filter((one) => one !== undefined);
    return {
      source,
      ast,
      program: result.ok ? result.program : null,
      fault: result.ok ? null : (result.faults[0]?.message ?? "the expression does not compile"),
      reads,
      variables,
    };
  }
}

/** Roots that an expression names, and the variables among them; `all` when it does not say which. */
function readsOf(ast: Expr): { reads: number; names: ReadonlySet<string> | "all" } {
  const names = new Set<string>();
  let reads = 0;
  let isOpen = false;
  const look = (expr: Expr, bound: readonly string[]): void => {
    if (expr.kind === "ident" && !bound.includes(expr.name)) {
      if (Object.hasOwn(rootBit, expr.name)) reads |= rootBit[expr.name as keyof typeof rootBit];
      if (expr.name === "variables") isOpen = true;
      return;
    }
    if (isVariable(expr, bound)) {
      reads |= rootBit.variables;
      names.add(expr.field);
      return;
    }
    for (const { part, binds } of partsOf(expr)) {
      look(part, binds === null ? bound : [...bound, binds]);
    }
  };
  look(ast, []);
  return { reads, names: isOpen ? "all" : names };
}

function isVariable(expr: Expr, bound: readonly string[]): expr is Expr & { kind: "select" } {
  return (
    expr.kind === "select" &&
    expr.operand.kind === "ident" &&
    expr.operand.name === "variables" &&
    !bound.includes("variables")
  );
}

interface Part {
  readonly part: Expr;
  /** Name that means something of its own inside the part. */
  readonly binds: string | null;
}

/** The expressions that one is made of. */
export function partsOf(expr: Expr): readonly Part[] {
  const plain = (part: Expr): Part => ({ part, binds: null });
  switch (expr.kind) {
    case "constant":
    case "ident":
      return [];
    case "select":
      return [plain(expr.operand)];
    case "index":
      return [plain(expr.operand), plain(expr.index)];
    case "call":
      return [...(expr.target === null ? [] : [expr.target]), ...expr.args].map(plain);
    case "list":
      return expr.items.map(plain);
    case "map":
      return expr.entries.flatMap(({ key, value }) => [plain(key), plain(value)]);
    case "macro": {
      const inner = [expr.body, ...(expr.transform === null ? [] : [expr.transform])];
      return [plain(expr.range), ...inner.map((part) => ({ part, binds: expr.variable }))];
    }
  }
}
