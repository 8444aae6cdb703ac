// Every state of one job that the production reducer can reach, searched to the end against the invariants of spec 01.

import { transition } from "@holdpoint/core/job/transition";
import { describe, expect, it } from "vitest";
import { brokenSteps } from "./broken-steps.ts";
import { faultsOf } from "./job-rules.ts";
import { policies, type WorldPolicy } from "./job-sample.ts";
import {
  keyOf,
  startAtOnceOf,
  startOf,
  type StepFunction,
  stepsFrom,
  take,
  type World,
} from "./job-steps.ts";
import { type Edge, search, type Space } from "./search.ts";

const statesMax = 50_000;

function spaceOf(transitionFunction: StepFunction): Space<World> {
  return {
    starts: policies.flatMap((policy) => [
      { name: `open ${policy.name}`, to: startOf(policy), faults: [] },
      atOnce(policy),
    ]),
    keyOf,
    *next(before): Generator<Edge<World>> {
      for (const step of stepsFrom(before)) {
        const { world: after, change } = take(before, step, transitionFunction);
        yield { name: step.name, to: after, faults: faultsOf({ before, step, after, change }) };
      }
    },
  };
}

/** INVARIANT: what runs with its proposal is what nobody has to be asked about, and all of that. */
function atOnce(policy: WorldPolicy): Edge<World> {
  const to = startAtOnceOf(policy);
  const isRun = to.file.job.state === "EXECUTING";
  const isWhole = isRun === (policy.original === "allow") && to.history.executed.length === +isRun;
  const faults = isWhole ? [] : ["what is held or denied runs with its proposal"];
  return { name: `open at once ${policy.name}`, to, faults };
}

const jobStates = [
  ["APPROVAL", "APPROVED", "CANCELLED", "DENIED", "EXECUTING", "EXPIRED", "FAILED"],
  ["REJECTED", "REVOKED", "SUCCEEDED", "UNKNOWN"],
].flat();

describe("the state space of a job", () => {
  it("keeps every invariant in every state, and every state of a job is in it", () => {
    const reached = new Set<string>();
    const space = spaceOf(transition);
    const noted = (world: World): string => {
      reached.add(world.file.job.state);
      return keyOf(world);
    };

    const found = search({ ...space, keyOf: noted }, statesMax);

    // Printed, because a space that became small proves nothing any more.
    const { states, edges, depth } = found;
    process.stdout.write(`  ${states} states, ${edges} edges, ${depth} steps deep\n`);
    expect(found.finding).toBeNull();
    expect(states).toBeGreaterThan(500);
    expect([...reached].sort()).toEqual(jobStates);
  });
});

describe("the search finds the fault when", () => {
  it.each(Object.entries(brokenSteps))("%s", (_name, { rule, step }) => {
    const { finding } = search(spaceOf(step), statesMax);

    expect(finding?.faults).toContain(rule);
    expect(finding?.trace.length).toBeLessThanOrEqual(6);
  });
});
