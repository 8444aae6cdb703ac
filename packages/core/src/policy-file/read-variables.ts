// Reads the named expressions of a file, in an order in which each follows what it reads.

import { parseCel } from "../cel/parse.ts";
import { referencesOf } from "../cel/references.ts";
import { dynType, type StaticType } from "../cel/type.ts";
import { conditionTypes } from "../policy/condition-type.ts";
import type { Condition, Parameters } from "../policy/policy.ts";
import { readExpression, typeOfExpression } from "./read-expression.ts";
import { isIdentifier, membersOf } from "./read-names.ts";
import { type Place, type Reading, wrongType } from "./reading.ts";

export interface ReadVariables {
  readonly variables: ReadonlyMap<string, Condition>;
  readonly types: ReadonlyMap<string, StaticType>;
}

export const noVariables: ReadVariables = { variables: new Map(), types: new Map() };

export function readVariables(
  reading: Reading,
  place: Place,
  parameters: Parameters,
): ReadVariables {
  if (place.node.kind !== "map") {
    wrongType(reading, place, "`variables`", "a map");
    return noVariables;
  }
  const places = new Map(
    membersOf(place).filter(([name, at]) => isIdentifier(reading, at, name, "`variables`")),
  );
  const variables = new Map<string, Condition>();
  const types = new Map<string, StaticType>();
  for (const name of orderOf(reading, places)) {
    const at = places.get(name) ?? place;
    const roots = conditionTypes({ variables: new Map(types), parameters, paramsSchema: null });
    const scopes = [{ roots, about: null }];
    const variable = readExpression(reading, at, `variable \`${name}\``, {
      scopes,
      absent: "either",
    });
    if (variable !== null) variables.set(name, variable);
    // One that is wrong is told once, and not again wherever it is read.
    types.set(name, variable === null ? dynType : typeOfExpression(reading, variable, roots));
  }
  return { variables, types };
}

/** INVARIANT: a variable never reads itself, so working one out ends. */
function orderOf(reading: Reading, places: ReadonlyMap<string, Place>): readonly string[] {
  const read = new Map([...places].map(([name, place]) => [name, variablesIn(place, places)]));
  const order: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name);
    if (start >= 0) {
      refuseCircle(reading, places, [...path.slice(start), name]);
      return;
    }
    if (done.has(name)) return;
    for (const other of read.get(name) ?? []) visit(other, [...path, name]);
    if (done.has(name)) return;
    done.add(name);
    order.push(name);
  };
  for (const name of [...places.keys()].sort()) visit(name, []);
  return order;
}

function refuseCircle(
  reading: Reading,
  places: ReadonlyMap<string, Place>,
  circle: readonly string[],
): void {
  const place = places.get(circle[0] ?? "");
  if (place === undefined) return;
  const message = `variables read each other in a circle: ${circle.join(" → ")}`;
  reading.error(place, "variable_circle", message, "take one of them out of the circle");
}

/** Names of the variables that an expression reads, sorted; all of them when it reads `variables`. */
function variablesIn({ node }: Place, places: ReadonlyMap<string, Place>): readonly string[] {
  if (node.kind !== "scalar" || typeof node.value !== "string") return [];
  const parsed = parseCel(node.value);
  if (!parsed.ok) return [];
  const names = new Set<string>();
  for (const path of referencesOf(parsed.ast)) {
    const [root, name] = path.split(".");
    if (root !== "variables") continue;
    if (name === undefined) for (const one of places.keys()) names.add(one);
    else if (places.has(name)) names.add(name);
  }
  return [...names].sort();
}
