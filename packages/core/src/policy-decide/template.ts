// Reasons with expressions in them, filled in from the action as reviewers may see it.

import { maskObject, maskOrNull, maskString } from "../action/mask.ts";
import { templateBudget, templateTextMax } from "../base/limits.ts";
import type { CompiledCondition, ConditionPool } from "./condition.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import type { Template } from "../policy/policy.ts";
import { Scope, type Surroundings, withinBudget } from "./scope.ts";
import { cutText, plainText } from "./value-text.ts";

export type CompiledTemplate = readonly (string | CompiledCondition)[];

export function compileTemplate({ parts }: Template, pool: ConditionPool): CompiledTemplate {
  return parts.map((part) => (typeof part === "string" ? part : pool.get(part)));
}

/** SECURITY: variables are worked out anew, over hidden values, so that none carries a secret over. */
export function fillTemplate(
  template: CompiledTemplate,
  surroundings: Surroundings,
  input: EvaluationInput,
): string {
  const scope = new Scope(surroundings);
  let masked = maskedInputs.get(input);
  if (masked === undefined) {
    masked = maskedInput(input);
    maskedInputs.set(input, masked);
  }
  scope.begin(masked, templateBudget);
  let text = "";
  for (const part of template) {
    if (typeof part === "string") text += part;
    else {
      const value = withinBudget(() => scope.run(part));
      text += (value === null ? null : plainText(value)) ?? missing;
    }
  }
  return cutText(maskString(text), templateTextMax);
}

function maskedInput(input: EvaluationInput): EvaluationInput {
  const { effect } = input;
  return {
    ...input,
    params: maskObject(input.params),
    labels: maskObject(input.labels) as Record<string, string>,
    resource: maskOrNull(input.resource),
    effect: effect && { ...effect, diff: maskOrNull(effect.diff) },
  };
}

/** One decision may fill in many reasons. */
const maskedInputs = new WeakMap<EvaluationInput, EvaluationInput>();
const missing = "?";
