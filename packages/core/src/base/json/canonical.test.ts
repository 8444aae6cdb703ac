// Tests the canonical writer against RFC 8785, another implementation and values that are not JSON.

import { readdirSync, readFileSync } from "node:fs";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical.ts";
import { readJson } from "./read.ts";
import type { Json } from "./value.ts";

const vectors = new URL("../../../../../spec/vectors/jcs/", import.meta.url);
const bounds = { bytesMax: 10_000, depthMax: 64, nodesMax: 1000 };

function text(path: string): string {
  return readFileSync(new URL(path, vectors), "utf8");
}

function doubleOf(hex: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
}

describe("the public vectors", () => {
  const names = readdirSync(new URL("input/", vectors));

  it("are six", () => expect(names).toHaveLength(6));

  it.each(names)("give the canonical text of %s", (name) => {
    const canonical = text(`output/${name}`);
    expect(canonicalJson(JSON.parse(text(`input/${name}`)) as Json)).toBe(canonical);
    const read = readJson(text(`input/${name}`), bounds);
    if (name === "values.json") {
      expect(read).toMatchObject({ ok: false, fault: { code: "json_inexact_number" } });
    } else expect(read.ok && canonicalJson(read.value)).toBe(canonical);
    const again = readJson(canonical, bounds);
    expect(again.ok && canonicalJson(again.value)).toBe(canonical);
  });
});

describe("the numbers of RFC 8785, Appendix B", () => {
  const numbers = JSON.parse(text("numbers.json")) as { ieee754: string; text: string | null }[];

  it.each(numbers)("are written from the bits $ieee754 as $text", (number) => {
    const value = doubleOf(number.ieee754);
    if (number.text === null) expect(() => canonicalJson(value)).toThrow(TypeError);
    else {
      expect(canonicalJson(value)).toBe(number.text);
      expect(readJson(number.text, bounds)).toEqual({ ok: true, value: value + 0 });
    }
  });
});

describe("the writer", () => {
  it("writes what another implementation writes", () => {
    const value = fc.jsonValue({ maxDepth: 6, stringUnit: "binary" });
    fc.assert(
      fc.property(value, (json) => {
        expect(canonicalJson(json as Json)).toBe(canonicalize(json));
      }),
      { numRuns: 500 },
    );
  });

  it("writes each code unit as another implementation does", () => {
    for (let unit = 0; unit < 0x10000; unit++) {
      if (unit >= 0xd800 && unit < 0xe000) continue;
      const character = String.fromCharCode(unit);
      const written = canonicalJson(character);
      if (written !== canonicalize(character)) expect(written).toBe(canonicalize(character));
    }
  });

  it("writes an object without a prototype like any other", () => {
    const bare = Object.assign(Object.create(null) as { [key: string]: Json }, { b: 1, a: 2 });
    expect(canonicalJson(bare)).toBe('{"a":2,"b":1}');
  });

  it("writes what a document of 64 levels is wrapped in, and refuses deeper nesting", () => {
    const nested = (depth: number): Json => (depth === 0 ? [] : [nested(depth - 1)]);
    expect(canonicalJson(nested(71))).toHaveLength(144);
    expect(() => canonicalJson(nested(72))).toThrow(TypeError);
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  class Money {
    amount = 1;
  }
  class List extends Array<number> {}
  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["an undefined member", { a: undefined }],
    ["an undefined item", [undefined]],
    ["a function", { a: () => 1 }],
    ["a toJSON method", { toJSON: () => "other" }],
    ["a symbol", Symbol("a")],
    ["a bigint", 1n],
    ["NaN", [Number.NaN]],
    ["infinity", -Infinity],
    ["a sparse array", Object.assign([], { length: 1 })],
    ["an array with a named property", Object.assign([1], { extra: 1 })],
    ["a derived array", List.from([1])],
    ["a Date", new Date(0)],
    ["a Map", new Map([["a", 1]])],
    ["a Set", { a: new Set([1]) }],
    ["a typed array", new Uint8Array(1)],
    ["a boxed string", Object("a")],
    ["an instance of a class", new Money()],
    ["an object made from another", Object.create({ a: 1 })],
    ["a member under a symbol", { [Symbol("a")]: 1 }],
    ["a hidden member", Object.defineProperty({}, "a", { value: 1, enumerable: false })],
    ["a high surrogate alone", "a\ud800"],
    ["a low surrogate alone", "\udc00a"],
    ["surrogates in the wrong order", "\udc00\ud800"],
    ["a lone surrogate in a key", { "\ud800": 1 }],
    ["an array in itself", cycle],
  ])("refuses %s", (_name, value) => {
    expect(() => canonicalJson(value as Json)).toThrow(TypeError);
  });
});
