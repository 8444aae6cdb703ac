// Random small worlds around one hold: people with several accounts, limits, delegations, groups, and their votes.

import type { ReviewedJob } from "@holdpoint/core/approval/authority";
import type { Person, Review } from "@holdpoint/core/approval/review";
import type { Digest } from "@holdpoint/core/base/digest";
import type { ReviewId } from "@holdpoint/core/base/id";
import { makeDirectory } from "@holdpoint/core/approval/directory";
import type { Delegation, People, PersonEntry } from "@holdpoint/core/people/people";
import type { Exclusion, Requirement } from "@holdpoint/core/policy/decision";
import type { Limit, Policy } from "@holdpoint/core/policy/policy";
import { loadPolicy } from "@holdpoint/core/policy-file/load";
import fc from "fast-check";

export const ids = ["p1", "p2", "p3", "p4", "p5"] as const;
/** Every person has an email and one further account; by each of them they may be named. */
export const accountsOf = (id: string): readonly string[] => [
  id,
  `${id}@example.com`,
  `${id}-chat`,
];
const roles = ["A", "B", "C"] as const;
const groups = ["G", "H"] as const;
const topics = ["job.db.delete", "job.pay.out"] as const;

export interface Cast {
  readonly id: string;
  /** Which of their accounts they voted by: by the id, or by the chat account. */
  readonly isChat: boolean;
  readonly kind: "approve" | "reject" | "modify";
  readonly votedFor: string | null;
  readonly at: number;
}

export interface QuorumWorld {
  readonly people: readonly PersonEntry[];
  /** Roles that the credential of a person carries. */
  readonly credentials: Readonly<Record<string, readonly string[]>>;
  readonly members: Readonly<Record<string, readonly string[]>>;
  readonly roleLimits: Readonly<Record<string, readonly Limit[]>>;
  readonly delegations: readonly Delegation[];
  readonly job: ReviewedJob;
  readonly votes: readonly Cast[];
}

/** B stands above A; C has no rank. */
export const ranks: ReadonlyMap<string, number> = new Map([
  ["A", 1],
  ["B", 2],
]);

const person = fc.constantFrom(...ids);
const limit: fc.Arbitrary<Limit> = fc.record({
  topics: fc.option(
    fc.constantFrom<readonly string[]>(["job.db.**"], ["job.*.out"], ["job.db.delete"]),
  ),
  cost: fc.option(
    fc.record({ atMost: fc.constantFrom(10, 100), currency: fc.constantFrom("USD", "EUR") }),
  ),
});
const limits = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Limit[]>([]) },
  { weight: 1, arbitrary: fc.array(limit, { minLength: 1, maxLength: 2 }) },
);
const few = fc.subarray([...ids], { maxLength: 3 });

const entries: fc.Arbitrary<PersonEntry[]> = fc.tuple(
  ...ids.map((id) =>
    fc.record({
      id: fc.constant(id as string),
      email: fc.constant(`${id}@example.com`),
      name: fc.constant(null),
      accounts: fc.constant([`${id}-chat`]),
      roles: fc.subarray([...roles], { maxLength: 2 }),
      limits,
      quiet: fc.constant(null),
      cardsPerHour: fc.constant(null),
      channels: fc.constant([]),
      isActive: fc.oneof(
        { weight: 7, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constant(false) },
      ),
    }),
  ),
);

const delegation: fc.Arbitrary<Delegation> = fc
  .record({ from: person, to: person, startsAt: fc.nat(2), endsAt: fc.integer({ min: 1, max: 4 }) })
  .map((one) => ({
    ...one,
    id: `${one.from}-${one.to}`,
    reason: null,
    by: one.from,
    createdAt: 0,
  }));

const requirement: fc.Arbitrary<Requirement> = fc
  .record({
    kind: fc.constantFrom("role", "role", "group", "any"),
    role: fc.constantFrom(...roles),
    group: fc.constantFrom(...groups),
    count: fc.integer({ min: 1, max: 2 }),
    denyCount: fc.integer({ min: 1, max: 2 }),
    after: fc.option(fc.constantFrom("A", "G"), { freq: 5 }),
  })
  .map(({ kind, role, group, count, denyCount, after }) => {
    const name = kind === "role" ? role : kind === "group" ? group : "";
    return { kind, name, count, denyCount, after: after === name ? null : after } as Requirement;
  });

