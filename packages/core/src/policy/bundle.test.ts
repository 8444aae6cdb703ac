// Tests that what decides together has one name, and that the name says what it is.

import { expect, it } from "vitest";
import { bundleName, readBundle } from "./bundle.ts";

const policy = `sha256:${"a".repeat(64)}` as const;
const people = `sha256:${"c".repeat(64)}` as const;
const tools = `sha256:${"b".repeat(64)}` as const;

it("is the digest of the policy while nothing else is active", () => {
  expect(bundleName({ ...readBundle(policy), tools: null })).toBe(policy);
});

it("reads back as it was named", () => {
  const rollout = { id: "rol_1", percent: 10, candidate: people };
  for (const beside of [{ tools }, { people }, { tools, people }, { tools, people, rollout }]) {
    const bundle = { ...readBundle(policy), ...beside };
    expect(bundleName(bundle)).toContain(Object.hasOwn(beside, "tools") ? tools : people);
    expect(readBundle(bundleName(bundle))).toEqual(bundle);
  }
});

it("is another one for other people, and the same as before once nobody is written down", () => {
  const named = bundleName({ ...readBundle(policy), people });
  expect(named).not.toBe(bundleName({ ...readBundle(policy), people: tools }));
  expect(bundleName({ ...readBundle(named), people: null })).toBe(policy);
});
