// Tests the strict JSON reader against the public suite, our own vectors and generated values.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical.ts";
import { readJson } from "./read.ts";
import type { JsonBounds } from "./read.ts";
import type { Json } from "./value.ts";

const vectors = new URL("../../../../../spec/vectors/json/", import.meta.url);
const suite = new URL("test_parsing/", vectors);
const wide: JsonBounds = { bytesMax: 1_000_000, depthMax: 64, nodesMax: 50_000 };
const narrow: JsonBounds = { bytesMax: 4096, depthMax: 8, nodesMax: 64 };

interface RefusedCase {
  name: string;
  text: string;
  code: string;
  path: string;
}

interface AcceptedCase {
  name: string;
  text: string;
  canonical: string;
}

function cases<T>(file: string): T[] {
  return JSON.parse(readFileSync(new URL(file, vectors), "utf8")) as T[];
}

function codeOf(input: string | Uint8Array, bounds: JsonBounds = wide): string {
  const read = readJson(input, bounds);
  return read.ok ? "accepted" : read.fault.code;
}

function faultOf(input: string | Uint8Array, bounds: JsonBounds = wide): object | undefined {
  const read = readJson(input, bounds);
  return read.ok ? undefined : read.fault;
}

function valueOf(input: string | Uint8Array): Json | undefined {
  const read = readJson(input, wide);
  return read.ok ? read.value : undefined;
}

const files = readdirSync(suite)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({
    name,
    bytes: new Uint8Array(readFileSync(new URL(encodeURIComponent(name), suite))),
  }));

describe("the JSON test suite", () => {
  it("is there whole", () => {
    expect(files.filter((file) => file.name.startsWith("y_"))).toHaveLength(95);
    expect(files.filter((file) => file.name.startsWith("n_"))).toHaveLength(188);
    expect(files.filter((file) => file.name.startsWith("i_"))).toHaveLength(35);
  });

  it.each(files.filter((file) => file.name.startsWith("y_")))("decides on $name", (file) => {
    const repeats = file.name.startsWith("y_object_duplicated_key");
    expect(codeOf(file.bytes)).toBe(repeats ? "json_duplicate_key" : "accepted");
    if (repeats) return;
    const theirs = JSON.parse(new TextDecoder().decode(file.bytes)) as Json;
    expect(canonicalJson(valueOf(file.bytes) as Json)).toBe(canonicalJson(theirs));
  });

  it.each(files.filter((file) => file.name.startsWith("n_")))("refuses $name", (file) => {
    expect(codeOf(file.bytes)).not.toBe("accepted");
  });

  it("decides on what the standard leaves open as this table says", () => {
    const open = files.filter((file) => file.name.startsWith("i_"));
    const table = Object.fromEntries(open.map((file) => [file.name, codeOf(file.bytes)]));
    expect(table).toEqual(JSON.parse(readFileSync(new URL("open.json", vectors), "utf8")));
  });
});

describe("our own vectors", () => {
  it.each(cases<RefusedCase>("refused.json"))("refuse $name", ({ text, code, path }) => {
    expect(faultOf(text, narrow)).toMatchObject({ code, path });
    expect(faultOf(new TextEncoder().encode(text), narrow)).toMatchObject({ code, path });
  });

  it.each(cases<AcceptedCase>("accepted.json"))("accept $name", ({ text, canonical }) => {
    const read = readJson(text, narrow);
    expect(read.ok && canonicalJson(read.value)).toBe(canonical);
  });
});

