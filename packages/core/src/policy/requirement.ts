// Adds up what several rules ask of people, so that meeting the sum meets each of them.

import type { Requirement } from "./decision.ts";

/** What is asked when a hold names nobody: one person who may review at all. */
export const anyReviewer: Requirement = {
  kind: "any",
  name: "",
  count: 1,
  denyCount: 1,
  after: null,
};

/**
 * The same people are asked once: for the largest number, ended by the fewest rejections, blind when
 * one of the lists wants it so.
 * INVARIANT: the sum is the same whatever the order of the lists, apart from its own order.
 */
export function addRequirements(
  lists: readonly (readonly Requirement[])[],
): readonly Requirement[] {
  const byName = new Map<string, Requirement[]>();
  for (const requirement of lists.flat()) {
    const key = `${requirement.kind}:${requirement.name}`;
    const others = byName.get(key);
    if (others === undefined) byName.set(key, [requirement]);
    else others.push(requirement);
  }
  return [...byName.values()].flatMap(joinSame);
}

/** A demand without an order is met by one with an order; two orders stand side by side. */
function joinSame(same: readonly Requirement[]): readonly Requirement[] {
  const first = same[0];
  if (first === undefined || same.length === 1) return same;
  const orders = [...new Set(same.map(({ after }) => after))].filter((after) => after !== null);
  return (orders.length === 0 ? [null] : orders.sort()).map((after) => {
    const joined = same.filter((one) => one.after === null || one.after === after);
    return {
      kind: first.kind,
      name: first.name,
      count: Math.max(...joined.map(({ count }) => count)),
      denyCount: Math.min(...joined.map(({ denyCount }) => denyCount)),
      after,
      ...(joined.some(({ blind }) => blind === true) ? { blind: true } : {}),
    };
  });
}
