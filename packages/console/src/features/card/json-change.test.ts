// Differences between JSON values.

import { describe, expect, it } from "vitest";
import { changesBetween } from "./json-change.ts";

describe("changes between two values", () => {
  it("are none when only the order of keys differs", () => {
    expect(changesBetween({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 })).toEqual([]);
  });

  it("name each place by its pointer", () => {
    const before = { a: 1, "b/c": { d: true, gone: 1 } };
    const after = { a: 2, "b/c": { d: true }, added: null };
    expect(changesBetween(before, after)).toEqual([
      { path: "/a", before: 1, after: 2 },
      { path: "/b~1c/gone", before: 1 },
      { path: "/added", after: null },
    ]);
  });

  it("show a list as a whole", () => {
    expect(changesBetween({ ids: [1, 2] }, { ids: [1] })).toEqual([
      { path: "/ids", before: [1, 2], after: [1] },
    ]);
  });

  it("do not confuse a missing value with null", () => {
    expect(changesBetween({}, { a: undefined })).toHaveLength(1);
  });
});
