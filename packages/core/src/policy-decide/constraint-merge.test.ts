// Tests that constraints of several rules meet in the same place whatever the order of the rules.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../base/json/value.ts";
import { compilePolicy, type CompiledRule } from "./compile.ts";
import { mergeConstraints } from "./constraint-merge.ts";
import { policyFromJson } from "../policy-file/snapshot.ts";

function rulesOf(list: readonly JsonObject[]): readonly CompiledRule[] {
  const rules = list.map((constraints, index) => ({
    id: `r${index}`,
    decision: "allow_with_constraints",
    constraints,
  }));
  return compilePolicy(policyFromJson({ version: "v1", rules })).rules;
}

const hosts = fc.subarray(["a", "b", "c"]);
const constraints = fc.record<JsonObject>(
  {
    max_rows: fc.integer({ min: 0, max: 3 }),
    max_runtime_sec: fc.integer({ min: 1, max: 3 }),
    network_allowlist: hosts,
    redact: fc.subarray(["x", "y"], { minLength: 1 }),
    pin: fc.constantFrom<JsonObject>({ k: 1 }, { k: 2 }, { l: [1, { m: null }] }),
  },
  { requiredKeys: ["max_rows"] },
) as fc.Arbitrary<JsonObject>;
const several = fc.array(constraints, { minLength: 1, maxLength: 4 });

describe("merged constraints", () => {
  it("are the same in any order", () => {
    const shuffled = several.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const one = mergeConstraints(rulesOf(list));
        const two = mergeConstraints(rulesOf(other));

        expect(two.ok).toBe(one.ok);
        if (one.ok && two.ok) expect(two.constraints).toEqual(one.constraints);
      }),
    );
  });

  it("never widen with a further rule", () => {
    fc.assert(
      fc.property(several, constraints, (list, further) => {
        const before = mergeConstraints(rulesOf(list));
        const after = mergeConstraints(rulesOf([...list, further]));

        if (!before.ok) expect(after.ok).toBe(false);
        if (!before.ok || !after.ok) return;
        const narrow = after.constraints ?? {};
        const wide = before.constraints ?? {};
        expect(narrow.max_rows ?? Infinity).toBeLessThanOrEqual(wide.max_rows ?? Infinity);
        for (const host of narrow.network_allowlist ?? []) {
          if (wide.network_allowlist) expect(wide.network_allowlist).toContain(host);
        }
        for (const name of wide.redact ?? []) expect(narrow.redact).toContain(name);
        expect(narrow.pin ?? {}).toMatchObject(wide.pin ?? {});
      }),
    );
  });

  it("name the two rules that contradict each other", () => {
    const merged = mergeConstraints(
      rulesOf([{ network_allowlist: ["a", "b"] }, { max_rows: 1 }, { network_allowlist: ["c"] }]),
    );

    expect(merged).toEqual({ ok: false, name: "network_allowlist", between: ["r0", "r2"] });
  });

  it("name all rules when only together they leave nothing", () => {
    const merged = mergeConstraints(
      rulesOf([
        { network_allowlist: ["a", "b"] },
        { network_allowlist: ["b", "c"] },
        { network_allowlist: ["a", "c"] },
      ]),
    );

    expect(merged).toEqual({ ok: false, name: "network_allowlist", between: ["r0", "r1", "r2"] });
  });
});
