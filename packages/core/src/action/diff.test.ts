// Which values an edit changed, each by its place.

import { describe, expect, it } from "vitest";
import type { Json } from "../base/json/value.ts";
import { diffJson } from "./diff.ts";

describe("the difference", () => {
  it.each<readonly [string, Json, Json, readonly (readonly [string, Json, Json])[]]>([
    ["of the same", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ["in the order of keys only", { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ["of one value", { a: 1, b: 2 }, { a: 1, b: 3 }, [["/b", 2, 3]]],
    ["deep down", { a: { b: [1, 2] } }, { a: { b: [1, 3] } }, [["/a/b/1", 2, 3]]],
    ["something added", { a: 1 }, { a: 1, b: 2 }, [["/b", null, 2]]],
    ["something gone", { a: 1, b: 2 }, { a: 1 }, [["/b", 2, null]]],
    ["a list of another length", { a: [1] }, { a: [1, 2] }, [["/a", [1], [1, 2]]]],
    ["another type", { a: 1 }, { a: "1" }, [["/a", 1, "1"]]],
    ["a list for an object", { a: [] }, { a: {} }, [["/a", [], {}]]],
    [
      "names that need escapes",
      { "a/b": 1, "c~d": 1 },
      { "a/b": 2, "c~d": 2 },
      [
        ["/a~1b", 1, 2],
        ["/c~0d", 1, 2],
      ],
    ],
    ["whole values", 1, 2, [["", 1, 2]]],
  ])("%s", (_name, before, after, differences) => {
    expect(diffJson(before, after)).toEqual(
      differences.map(([path, was, is]) => ({ path, before: was, after: is })),
    );
  });

  it("finds a name that objects inherit only where it stands", () => {
    const before = JSON.parse('{"__proto__": 1}') as Json;
    expect(diffJson(before, {})).toEqual([{ path: "/__proto__", before: 1, after: null }]);
    expect(diffJson({}, { toString: 1 })).toEqual([{ path: "/toString", before: null, after: 1 }]);
  });
});
