// Every state of a hold that clocks, claims, votes, delegates and overrides can lead to, searched to the end.

import { transition } from "@holdpoint/core/job/transition";
import { describe, expect, it } from "vitest";
import { brokenHolds } from "./hold-broken.ts";
import { holdFaultsOf } from "./hold-rules.ts";
import { type HoldName, holdNames } from "./hold-sample.ts";
import { type HoldWorld, keyOf, startOf, stepsFrom, takeHold } from "./hold-steps.ts";
import type { StepFunction } from "./job-steps.ts";
import { type Edge, search, type Space } from "./search.ts";

const statesMax = 20_000;

function spaceOf(step: StepFunction, starts: readonly HoldName[] = holdNames): Space<HoldWorld> {
  return {
    starts: starts.map((name) => ({ name: `open ${name}`, to: startOf(name), faults: [] })),
    keyOf,
    *next(before): Generator<Edge<HoldWorld>> {
      for (const one of stepsFrom(before)) {
        const { world: after, change } = takeHold(before, one, step);
        const faults = holdFaultsOf({ before, step: one, after, change });
        yield { name: one.name, to: after, faults };
      }
    },
  };
}

describe("the state space of a hold", () => {
  it("keeps every rule of time, claims, delegation and override in every state", () => {
    const reached = new Set<string>();
    const noted = (world: HoldWorld): string => {
      const { state, watch } = world.file.job;
      reached.add(`${state} ${watch?.level ?? "-"}`);
      return keyOf(world);
    };

    const found = search({ ...spaceOf(transition), keyOf: noted }, statesMax);

    // Printed, because a space that became small proves nothing any more.
    const { states, edges, depth } = found;
    process.stdout.write(`  ${states} states, ${edges} edges, ${depth} steps deep\n`);
    expect(found.finding).toBeNull();
    expect(states).toBeGreaterThan(500);
    for (const state of ["APPROVAL", "APPROVED", "REJECTED", "EXPIRED"]) {
      expect(reached).toContain(`${state} 0`);
      expect(reached).toContain(`${state} 1`);
    }
  });
});

describe("the search finds the fault when", () => {
  it.each(Object.entries(brokenHolds))("%s", (_name, { rule, step, starts }) => {
    const { finding } = search(spaceOf(step, starts), statesMax);

    expect(finding?.faults).toContain(rule);
    expect(finding?.trace.length).toBeLessThanOrEqual(9);
  });
});
