// Tests the assertion.

import { expect, it } from "vitest";
import { assert, AssertionFault } from "./assert.ts";

it("throws an AssertionFault with its sentence for a false condition only", () => {
  expect(() => assert(0, "Zero is false.")).toThrow(new AssertionFault("Zero is false."));
  expect(() => assert("a", "Text is true.")).not.toThrow();
  expect(new AssertionFault("x").name).toBe("AssertionFault");
});