/** A name of a person as a credential, a rule or an agent may write it. */
const named = fc
  .tuple(person, fc.nat(4))
  .map(
    ([id, how]) =>
      [id, `user:${id}`, `${id}@example.com`, `${id}-chat`, `${id}@EXAMPLE.com`][how] ?? id,
  );
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const target = fc.oneof(
  fc.constantFrom("role:A", "role:B", "group:G", "group:H"),
  person.map((id) => `person:${id}`),
);

const job: fc.Arbitrary<ReviewedJob> = fc.record({
  requirements: fc.array(requirement, { minLength: 1, maxLength: 3 }),
  exclude: fc
    .array(named, { maxLength: 1 })
    .map((names) => names.map((name): Exclusion => `person:${name}`)),
  strongAuth: fc.constant(null),
  agentOwner: rarely(named),
  keyCreator: rarely(named),
  onBehalfOf: rarely(named),
  scope: fc.record({
    topic: fc.constantFrom(...topics),
    cost: fc.option(
      fc.record({ amount: fc.constantFrom(5, 50, 500), currency: fc.constantFrom("USD", "EUR") }),
    ),
  }),
  widened: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(target, { maxLength: 2 }) },
  ),
  narrowSteps: fc.array(
    fc.record({ afterMs: fc.constant(0), to: target, places: fc.array(target, { maxLength: 2 }) }),
    { maxLength: 2 },
  ),
  lastPair: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.subarray([...ids], { minLength: 2, maxLength: 2 }) },
  ),
  emergency: fc.constant(null),
  invariants: fc.constant([]),
});

const cast: fc.Arbitrary<Cast> = fc.record({
  id: person,
  isChat: fc.boolean(),
  kind: fc.constantFrom("approve", "approve", "approve", "modify", "reject"),
  votedFor: fc.option(person, { freq: 2 }),
  at: fc.nat(3),
});

export const quorumWorld: fc.Arbitrary<QuorumWorld> = fc.record({
  people: entries,
  credentials: fc
    .tuple(...ids.map(() => fc.subarray([...roles], { maxLength: 1 })))
    .map((held) => Object.fromEntries(ids.map((id, at) => [id, held[at] ?? []]))),
  members: fc.record({ G: few, H: few }),
  roleLimits: fc.record({ A: limits, B: limits, C: limits }),
  delegations: fc.array(delegation, { maxLength: 4 }),
  job,
  votes: fc.uniqueArray(cast, { selector: ({ id, isChat }) => `${id} ${isChat}`, maxLength: 6 }),
});

const empty = loadPolicy("version: v1\nrules: []\n");

/** What the product reads of this world, by its own directory. */
export function directoryOf(world: QuorumWorld): ReturnType<typeof makeDirectory> {
  if (!empty.ok) throw new Error("the empty policy does not load");
  const { people, delegations, members, roleLimits } = world;
  const base = {
    schedule: null,
    hours: null,
    roster: null,
    isAlways: false,
    tell: null,
    digestMs: null,
  };
  const policy: Policy = {
    ...empty.policy,
    roles: ranks,
    roleLimits: new Map(Object.entries(roleLimits).filter(([, list]) => list.length > 0)),
    groups: new Map(
      Object.entries(members).map(([name, list]) => [name, { ...base, members: list }]),
    ),
  };
  const document: People = { people, groups: [], rosters: [], delegations };
  return makeDirectory(policy, document);
}

/** The account as a credential shows it. */
export function accountOf(world: QuorumWorld, { id, isChat }: Pick<Cast, "id" | "isChat">): Person {
  return {
    id: isChat ? `${id}-chat` : id,
    email: null,
    name: null,
    roles: world.credentials[id] ?? [],
    assurance: isChat ? "chat" : "key",
  };
}

/** The votes as they stand in storage, by the account that cast them, in this order. */
export function storedVotes(
  world: QuorumWorld,
  votes: readonly Cast[] = world.votes,
): ReadonlyMap<string, Review> {
  return new Map(
    votes.map((vote, at) => {
      const who = accountOf(world, vote);
      const review: Review = {
        id: `review-${at}` as ReviewId,
        round: 1,
        jobHash: `sha256:${"0".repeat(64)}` as Digest,
        person: who,
        votedFor: vote.votedFor,
        kind: vote.kind,
        reason: null,
        code: null,
        note: null,
        at: vote.at,
      };
      return [who.id, review];
    }),
  );
}
