// Which constraints a guard accepts.

import { expect, test } from "vitest";
import { maxRuntimeSec, unenforced } from "./constraint.ts";

test("no constraints leave nothing unenforced", () => {
  expect(unenforced(null, [])).toEqual([]);
});

test("the runtime is kept by the guard, the rest only by a tool that says so", () => {
  const constraints = { max_runtime_sec: 60, network_allowlist: ["a"], max_rows: 3 };

  expect(unenforced(constraints, [])).toEqual(["network_allowlist", "max_rows"]);
  expect(unenforced(constraints, ["max_rows", "network_allowlist"])).toEqual([]);
});

test.for(["60", 0, -1, null, Number.NaN])("a runtime of %o is not one", (value) => {
  expect(unenforced({ max_runtime_sec: value }, ["max_runtime_sec"])).toEqual(["max_runtime_sec"]);
  expect(maxRuntimeSec({ max_runtime_sec: value })).toBeNull();
});
