// Random requirements, people, votes and walks of jobs, and the slow count that the fast one must equal.

import type { Directory, ReviewedJob } from "@holdpoint/core/approval/authority";
import type { Person, Review, ReviewKind } from "@holdpoint/core/approval/review";
import type { Digest } from "@holdpoint/core/base/digest";
import type { ReviewId } from "@holdpoint/core/base/id";
import { transition } from "@holdpoint/core/job/transition";
import type { Requirement } from "@holdpoint/core/policy/decision";
import fc from "fast-check";
import { policies } from "../sim/job-sample.ts";
import { type Step, startOf, stepsFrom, take, type World } from "../sim/job-steps.ts";

const roles = ["A", "B", "C"] as const;

const requirement: fc.Arbitrary<Requirement> = fc.record({
  kind: fc.constantFrom("role", "role", "group", "any"),
  name: fc.constantFrom(...roles),
  count: fc.integer({ min: 1, max: 3 }),
  denyCount: fc.integer({ min: 1, max: 3 }),
  after: fc.constant(null),
});

export const requirements: fc.Arbitrary<Requirement[]> = fc.array(requirement, {
  minLength: 1,
  maxLength: 3,
});

export const crowd: fc.Arbitrary<Person[]> = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom("p1", "p2", "p3", "p4", "p5", "p6", "p7"),
    email: fc.constant(null),
    name: fc.constant(null),
    roles: fc.subarray([...roles]),
    assurance: fc.constant("key" as const),
  }),
  { selector: (person) => person.id, maxLength: 6 },
);

/** Roles are what people carry; a group holds everybody whose id ends in an odd number. */
export const directory: Directory = {
  isMember: (_group, person) => /[1357]$/.test(person.id),
  holdsRole: (role, person) => person.roles.includes(role),
  canonical: (who) => who,
  namesOf: (who) => (who.email === null ? [who.id] : [who.id, who.email]),
  isWithinLimits: () => true,
  principalsOf: () => [],
};

export function jobAsking(
  asked: readonly Requirement[],
  more: Partial<ReviewedJob> = {},
): ReviewedJob {
  return {
    requirements: asked,
    exclude: [],
    strongAuth: null,
    agentOwner: null,
    keyCreator: null,
    onBehalfOf: null,
    scope: { topic: "job.db.delete", cost: null },
    widened: [],
    lastPair: [],
    emergency: null,
    invariants: [],
    ...more,
  };
}

export function reviewOf(person: Person, kind: ReviewKind): Review {
  return {
    id: `rev-${person.id}` as ReviewId,
    round: 1,
    jobHash: `sha256:${"0".repeat(64)}` as Digest,
    person,
    kind,
    reason: null,
    code: null,
    note: null,
    at: 0,
  };
}

/** True when distinct people take every asked place: tries all of them. */
export function isFull(asked: readonly Requirement[], people: readonly Person[]): boolean {
  const places = asked.flatMap((one) => new Array<Requirement>(one.count).fill(one));
  const seat = (at: number, free: readonly Person[]): boolean => {
    const place = places[at];
    if (place === undefined) return true;
    return free.some(
      (person) =>
        fits(place, person) &&
        seat(
          at + 1,
          free.filter((other) => other !== person),
        ),
    );
  };
  return seat(0, people);
}

export function fits(place: Requirement, person: Person): boolean {
  if (place.kind === "any") return true;
  return place.kind === "group"
    ? directory.isMember(place.name, person)
    : directory.holdsRole(place.name, person);
}

export interface Walked {
  readonly world: World;
  readonly step: Step;
  readonly after: World;
}

/** A walk of a job through the small world: each number chooses one of the steps that are there. */
export const walk: fc.Arbitrary<Walked[]> = fc
  .tuple(fc.nat(policies.length - 1), fc.array(fc.nat(), { minLength: 1, maxLength: 40 }))
  .map(([start, choices]) => {
    const policy = policies[start] ?? policies[0];
    let world = startOf(policy as (typeof policies)[number]);
    const walked: Walked[] = [];
    for (const choice of choices) {
      const step = chosen(world, choice);
      const { world: after } = take(world, step, transition);
      walked.push({ world, step, after });
      world = after;
    }
    return walked;
  });

/** Names come first, so that the many votes do not crowd out what is rare. */
function chosen(world: World, choice: number): Step {
  const byName = new Map<string, Step[]>();
  for (const step of stepsFrom(world)) {
    const name = step.name.split(" ")[0] ?? "";
    byName.set(name, [...(byName.get(name) ?? []), step]);
  }
  const groups = [...byName.values()];
  const group = groups[choice % groups.length] ?? [];
  const step = group[Math.floor(choice / groups.length) % group.length];
  if (step === undefined) throw new Error("a world without a step");
  return step;
}
