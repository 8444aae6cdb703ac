// Compiles the text of a policy file for tests, and decides about an action by it.

import { type CompiledPolicy, compilePolicy } from "./compile.ts";
import type { Decision, EvaluationInput, Trace } from "../policy/decision.ts";
import { plainInput } from "../policy/decision.sample.ts";
import { evaluate } from "./evaluate.ts";
import { loadPolicy } from "../policy-file/load.ts";
import { explain } from "./trace.ts";

export function compiledFrom(source: string): CompiledPolicy {
  const result = loadPolicy(`version: v1\n${source}`);
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return compilePolicy(result.policy);
}

export function decided(source: string, input: Partial<EvaluationInput> = {}): Decision {
  return evaluate(compiledFrom(source), { ...plainInput, ...input });
}

export function traced(source: string, input: Partial<EvaluationInput> = {}): Trace {
  const compiled = compiledFrom(source);
  const action = { ...plainInput, ...input };
  return explain(compiled, action, evaluate(compiled, action));
}