describe("the reader", () => {
  it("keeps __proto__ as data and leaves the prototype alone", () => {
    const value = valueOf('{"__proto__":{"admin":true},"toString":1}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value as object)).toEqual(["__proto__", "toString"]);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  it("reads minus zero as zero, because both have one canonical text", () => {
    expect(Object.is(valueOf("-0"), 0)).toBe(true);
    expect(Object.is(valueOf("-0.00"), 0)).toBe(true);
    expect(Object.is(valueOf("-0e1"), 0)).toBe(true);
  });

  it.each([
    ["a raw high surrogate at the end", '"\ud800"'],
    ["a raw low surrogate", '"\udc00"'],
    ["a raw high surrogate before an escaped low one", '"\ud800\\udc00"'],
    ["an escaped high surrogate before a raw low one", '"\\ud800\udc00"'],
    ["a raw surrogate after an escape", '"\\n\udc00"'],
  ])("refuses %s", (_name, text) => {
    expect(codeOf(text)).toBe("json_lone_surrogate");
  });

  it("counts offsets in bytes for bytes and in code units for text", () => {
    const text = '["€😂",\n!]';
    expect(faultOf(text)).toMatchObject({ path: "/1", offset: 8 });
    expect(faultOf(new TextEncoder().encode(text))).toMatchObject({ path: "/1", offset: 12 });
  });

  it("finds the first malformed byte behind a real replacement character", () => {
    const bytes = new Uint8Array([0x22, 0xef, 0xbf, 0xbd, 0x41, 0xff, 0x22]);
    expect(faultOf(bytes)).toMatchObject({ code: "json_invalid", path: "", offset: 5 });
  });

  it("counts bytes, not characters, against the bound", () => {
    const bounds = { ...wide, bytesMax: 5 };
    expect(codeOf('"€"', bounds)).toBe("accepted");
    expect(codeOf('"€€"', bounds)).toBe("json_too_large");
    expect(codeOf('"a€"', bounds)).toBe("json_too_large");
    expect(codeOf('"abc"', bounds)).toBe("accepted");
    expect(codeOf(new TextEncoder().encode('"a€"'), bounds)).toBe("json_too_large");
  });

  it("accepts a value of the largest depth and count, and nothing past them", () => {
    const bounds = { ...wide, depthMax: 0, nodesMax: 1 };
    expect(codeOf("1", bounds)).toBe("accepted");
    expect(codeOf("[]", bounds)).toBe("json_too_deep");
    expect(codeOf("[1]", { ...wide, depthMax: 1, nodesMax: 1 })).toBe("json_too_many_nodes");
  });

  it("takes no longer for digits and zeros without end than their length allows", () => {
    const zeros = "0".repeat(400_000);
    expect(codeOf(`1${zeros}1`)).toBe("json_inexact_number");
    expect(codeOf(`0.${zeros}1e400001`)).toBe("accepted");
    expect(codeOf(`1.${zeros}`)).toBe("accepted");
  });

  it("reads back what the writer wrote, which then writes the same text", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: "binary" }), (value) => {
        const text = canonicalJson(value as Json);
        const read = readJson(text, wide);
        expect(read).toEqual({ ok: true, value: withoutMinusZero(value as Json) });
        expect(read.ok && canonicalJson(read.value)).toBe(text);
        expect(readJson(new TextEncoder().encode(text), wide)).toEqual(read);
      }),
    );
  });

  it("reads every finite double from its shortest text as itself", () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(double, (value) => {
        expect(valueOf(String(value))).toBe(value + 0);
      }),
    );
  });

  it("agrees with a comparison of whole decimals on every literal", () => {
    const digits = (maxLength: number): fc.Arbitrary<string> =>
      fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength });
    const literal = fc
      .tuple(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        digits(20),
        fc.integer({ min: -30, max: 30 }),
      )
      .map(([whole, fraction, power]) => ({ text: `${whole}.${fraction}e${power}`, power }));
    fc.assert(
      fc.property(literal, ({ text }) => {
        const printed = String(Number(text));
        const expected = scaled(text) === scaled(printed) ? "accepted" : "json_inexact_number";
        expect(codeOf(text)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it("accepts nothing that the platform's parser refuses, and means the same by it", () => {
    const pieces = '{ } [ ] , : "a" " 1 - 0 .5 e3 true null \\n é'.split(" ");
    const piece = fc.constantFrom(" ", ...pieces);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (chosen) => {
        const text = chosen.join("");
        const read = readJson(text, wide);
        if (read.ok)
          expect(canonicalJson(read.value)).toBe(canonicalJson(JSON.parse(text) as Json));
        else if (read.fault.code === "json_invalid")
          expect(() => JSON.parse(text)).toThrow(SyntaxError);
      }),
      { numRuns: 5000 },
    );
  });
});

function withoutMinusZero(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

// The exact value of a decimal as an integer, in units that no literal of these tests falls below.
function scaled(literal: string): bigint {
  const [mantissa = "", power = "0"] = literal.split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return BigInt(whole + fraction) * 10n ** BigInt(100 + Number(power) - fraction.length);
}
