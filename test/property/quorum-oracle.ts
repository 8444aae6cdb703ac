// Who counts in a small world, worked out a second time from its plain lists: slowly, and by trying everything.

import type { ReviewedJob } from "@holdpoint/core/approval/authority";
import type { Requirement } from "@holdpoint/core/policy/decision";
import type { Limit } from "@holdpoint/core/policy/policy";
import { accountsOf, type Cast, ids, type QuorumWorld, ranks } from "./quorum-world.ts";

export interface Counted {
  readonly outcome: "open" | "approved" | "rejected";
  /** Places that distinct people fill at most. */
  readonly filled: number;
}

interface Vote {
  readonly actor: string;
  readonly principal: string;
  readonly isRejection: boolean;
  readonly places: readonly number[];
  readonly isOfPair: boolean;
}

export function isExcluded({ job }: QuorumWorld, id: string): boolean {
  const names = [
    job.agentOwner,
    job.keyCreator,
    job.onBehalfOf,
    ...job.exclude.map((one) => one.slice("person:".length)),
  ];
  return names.some((name) => {
    const bare = (name ?? "").replace(/^user:/, "").toLowerCase();
    return accountsOf(id).includes(bare);
  });
}

function entry(world: QuorumWorld, id: string): QuorumWorld["people"][number] {
  const found = world.people.find((one) => one.id === id);
  if (found === undefined) throw new Error(`nobody is ${id}`);
  return found;
}

function reaches(wanted: string, held: string): boolean {
  if (wanted === held) return true;
  const [low, high] = [ranks.get(wanted), ranks.get(held)];
  return low !== undefined && high !== undefined && high > low;
}

function fits(limits: readonly Limit[], { topic, cost }: ReviewedJob["scope"]): boolean {
  if (limits.length === 0) return true;
  const matches: Readonly<Record<string, readonly string[]>> = {
    "job.db.**": ["job.db.delete"],
    "job.*.out": ["job.pay.out"],
    "job.db.delete": ["job.db.delete"],
  };
  return limits.some((limit) => {
    const isTopic =
      limit.topics === null || limit.topics.some((one) => (matches[one] ?? []).includes(topic));
    const isCost =
      limit.cost === null ||
      (cost !== null && cost.currency === limit.cost.currency && cost.amount <= limit.cost.atMost);
    return isTopic && isCost;
  });
}

/** Whether the person counts as `role:`, `group:`, `person:` or anybody, within all limits. */
function counts(
  world: QuorumWorld,
  id: string,
  asked: { readonly target: string; readonly credential: readonly string[] },
): boolean {
  const { limits, roles } = entry(world, id);
  const { scope } = world.job;
  if (!fits(limits, scope)) return false;
  const [kind, name] = asked.target.split(":") as [string, string];
  if (kind === "any") return true;
  if (kind === "person") return accountsOf(id).includes(name);
  if (kind === "group") return (world.members[name] ?? []).includes(id);
  return [...asked.credential, ...roles].some(
    (held) => reaches(name, held) && fits(world.roleLimits[held] ?? [], scope),
  );
}

function placesOf(
  world: QuorumWorld,
  id: string,
  credential: readonly string[],
): readonly number[] {
  const { requirements, widened, narrowSteps = [] } = world.job;
  const letIn = widened.filter((target) => counts(world, id, { target, credential }));
  return requirements.flatMap(({ kind, name }, index) => {
    const place = `${kind}:${name}`;
    const isLetIn = letIn.some((to) => {
      const [narrow] = narrowSteps.filter((step) => step.to === to);
      return narrow === undefined || narrow.places?.includes(place) === true;
    });
    return isLetIn || counts(world, id, { target: place, credential }) ? [index] : [];
  });
}

/** True when a chain of live delegations over people who are there and free leads from one to the other. */
function delegates(world: QuorumWorld, from: string, to: string, at: number): boolean {
  const isFree = (id: string): boolean => entry(world, id).isActive && !isExcluded(world, id);
  const paths = (here: string, seen: readonly string[]): boolean =>
    world.delegations.some(
      (one) =>
        one.to === here &&
        one.startsAt <= at &&
        at < one.endsAt &&
        !seen.includes(one.from) &&
        isFree(one.from) &&
        (one.from === from || paths(one.from, [...seen, one.from])),
    );
  return from !== to && paths(to, [to]);
}

