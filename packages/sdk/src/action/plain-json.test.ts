// What the copy of parameters keeps, drops and refuses.

import { expect, test } from "vitest";
import { plainJson, plainObject } from "./plain-json.ts";

test("copies deeply, so that a later change of the original is not seen", () => {
  const original = { list: [{ id: 1 }], name: "x" };
  const copy = plainObject(original);

  original.list[0] = { id: 2 };

  expect(copy).toEqual({ list: [{ id: 1 }], name: "x" });
});

test("drops members that are undefined and makes -0 a 0", () => {
  expect(plainJson({ a: undefined, b: -0 })).toEqual({ b: 0 });
});

test("keeps a member called __proto__ as a member", () => {
  const copy = plainJson(JSON.parse('{"__proto__":{"admin":true}}'));

  expect(JSON.stringify(copy)).toBe('{"__proto__":{"admin":true}}');
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
});

test("takes objects of another realm and without a prototype", () => {
  expect(plainJson(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 });
});

test.for([
  [{ at: new Date(0) }, "params.at is a Date"],
  [{ ids: new Set([1]) }, "params.ids is a Set"],
  [{ n: 1n }, "params.n is of type bigint"],
  [{ f: () => 1 }, "params.f is of type function"],
  [{ x: [1, Number.POSITIVE_INFINITY] }, "params.x[1] is Infinity"],
  [{ x: [undefined] }, "params.x[0] is of type undefined"],
  [{ x: "\ud800" }, "params.x holds half a character"],
] as const)("refuses what JSON would change: %o", ([value, message]) => {
  expect(() => plainJson(value)).toThrow(message);
});

test("refuses anything but an object at the top", () => {
  expect(() => plainObject([1])).toThrow("params must be a JSON object");
});

test("refuses a cycle", () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);

  expect(() => plainJson(cycle)).toThrow("nested more than 64 deep");
});
