// Tests that what decides together has one name, and that the name says what it is.

import { expect, it } from "vitest";
import { bundleName, readBundle } from "./bundle.ts";

const policy = `sha256:${"a".repeat(64)}` as const;
const tools = `sha256:${"b".repeat(64)}` as const;

it("is the digest of the policy while nothing else is active", () => {
  expect(bundleName({ ...readBundle(policy), tools: null })).toBe(policy);
});

it("reads back as it was named", () => {
  const bundle = { ...readBundle(policy), tools };
  expect(bundleName(bundle)).toContain(tools);
  expect(readBundle(bundleName(bundle))).toEqual(bundle);
});