/** By whose place, and in which places, a person may vote at a moment; null when they may not. */
export function mayVote(
  world: QuorumWorld,
  id: string,
  at: number,
): { readonly votedFor: string | null; readonly places: readonly number[] } | null {
  if (!entry(world, id).isActive || isExcluded(world, id)) return null;
  const own = placesOf(world, id, world.credentials[id] ?? []);
  if (own.length > 0) return { votedFor: null, places: own };
  for (const principal of ids) {
    const places = placesFor(world, { id, votedFor: principal, at });
    if (places.length > 0) return { votedFor: principal, places };
  }
  return null;
}

function placesFor(
  world: QuorumWorld,
  vote: { readonly id: string; readonly votedFor: string; readonly at: number },
): readonly number[] {
  const { id, votedFor, at } = vote;
  if (!fits(entry(world, id).limits, world.job.scope)) return [];
  return delegates(world, votedFor, id, at) ? placesOf(world, votedFor, []) : [];
}

function votesOf(world: QuorumWorld): readonly Vote[] {
  const all = world.votes.flatMap((cast): Vote[] => {
    const places = castPlaces(world, cast);
    if (places.length === 0) return [];
    const principal = cast.votedFor ?? cast.id;
    const isOfPair = world.job.lastPair.some((one) => one === cast.id || one === principal);
    return [{ actor: cast.id, principal, isRejection: cast.kind === "reject", places, isOfPair }];
  });
  const beats = (a: Vote, b: Vote): boolean =>
    a.isRejection !== b.isRejection ? a.isRejection : a.principal < b.principal;
  const byActor = all.filter((one, at) =>
    all.every(
      (other, index) =>
        index === at ||
        other.actor !== one.actor ||
        isSame(one, other, at < index) ||
        beats(one, other),
    ),
  );
  const outdoes = (a: Vote, b: Vote): boolean => {
    const [isOwn, isOther] = [a.actor === a.principal, b.actor === b.principal];
    if (isOwn !== isOther) return isOwn;
    return a.isRejection !== b.isRejection ? a.isRejection : a.actor < b.actor;
  };
  return byActor.filter((one) =>
    byActor.every(
      (other) => other === one || other.principal !== one.principal || outdoes(one, other),
    ),
  );
}

/** The same vote by two accounts: the first stands for both. */
function isSame(one: Vote, other: Vote, isFirst: boolean): boolean {
  return isFirst && one.principal === other.principal && one.isRejection === other.isRejection;
}

function castPlaces(world: QuorumWorld, { id, votedFor, at }: Cast): readonly number[] {
  if (!entry(world, id).isActive || isExcluded(world, id)) return [];
  return votedFor === null
    ? placesOf(world, id, world.credentials[id] ?? [])
    : placesFor(world, { id, votedFor, at });
}

export function countSlowly(world: QuorumWorld): Counted {
  const { requirements } = world.job;
  const votes = votesOf(world);
  const isRejected = requirements.some(
    (one, index) =>
      votes.filter(({ isRejection, places }) => isRejection && places.includes(index)).length >=
      Math.min(one.denyCount, one.count),
  );
  const approving = votes.filter(({ isRejection }) => !isRejection);
  const others = approving.filter(({ isOfPair }) => !isOfPair);
  const pair = approving.filter(({ isOfPair }) => isOfPair);
  const crowds = [others, ...pair.map((one) => [...others, one])];
  const filled = Math.max(...crowds.map((crowd) => most(requirements, crowd)));
  const wanted = requirements.reduce((sum, { count }) => sum + count, 0);
  return { outcome: isRejected ? "rejected" : filled === wanted ? "approved" : "open", filled };
}

/** The most places that these people fill: tries every way of seating them. */
function most(requirements: readonly Requirement[], crowd: readonly Vote[]): number {
  const isOpen = requirements.map(
    ({ after }) =>
      after === null ||
      requirements.every(
        ({ name, count }, index) =>
          name !== after || crowd.filter(({ places }) => places.includes(index)).length >= count,
      ),
  );
  const seat = (at: number, free: readonly number[]): number => {
    const voter = crowd[at];
    if (voter === undefined) return 0;
    const seated = voter.places
      .filter((place) => isOpen[place] === true && (free[place] ?? 0) > 0)
      .map(
        (place) =>
          1 +
          seat(
            at + 1,
            free.map((left, index) => (index === place ? left - 1 : left)),
          ),
      );
    return Math.max(seat(at + 1, free), ...seated);
  };
  return seat(
    0,
    requirements.map(({ count }) => count),
  );
}
