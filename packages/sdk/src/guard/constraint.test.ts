// Which constraints a guard keeps, which it refuses, and which a call breaks.

import type { JobView } from "@holdpoint/core/wire/response";
import { expect, test } from "vitest";
import { checkConstraints, type Constraints, excessOf, maxRuntimeSec } from "./constraint.ts";

const job = { job: { id: "job-1", state: "APPROVED", revision: 1 } } as unknown as JobView;
const nothing = { params: {}, effect: null, honours: [] };

/** What stands in the way, or null. */
function obstacle(constraints: Constraints | null, known: object = {}): unknown {
  try {
    checkConstraints(job, constraints, { ...nothing, ...known });
    return null;
  } catch (error) {
    const { name, constraints: unkept, constraint } = error as Record<string, unknown>;
    return [name, unkept ?? constraint];
  }
}

test("no constraints stand in the way of nothing", () => {
  expect(obstacle(null)).toBeNull();
});

test("those that the guard keeps need no word of the tool, the others do", () => {
  const own = { max_runtime_sec: 60, network_allowlist: ["a"], redact: ["iban"], pin: {} };
  const all = { ...own, sandbox: true, max_rows: 3 };

  expect(obstacle(own)).toBeNull();
  expect(obstacle(all)).toEqual(["ConstraintNotSupported", ["sandbox", "max_rows"]]);
  expect(obstacle(all, { honours: ["sandbox", "max_rows"] })).toBeNull();
});

test.for(["60", 0, -1, null, Number.NaN])("a runtime of %o is not one", (value) => {
  const constraints = { max_runtime_sec: value };

  expect(obstacle(constraints, { honours: ["max_runtime_sec"] })).toEqual([
    "ConstraintNotSupported",
    ["max_runtime_sec"],
  ]);
  expect(maxRuntimeSec(constraints)).toBeNull();
});

test.for([
  ["network_allowlist", "api.example.com"],
  ["network_allowlist", [1]],
  ["redact", "iban"],
  ["redact", ["iban", "customers[*].iban"]],
  ["redact", ["$.iban"]],
  ["redact", ["rows.*.iban"]],
  ["redact", [""]],
  ["pin", ["dry_run"]],
  ["max_rows", "5"],
  ["max_rows", -1],
  ["max_recipients", null],
] as const)("%s of %o is of no known form, and refused", ([name, value]) => {
  const constraints = { [name]: value } as Constraints;

  expect(obstacle(constraints, { effect: { rows: 0, recipients: 0 } })).toEqual([
    "ConstraintNotSupported",
    [name],
  ]);
});

test.for([
  ["max_rows", "rows"],
  ["max_recipients", "recipients"],
] as const)("%s bounds the %s of the preview", ([name, member]) => {
  expect(obstacle({ [name]: 5 }, { effect: { [member]: 5 } })).toBeNull();
  expect(obstacle({ [name]: 5 }, { effect: { [member]: 6 } })).toEqual([
    "ConstraintViolated",
    name,
  ]);
  // A tool that keeps it does not make a preview that breaks it right.
  expect(obstacle({ [name]: 5 }, { effect: { [member]: 6 }, honours: [name] })).toEqual([
    "ConstraintViolated",
    name,
  ]);
  expect(obstacle({ [name]: 5 }, { effect: { diff: "x" } })).toEqual([
    "ConstraintNotSupported",
    [name],
  ]);
});

test("pins hold the parameters to their values, in whatever order these are written", () => {
  const constraints = { pin: { dry_run: true, at: { a: 1, b: [2] } } };

  expect(
    obstacle(constraints, { params: { at: { b: [2], a: 1 }, dry_run: true, x: 1 } }),
  ).toBeNull();
  for (const params of [
    {},
    { dry_run: true },
    { dry_run: "true", at: { a: 1, b: [2] } },
    { dry_run: true, at: { a: 1, b: [2, 3] } },
  ]) {
    expect(obstacle(constraints, { params, honours: ["pin"] })).toEqual([
      "ConstraintViolated",
      "pin",
    ]);
  }
  expect(obstacle({ pin: { toString: "x" } })).toEqual(["ConstraintViolated", "pin"]);
});

test("an effect that was larger than allowed is said in words", () => {
  const constraints = { max_rows: 5, max_recipients: 1 };

  expect(excessOf(constraints, { rows: 5, recipients: 1 })).toBeNull();
  expect(excessOf(constraints, null)).toBeNull();
  expect(excessOf(constraints, { rows: 7, recipients: 2 })).toBe(
    "7 rows, and 5 are allowed; 2 recipients, and 1 are allowed",
  );
});
