// The static types of what conditions may name: action, facts, now, variables and parameters.

import type { JsonObject } from "../base/json/value.ts";
import { typeOfJsonSchema, typeOfValue } from "../cel/json-schema.ts";
import {
  boolType,
  doubleType,
  durationType,
  freeDynType,
  freeTextType,
  listOf,
  mapOf,
  objectOf,
  type ObjectType,
  type StaticField,
  type StaticType,
  stringType,
  timestampType,
  unionOf,
} from "../cel/type.ts";
import { riskTagsMax, topicLengthMax } from "../base/limits.ts";
import type { Parameters } from "./policy.ts";

export interface ConditionScope {
  /** Types of the file's variables that the expression may read. */
  readonly variables: ReadonlyMap<string, StaticType>;
  readonly parameters: Parameters;
  /** JSON Schema of `action.params`; null leaves them dynamic. */
  readonly paramsSchema: Readonly<JsonObject> | null;
}

/** Names of the roots, in the order in which programs take them. */
export const conditionRoots = ["action", "facts", "now", "variables", "parameters"] as const;

/** What an expression of a policy file may name, with its types. */
export function conditionTypes(scope: ConditionScope): ReadonlyMap<string, StaticType> {
  return new Map<string, StaticType>([
    ["action", actionType(scope.paramsSchema)],
    ["facts", factsType],
    ["now", timestampType],
    ["variables", variablesType(scope.variables)],
    ["parameters", parametersType(scope.parameters)],
  ]);
}

const name: StaticType = { ...stringType, lengthMax: topicLengthMax };

function actionType(paramsSchema: Readonly<JsonObject> | null): ObjectType {
  return objectOf({
    topic: name,
    "tool?": objectOf({ "server?": name, name }),
    params: paramsSchema === null ? mapOf(freeDynType) : typeOfJsonSchema(paramsSchema),
    target: objectOf({ "environment?": name, "resource?": freeTextType }),
    risk_tags: listOf(name, riskTagsMax),
    "reversible?": boolType,
    "cost?": objectOf({ amount: doubleType, currency: name }),
    "effect?": objectOf({ "rows?": doubleType, "recipients?": doubleType, "diff?": freeTextType }),
    agent: objectOf({ id: name, "run?": name, "thread?": name, "on_behalf_of?": name }),
    tenant: name,
    labels: objectOf({}, freeTextType),
  });
}

const factsType: ObjectType = objectOf({
  "first_time?": objectOf({ agent: boolType, topic: boolType, target: boolType }),
  "count?": objectOf({ hour: doubleType, day: doubleType }),
  "usual?": objectOf({}, objectOf({ count: doubleType, low: doubleType, high: doubleType })),
  "last_outcome?": name,
  "since_rejection?": durationType,
  "unusual?": boolType,
});

function variablesType(variables: ReadonlyMap<string, StaticType>): ObjectType {
  const fields = new Map<string, StaticField>();
  for (const [variable, type] of variables) fields.set(variable, { type, isOptional: false });
  return { kind: "object", fields, rest: null };
}

/** A parameter that only some environments have may be absent. */
function parametersType(parameters: Parameters): ObjectType {
  const types = new Map<string, StaticType[]>();
  const sources = [parameters.values, ...parameters.environments.values()];
  for (const source of sources) {
    for (const [parameter, value] of Object.entries(source)) {
      const known = types.get(parameter);
      if (known === undefined) types.set(parameter, [typeOfValue(value)]);
      else known.push(typeOfValue(value));
    }
  }
  const fields = new Map<string, StaticField>();
  for (const [parameter, found] of types) {
    const isOptional = !Object.hasOwn(parameters.values, parameter);
    fields.set(parameter, { type: unionOf(found), isOptional });
  }
  return { kind: "object", fields, rest: null };
}
