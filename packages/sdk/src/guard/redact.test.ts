// What is taken out of a result.

import { expect, test } from "vitest";
import { redacted } from "./redact.ts";

const customer = { name: "Ana", iban: "DE02", address: { street: "Elm", geo: { lat: 1 } } };

test("a name is taken out wherever it stands, and nothing else is changed", () => {
  const result = { customer, others: [{ iban: "FR76", name: "Li" }, "iban"], iban: null, n: 1.5 };

  expect(redacted(result, ["iban"])).toEqual({
    customer: { name: "Ana", address: { street: "Elm", geo: { lat: 1 } } },
    others: [{ name: "Li" }, "iban"],
    n: 1.5,
  });
});

test("a path is taken out where it stands, through lists too", () => {
  expect(redacted({ customer, street: "kept" }, ["customer.address.street"])).toEqual({
    customer: { name: "Ana", iban: "DE02", address: { geo: { lat: 1 } } },
    street: "kept",
  });
  expect(redacted({ list: [{ a: 1, b: 2 }, { a: 3 }] }, ["list.a"])).toEqual({
    list: [{ b: 2 }, {}],
  });
  expect(redacted({ list: [{ a: 1 }, { a: 3 }] }, ["/list/1/a"])).toEqual({
    list: [{ a: 1 }, {}],
  });
  expect(redacted({ "a/b": { c: 1, d: 2 } }, ["/a~1b/c"])).toEqual({ "a/b": { d: 2 } });
});

test("JSON in a text is looked into, and another text is left", () => {
  const content = [{ type: "text", text: JSON.stringify({ customer }) }];

  expect(redacted({ content }, ["customer.iban", "geo"])).toEqual({
    content: [{ type: "text", text: '{"customer":{"name":"Ana","address":{"street":"Elm"}}}' }],
  });
  expect(redacted(' { "big" : 12345678901234567890 } ', ["iban"])).toBe(
    ' { "big" : 12345678901234567890 } ',
  );
  expect(redacted("{ iban: unquoted }", ["iban"])).toBe("{ iban: unquoted }");
});

test("what is not plain JSON is left out, because it could carry anything", () => {
  class Row {
    iban = "DE02";
  }
  const at = new Date(0);

  expect(
    redacted({ row: new Row(), bytes: Buffer.from("DE02"), map: new Map(), at }, ["iban"]),
  ).toEqual({ at: "1970-01-01T00:00:00.000Z" });
  expect(redacted(new Row(), ["iban"])).toBeNull();
  expect(redacted(undefined, ["iban"])).toBeNull();
});

test("a result without end comes to one", () => {
  const loop: Record<string, unknown> = { a: 1, iban: 2 };
  loop["self"] = loop;

  expect(JSON.stringify(redacted(loop, ["iban"]))).not.toContain("iban");
});

test("a member called __proto__ is only a member", () => {
  const result = JSON.parse('{"__proto__": {"iban": 1, "kept": 2}}') as unknown;

  expect(JSON.stringify(redacted(result, ["iban"]))).toBe('{"__proto__":{"kept":2}}');
});

test("what stands twice in a text is taken out twice", () => {
  const twice = '{"a":{"iban":"DE02"},"a":{}}';
  const escaped = '{"a":{"\\u0069ban":"DE02"},"a":{}}';

  expect(redacted(twice, ["iban"])).toBe('{"a":{}}');
  expect(redacted(escaped, ["iban"])).toBe('{"a":{}}');
  expect(redacted(twice, ["a.iban"])).toBe('{"a":{}}');
});
