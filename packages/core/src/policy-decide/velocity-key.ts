// Counts of proposals that have something in common: by what key, and when there are too many.

import { sha256Hex } from "#sha256";
import { velocityBudget } from "../base/limits.ts";
import { Meter } from "../cel/meter.ts";
import { compileCel } from "../cel/program.ts";
import type { CelResult } from "../cel/value.ts";
import { type Clause, no, unknown, yes } from "./clause.ts";
import type { CelProgram } from "./condition.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import type { Rule, Velocity } from "../policy/policy.ts";
import { writeDuration } from "../policy-file/read-duration.ts";
import { actionValue, withinBudget } from "./scope.ts";

export interface CompiledVelocity {
  readonly over: number;
  readonly inMs: number;
  readonly keyOf: (input: EvaluationInput) => string;
  readonly clause: Clause;
}

export function compileVelocity(rule: Rule): CompiledVelocity | null {
  const { velocity } = rule;
  if (velocity === null) return null;
  const { over, inMs } = velocity;
  const sources = velocity.per.map(({ source }) => source);
  const valuesOf = perValues(velocity);
  // SPEC: 128 bits of SHA-256: an agent that chooses values finds no two with one key.
  const keyOf = (input: EvaluationInput): string => {
    const text = JSON.stringify([rule.id, over, inMs, sources, valuesOf(input)]);
    return sha256Hex(`holdpoint/velocity/v1\0${text}`).slice(0, 32);
  };
  return { over, inMs, keyOf, clause: velocityClause(over, inMs, keyOf) };
}

function velocityClause(over: number, inMs: number, keyOf: CompiledVelocity["keyOf"]): Clause {
  const countOf = ({ facts }: EvaluationInput, key: string): number | null =>
    Object.hasOwn(facts.velocity, key) ? (facts.velocity[key] ?? null) : null;
  return {
    name: "velocity",
    ask: (input) => {
      const count = countOf(input, keyOf(input));
      return count === null ? unknown : count > over ? yes : no;
    },
    because: (input) => {
      const count = countOf(input, keyOf(input));
      const wanted = `more than ${over} in ${writeDuration(inMs)}`;
      if (count === null) return `nothing was counted, ${wanted} is meant`;
      return `${count} in ${writeDuration(inMs)}, ${wanted} is meant`;
    },
  };
}

type PerText = string | null;

/** What an action has in common with others; what has no plain value is null, and counts together. */
function perValues({ per }: Velocity): (input: EvaluationInput) => readonly PerText[] {
  if (per.length === 0) return () => [];
  const meter = new Meter(velocityBudget);
  const programs = per.map(({ ast }) => {
    const result = compileCel(ast, ["action"]);
    return result.ok ? result.program : null;
  });
  return (input) => {
    meter.reset(velocityBudget);
    const scope = [actionValue(input)];
    return programs.map((program) => perText(program, scope, meter));
  };
}

function perText(program: CelProgram | null, scope: readonly CelResult[], meter: Meter): PerText {
  const value = program === null ? null : withinBudget(() => program.run(scope, meter));
  switch (typeof value) {
    case "string":
      return value.length <= PER_LENGTH_MAX ? `s${value}` : null;
    case "number":
    case "bigint":
      // One and the same number, whichever of its kinds it has.
      return Number.isNaN(Number(value)) ? null : `n${String(value)}`;
    case "boolean":
      return `b${String(value)}`;
    default:
      return null;
  }
}

/** A longer text counts with what has no value, so that it costs nothing to hash. */
const PER_LENGTH_MAX = 1_024;
