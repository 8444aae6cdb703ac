// Says of a condition without running it: whether it can be true and false, and where it changes.

import type { CallExpr, Expr } from "./ast.ts";
import { boundariesIn, type Boundary } from "./analyse-boundary.ts";
import { foldConstant, isFault } from "./analyse-fold.ts";
import { type Atom, atomOf, type Sample, samplesOf, type Truth } from "./analyse-sample.ts";

/** Combinations of values that are tried; past it nothing is claimed. */
const COMBINATIONS_MAX = 20_000;
/** Questions of one condition that are looked at together. */
const ATOMS_MAX = 64;

/**
 * "always" when no action makes the condition false, "never" when none makes it true; errors are
 * neither. Null when both can be, or when it cannot be told.
 */
export function truthOf(ast: Expr): "always" | "never" | null {
  const formula = new Formula();
  const root = formula.read(ast);
  const seen = formula.outcomes(root);
  if (seen === null) return null;
  if (!seen.has(true)) return "never";
  return seen.has(false) ? null : "always";
}

/**
 * Values at which an answer changes, by path: each threshold with its neighbours, compared strings,
 * members of lists, `undefined` for a missing field, and a value of another type.
 */
export function boundariesOf(ast: Expr): readonly Boundary[] {
  return boundariesIn(ast);
}

type Ask = (samples: ReadonlyMap<string, Sample>) => Truth;

/** A condition as a function of the samples of what it asks about. */
class Formula {
  readonly #atoms = new Map<string, Atom[]>();
  #atomCount = 0;

  read(expr: Expr): Ask {
    const value = foldConstant(expr);
    if (value !== undefined) {
      const truth = typeof value === "boolean" && !isFault(value) ? value : null;
      return () => truth;
    }
    const isLogic = expr.kind === "call" && expr.target === null;
    return (isLogic ? this.#logic(expr) : null) ?? this.#atom(expr);
  }

  #logic(expr: CallExpr): Ask | null {
    const [first, second, third] = expr.args;
    if (first === undefined) return null;
    if (expr.name === "!") {
      const inner = this.read(first);
      return (samples) => negated(inner(samples));
    }
    if (second === undefined) return null;
    if (expr.name === "&&" || expr.name === "||") {
      const [left, right] = [this.read(first), this.read(second)];
      const settled = expr.name === "||";
      return (samples) => joined(left(samples), right(samples), settled);
    }
    if (expr.name !== "?:" || third === undefined) return null;
    const [condition, yes, no] = [this.read(first), this.read(second), this.read(third)];
    return (samples) => {
      const chosen = condition(samples);
      return chosen === null ? null : chosen ? yes(samples) : no(samples);
    };
  }

  #atom(expr: Expr): Ask {
    const atom = atomOf(expr);
    this.#atomCount += 1;
    const known = this.#atoms.get(atom.key);
    if (known === undefined) this.#atoms.set(atom.key, [atom]);
    else known.push(atom);
    return (samples) => {
      const sample = samples.get(atom.key);
      return sample === undefined ? null : atom.ask(sample);
    };
  }

  /** What the formula comes to over all combinations; null when they are too many. */
  outcomes(ask: Ask): ReadonlySet<Truth> | null {
    if (this.#atomCount > ATOMS_MAX) return null;
    const choices = [...this.#atoms].map(([key, atoms]) => [key, samplesOf(atoms)] as const);
    const combinations = choices.reduce((product, [, samples]) => product * samples.length, 1);
    if (combinations > COMBINATIONS_MAX) return null;
    const seen = new Set<Truth>();
    const samples = new Map<string, Sample>();
    for (let number = 0; number < combinations; number += 1) {
      let rest = number;
      for (const [key, options] of choices) {
        const sample = options[rest % options.length];
        if (sample !== undefined) samples.set(key, sample);
        rest = Math.floor(rest / options.length);
      }
      seen.add(ask(samples));
      if (seen.has(true) && seen.has(false)) break;
    }
    return seen;
  }
}

function negated(truth: Truth): Truth {
  return truth === null ? null : !truth;
}

/** SPEC: the side that settles the whole does so whatever the other side is. */
function joined(left: Truth, right: Truth, settled: boolean): Truth {
  if (left === settled || right === settled) return settled;
  return left === null || right === null ? null : !settled;
}
