// The people behind the words of a rule: one contact for each person, whatever name a file uses for them.

import { roleSatisfies } from "../policy/directory.ts";
import type { Policy } from "../policy/policy.ts";
import type { People, PersonEntry } from "./people.ts";

/** Somebody who can be asked: known by a credential, by the people file, or by the policy alone. */
export interface Contact {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly roles: readonly string[];
  readonly entry: PersonEntry | null;
}

/** The role of the development person, who stands for everybody. */
const everyRole = "*";
const rolePrefix = "role:";

export class ContactBook {
  readonly #policy: Policy;
  readonly #groups: ReadonlyMap<string, readonly string[]>;
  readonly #contacts: readonly Contact[];
  readonly #byName = new Map<string, Contact>();
  /** Names of people who left: a file that still lists them brings nobody back. */
  readonly #left = new Set<string>();
  readonly #members = new Map<string, readonly Contact[]>();

  constructor(policy: Policy, people: People, contacts: readonly Contact[]) {
    this.#policy = policy;
    this.#groups = new Map(people.groups.map(({ name, members }) => [name, members]));
    for (const entry of people.people) {
      if (!entry.isActive) for (const name of namesOfEntry(entry)) this.#left.add(lowerAscii(name));
    }
    const known = new Map<string, Contact>();
    for (const contact of [...contacts, ...people.people.map(contactOfEntry)]) {
      const names = [contact.id, contact.email ?? contact.id, ...namesOfEntry(contact.entry)];
      if (names.some((name) => this.#left.has(lowerAscii(name)))) continue;
      const first = names.map((name) => this.#byName.get(lowerAscii(name))).find(isContact);
      if (first === undefined) known.set(contact.id, contact);
      for (const name of names) {
        if (!this.#byName.has(lowerAscii(name))) {
          this.#byName.set(lowerAscii(name), first ?? contact);
        }
      }
    }
    this.#contacts = [...known.values()];
  }

  /** `group:x`, `role:x`, `person:x` or `any`. */
  members(target: string): readonly Contact[] {
    const made = this.#members.get(target) ?? this.#resolve(target);
    this.#members.set(target, made);
    return made;
  }

  /** Those of the members whom one of the names means; null is no choice at all. */
  among(members: readonly Contact[], names: readonly string[] | null): readonly Contact[] {
    if (names === null) return members;
    const wanted = new Set(names.flatMap((name) => this.#named(name).map(({ id }) => id)));
    return members.filter(({ id, roles }) => wanted.has(id) || roles.includes(everyRole));
  }

  #resolve(target: string): readonly Contact[] {
    if (target === "any") return this.#contacts;
    const [kind, name] = [
      target.slice(0, target.indexOf(":")),
      target.slice(target.indexOf(":") + 1),
    ];
    if (kind === "role") return this.#holders(name);
    if (kind === "person") return this.#named(name);
    const all = [
      ...(this.#policy.groups.get(name)?.members ?? []),
      ...(this.#groups.get(name) ?? []),
    ].flatMap((member) => this.#named(member));
    const everybody = this.#contacts.filter(({ roles }) => roles.includes(everyRole));
    return [...new Map([...all, ...everybody].map((one) => [one.id, one])).values()];
  }

  #named(name: string): readonly Contact[] {
    if (name.startsWith(rolePrefix)) return this.#holders(name.slice(rolePrefix.length));
    const bare = name.startsWith("user:") ? name.slice("user:".length) : name;
    if (this.#left.has(lowerAscii(bare))) return [];
    const known = this.#byName.get(lowerAscii(bare));
    if (known !== undefined) return [known];
    const email = bare.includes("@") ? bare : null;
    return [{ id: bare, email, name: null, roles: [], entry: null }];
  }

  #holders(role: string): readonly Contact[] {
    return this.#contacts.filter(({ roles, entry }) =>
      roleSatisfies(this.#policy, role, [...roles, ...(entry?.roles ?? [])]),
    );
  }
}

function contactOfEntry(entry: PersonEntry): Contact {
  const { id, email, name, roles } = entry;
  return { id, email, name, roles, entry };
}

function namesOfEntry(entry: PersonEntry | null): readonly string[] {
  if (entry === null) return [];
  return [entry.id, ...(entry.email === null ? [] : [entry.email]), ...entry.accounts];
}

function isContact(contact: Contact | undefined): contact is Contact {
  return contact !== undefined;
}

// SECURITY: only A to Z are folded; a wider folding would make two people one.
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
