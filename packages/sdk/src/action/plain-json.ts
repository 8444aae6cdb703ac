// A frozen-in-time copy of a value as plain JSON: what is proposed is what runs, whatever the caller changes later.

import type { Json, JsonObject } from "./action.ts";

const DEPTH_MAX = 64;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Copies `value`; members that are `undefined` are dropped and -0 becomes 0. What JSON would silently change or drop is refused, so that reviewers never see
 * something else than the tool gets.
 *
 * @throws TypeError for a function, bigint, symbol, NaN, class instance, cycle or hole, naming the place.
 */
export function plainJson(value: unknown, path = "params"): Json {
  return copy(value, path, DEPTH_MAX);
}

/** {@link plainJson} for an object at the top. */
export function plainObject<T extends object>(value: T, path = "params"): T & JsonObject {
  const plain = plainJson(value, path);
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) {
    throw new TypeError(`${path} must be a JSON object`);
  }
  // What went in was a plain object of type T, and the copy has its members.
  return plain as T & JsonObject;
}

function copy(value: unknown, path: string, depthLeft: number): Json {
  switch (typeof value) {
    case "string":
      if (LONE_SURROGATE.test(value)) throw new TypeError(`${path} holds half a character`);
      return value;
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON has not`);
      return value === 0 ? 0 : value;
    case "object":
      break;
    default:
      throw new TypeError(`${path} is of type ${typeof value}, which JSON has not`);
  }
  if (value === null) return null;
  if (depthLeft === 0) throw new TypeError(`${path} is nested more than ${DEPTH_MAX} deep`);
  if (Array.isArray(value)) {
    return Array.from(value, (item, index) => copy(item, `${path}[${index}]`, depthLeft - 1));
  }
  return copyMembers(value, path, depthLeft - 1);
}

function copyMembers(value: object, path: string, depthLeft: number): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new TypeError(`${path} is a ${value.constructor.name}; write it as plain JSON`);
  }
  const members: [string, Json][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) members.push([key, copy(item, `${path}.${key}`, depthLeft)]);
  }
  // Through entries, because assigning a member called __proto__ would set the prototype.
  return Object.fromEntries(members);
}
