// Writes what a decision was made from the way proposals and tests are written, secrets hidden.

import { maskObject, maskOrNull } from "../action/mask.ts";
import { isoOf } from "../base/clock.ts";
import type { Json, JsonObject } from "../base/json/value.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { shownValue } from "../policy/recorded-input.ts";

/** The action alone, without what is absent: it can be pasted into a test. */
export function actionJson(input: EvaluationInput): JsonObject {
  const { effect } = input;
  const resource = input.resource === null ? null : maskedText(input.resource);
  const target = without({ environment: input.environment, resource });
  const agent = without({
    id: input.agent,
    run: input.run,
    thread: input.thread,
    on_behalf_of: input.onBehalfOf,
  });
  return without({
    topic: input.topic,
    tool: input.tool && without({ server: input.tool.server, name: input.tool.name }),
    params: filled(maskObject(shownObject(input.params))),
    target: filled(target),
    risk_tags: input.riskTags.length === 0 ? null : [...input.riskTags],
    reversible: input.reversible,
    cost: input.cost && { amount: input.cost.amount, currency: input.cost.currency },
    effect:
      effect &&
      without({
        rows: effect.rows,
        recipients: effect.recipients,
        diff: effect.diff === null ? null : maskedText(effect.diff),
      }),
    agent,
    tenant: input.tenant === "default" ? null : input.tenant,
    labels: filled(maskObject(shownObject(input.labels))),
  });
}

/** Facts as tests write them; counts of velocity go by the names that they have in `input`. */
export function factsJson(input: EvaluationInput): JsonObject {
  const { history, velocity } = input.facts;
  const usual = history === null ? {} : history.ranges;
  return without({
    first_time: history && { ...history.firstTime },
    count: history && { ...history.count },
    usual: filled(
      Object.fromEntries(Object.entries(usual).map(([path, range]) => [path, { ...range }])),
    ),
    last_outcome: history && history.lastOutcome,
    since_rejection:
      history === null || history.sinceRejectionMs === null
        ? null
        : `${history.sinceRejectionMs}ms`,
    velocity: filled({ ...velocity }),
  });
}

export function nowText(input: EvaluationInput): string {
  return isoOf(input.now);
}

function shownObject(object: Readonly<JsonObject>): JsonObject {
  return shownValue(object) as JsonObject;
}

function maskedText(text: string): Json {
  const shown = shownValue(text);
  return typeof shown === "string" ? (maskOrNull(shown) ?? null) : shown;
}

function filled(object: JsonObject): JsonObject | null {
  return Object.keys(object).length === 0 ? null : object;
}

function without(members: Readonly<Record<string, Json>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}
