// Who can be asked: the people behind roles, groups and names, as far as file and server know them.

import { type GroupCandidate, memberOf, roleSatisfies } from "../policy/directory.ts";
import type { Policy } from "../policy/policy.ts";

/** People who can be asked. */
export interface Pool {
  readonly people: ReadonlySet<string>;
  /** There may be more of them: holders of a role whom nobody has named. */
  readonly isOpen: boolean;
}

/** `any` is whoever may review at all; `person` is one by name. */
export interface Target {
  readonly kind: "any" | "role" | "group" | "person";
  readonly name: string;
}

export const nobody: Pool = { people: new Set(), isOpen: false };

/** Resolves names to people; one person has one name, whether email or id was written. */
export class Roster {
  readonly #policy: Policy;
  readonly #people: readonly GroupCandidate[] | null;
  readonly #names = new Map<string, string>();
  readonly #pools = new Map<string, Pool>();

  constructor(policy: Policy, people: readonly GroupCandidate[] | null) {
    this.#policy = policy;
    this.#people = people;
    for (const { id, email } of people ?? []) {
      this.#names.set(lowerAscii(id), id);
      if (email !== null) this.#names.set(lowerAscii(email), id);
    }
  }

  /** Everybody behind a name, at whatever hour. */
  everyone(target: Target): Pool {
    const key = `${target.kind}:${target.name}`;
    const made = this.#pools.get(key) ?? this.#resolve(target);
    this.#pools.set(key, made);
    return made;
  }

  /** Members of a group or a schedule: names, and roles with `role:` before them. */
  among(members: readonly string[]): Pool {
    return members.map((member) => this.everyone(targetOf(member))).reduce(union, nobody);
  }

  personOf(name: string): string {
    const known = lowerAscii(name);
    return this.#names.get(known) ?? known;
  }

  #resolve({ kind, name }: Target): Pool {
    if (kind === "person") return { people: new Set([this.personOf(name)]), isOpen: false };
    if (kind === "group") return this.#groupNamed(name);
    if (this.#people === null) return { people: new Set(), isOpen: true };
    const found = this.#people.filter(
      (person) => kind === "any" || roleSatisfies(this.#policy, name, person.roles),
    );
    return { people: new Set(found.map(({ id }) => id)), isOpen: false };
  }

  #groupNamed(name: string): Pool {
    const members = this.#policy.groups.get(name)?.members ?? [];
    // Whose members stand in the people file is not known here.
    if (members.length === 0) return { people: new Set(), isOpen: true };
    const named = this.among(members);
    const also = (this.#people ?? []).filter((person) => memberOf(this.#policy, name, person));
    return union(named, { people: new Set(also.map(({ id }) => id)), isOpen: false });
  }
}

/** `role:lead`, `group:ops`, `person:ana` or a bare name of a person. */
export function targetOf(reference: string): Target {
  const [, kind, name = ""] = /^(role|group|person):(.*)$/s.exec(reference) ?? [];
  if (kind === "role" || kind === "group" || kind === "person") return { kind, name };
  return { kind: "person", name: reference };
}

export function union(a: Pool, b: Pool): Pool {
  if (a === b || (b.people.size === 0 && !b.isOpen)) return a;
  return { people: new Set([...a.people, ...b.people]), isOpen: a.isOpen || b.isOpen };
}

/**
 * People in both, counting in who may be: a person named in one belongs to the other when that one
 * is open.
 */
export function intersection(a: Pool, b: Pool): Pool {
  const inBoth = [...a.people].filter((person) => b.isOpen || b.people.has(person));
  const also = a.isOpen ? b.people : [];
  return { people: new Set([...inBoth, ...also]), isOpen: a.isOpen && b.isOpen };
}

export function without(pool: Pool, excluded: ReadonlySet<string>): Pool {
  if (excluded.size === 0) return pool;
  const people = [...pool.people].filter((person) => !excluded.has(person));
  return people.length === pool.people.size ? pool : { ...pool, people: new Set(people) };
}

// SECURITY: only A to Z are folded; a wider folding would make two people one.
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
