// Who somebody is and what they may decide, from the policy and the people document. Pure; every authorization reads it.

import type { Instant } from "../base/clock.ts";
import { entryOf, indexPeople, isLive, nameKey, namesOfEntry } from "../people/names.ts";
import type { Delegation, People, PersonEntry } from "../people/people.ts";
import { roleSatisfies } from "../policy/directory.ts";
import { topicsMeet } from "../policy/pattern-meet.ts";
import type { Limit, Policy } from "../policy/policy.ts";
import type { DecisionScope, Directory } from "./authority.ts";
import type { Person } from "./review.ts";

/** The role of the development person, who stands for everybody. */
const everyRole = "*";

/** What of a policy says who people are. */
export type DirectoryPolicy = Pick<Policy, "roles" | "roleLimits" | "groups">;

export function makeDirectory(policy: DirectoryPolicy, people: People): Directory {
  const known = new Known(policy, people);
  return {
    isMember: (group, person) => known.isMember(group, person),
    holdsRole: (role, person) => {
      const one = known.canonical(person);
      return one !== null && roleSatisfies(policy, role, one.roles);
    },
    canonical: (person) => known.canonical(person),
    namesOf: (person) => known.namesOf(person),
    isWithinLimits: (person, role, scope) => known.isWithinLimits(person, role, scope),
    principalsOf: (person, at, through) => known.principalsOf(person, at, through),
  };
}

class Known {
  readonly #policy: DirectoryPolicy;
  readonly #index: ReadonlyMap<string, PersonEntry>;
  readonly #byId: ReadonlyMap<string, PersonEntry>;
  /** Of the groups that the policy names: members by both documents. */
  readonly #groups: ReadonlyMap<string, Members>;
  /** Delegations by the id of who stands in. */
  readonly #toPerson = new Map<string, Delegation[]>();

  constructor(policy: DirectoryPolicy, people: People) {
    this.#policy = policy;
    this.#index = indexPeople(people.people);
    this.#byId = new Map(people.people.map((entry) => [entry.id, entry]));
    this.#groups = groupsOf(policy, people);
    for (const delegation of people.delegations) {
      const others = this.#toPerson.get(delegation.to) ?? [];
      this.#toPerson.set(delegation.to, [...others, delegation]);
    }
  }

  /** SECURITY: who left, and whose names belong to two people, is nobody: what is unclear is blocked. */
  canonical(person: Person): Person | null {
    const entry = entryOf(this.#index, person);
    if (entry === null) return person;
    if (entry === "unclear" || !entry.isActive) return null;
    return {
      id: entry.id,
      email: entry.email ?? person.email,
      name: entry.name ?? person.name,
      roles: [...new Set([...person.roles, ...entry.roles])],
      assurance: person.assurance,
    };
  }

  /** Also of people who left: an exclusion that names one of their accounts still means them. */
  namesOf(person: Person): readonly string[] {
    const entries = [person.id, ...(person.email === null ? [] : [person.email])].map((name) =>
      this.#index.get(nameKey(name)),
    );
    const own = [person.id, ...(person.email === null ? [] : [person.email])];
    const written = entries.flatMap((entry) => (entry === undefined ? [] : namesOfEntry(entry)));
    return [...new Set([...written, ...own])];
  }

  isMember(group: string, person: Person): boolean {
    const members = this.#groups.get(group);
    const one = members === undefined ? null : this.canonical(person);
    if (members === undefined || one === null) return false;
    if (one.roles.includes(everyRole)) return true;
    if (this.namesOf(person).some((name) => members.names.has(nameKey(name)))) return true;
    return members.roles.some((role) => roleSatisfies(this.#policy, role, one.roles));
  }

  /**
   * The limits of the person count whatever the role. Of the roles that reach the wanted one, the
   * one that leaves most to the person counts: a director is not bound by what leads may do.
   */
  isWithinLimits(person: Person, role: string | null, scope: DecisionScope): boolean {
    const entry = entryOf(this.#index, person);
    if (entry === "unclear") return false;
    if (entry !== null && entry.limits.length > 0 && !fitsOneOf(entry.limits, scope)) return false;
    if (role === null) return true;
    const held = this.canonical(person)?.roles ?? [];
    return held.some((one) => {
      if (!roleSatisfies(this.#policy, role, [one])) return false;
      const limited = one === everyRole ? undefined : this.#policy.roleLimits.get(one);
      return limited === undefined || fitsOneOf(limited, scope);
    });
  }

  /** INVARIANT: each link of a chain is live, and everybody on it is there; nobody stands in for themselves. */
  principalsOf(
    person: Person,
    at: Instant,
    through: (link: Person) => boolean = () => true,
  ): readonly Person[] {
    const start = entryOf(this.#index, person);
    if (start === null || start === "unclear" || !start.isActive) return [];
    const seen = new Set([start.id]);
    const waiting = [start.id];
    const principals: Person[] = [];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const delegation of this.#toPerson.get(next) ?? []) {
        if (seen.has(delegation.from) || !isLive(delegation, at)) continue;
        const principal = this.#principal(delegation.from, person);
        if (principal === null || !through(principal)) continue;
        seen.add(principal.id);
        waiting.push(principal.id);
        principals.push(principal);
      }
    }
    return principals.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** With the roles of the document alone: who is away shows no credential. */
  #principal(id: string, delegate: Person): Person | null {
    const entry = this.#byId.get(id);
    if (entry === undefined || !entry.isActive) return null;
    const { email, name, roles } = entry;
    return { id, email, name, roles, assurance: delegate.assurance };
  }
}

interface Members {
  /** Keys of names. */
  readonly names: ReadonlySet<string>;
  readonly roles: readonly string[];
}

/** A group that only the people document names is nobody's: the policy says which groups there are. */
function groupsOf(policy: DirectoryPolicy, people: People): ReadonlyMap<string, Members> {
  const added = new Map(people.groups.map(({ name, members }) => [name, members]));
  return new Map(
    [...policy.groups].map(([name, group]) => {
      const all = [...group.members, ...(added.get(name) ?? [])];
      const roles = all.filter((member) => member.startsWith("role:"));
      return [
        name,
        {
          names: new Set(all.filter((member) => !member.startsWith("role:")).map(nameKey)),
          roles: roles.map((role) => role.slice("role:".length)),
        },
      ];
    }),
  );
}

/** SECURITY: an action without a stated cost in the currency is beyond every limit that has one. */
function fitsOneOf(limits: readonly Limit[], scope: DecisionScope): boolean {
  return limits.some(({ topics, cost }) => {
    if (topics !== null && !topics.some((pattern) => topicsMeet(pattern, scope.topic))) {
      return false;
    }
    if (cost === null) return true;
    if (scope.cost === null || scope.cost.currency !== cost.currency) return false;
    return scope.cost.amount <= cost.atMost;
  });
}
