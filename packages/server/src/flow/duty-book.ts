// Who can be asked now: the people document, persons behind live keys, and rosters, kept until one of them changes.

import type { Directory } from "@holdpoint/core/approval/authority";
import { entryOf, indexPeople } from "@holdpoint/core/people/names";
import { type Contact, type Duty, makeDuty } from "@holdpoint/core/people/duty";
import type { PersonEntry } from "@holdpoint/core/people/people";
import { parseRoster, type Roster } from "@holdpoint/core/people/roster";
import type { Person } from "@holdpoint/core/approval/review";
import type { Clock } from "@holdpoint/core/base/clock";
import { type ChannelInfo, hasChannels } from "../channel/channel.ts";
import type { KeyPerson, RosterRecord } from "../storage/people.ts";
import type { Store } from "../storage/store.ts";
import type { LoadedPolicy } from "./loaded-policy.ts";

export interface DutyBookParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly channels: readonly ChannelInfo[];
  /** The person of the development connection; null when there is none. */
  readonly developmentPerson: Person | null;
}

/** What a hold is planned and moved by. */
export interface Around {
  readonly duty: Duty;
  readonly directory: Directory;
  readonly hasChannels: boolean;
}

/** Keys run out without a notice: persons behind them are looked up again after this long. */
const personsKnownMs = 60_000;
const dutiesMax = 16;

interface Known<Value> {
  readonly value: Promise<Value>;
  readonly at: number;
}

interface KnownDuty {
  readonly duty: Duty;
  readonly persons: readonly KeyPerson[];
  readonly rosters: ReadonlyMap<string, Roster>;
}

export class DutyBook {
  readonly #parts: DutyBookParts;
  readonly #persons = new Map<string, Known<readonly KeyPerson[]>>();
  readonly #rosters = new Map<string, Known<ReadonlyMap<string, Roster>>>();
  /** By tenant and bundle; good while persons and rosters are the very same. */
  readonly #duties = new Map<string, KnownDuty>();
  /** Texts that were parsed, by digest. */
  readonly #parsed = new Map<string, Roster | null>();

  constructor(parts: DutyBookParts) {
    this.#parts = parts;
  }

  async duty(tenant: string, policy: LoadedPolicy): Promise<Duty> {
    const [persons, rosters] = await Promise.all([
      this.#personsOf(tenant),
      policy.people.rosters.length === 0 ? noRosters : this.#rostersOf(tenant),
    ]);
    const key = `${tenant} ${policy.bundle} ${policy.digest}`;
    const known = this.#duties.get(key);
    if (known?.persons === persons && known.rosters === rosters) return known.duty;
    const contacts = contactsOf(policy, persons, this.#parts.developmentPerson);
    const duty = makeDuty({ policy: policy.policy, people: policy.people, contacts, rosters });
    this.#duties.set(key, { duty, persons, rosters });
    for (const old of this.#duties.keys()) {
      if (this.#duties.size <= dutiesMax) break;
      this.#duties.delete(old);
    }
    return duty;
  }

  async surroundings(tenant: string, policy: LoadedPolicy): Promise<Around> {
    return {
      duty: await this.duty(tenant, policy),
      directory: policy.directory,
      hasChannels: hasChannels(this.#parts.channels),
    };
  }

  /** Keys or rosters of the tenant changed, here or elsewhere. */
  forget(tenant: string): void {
    this.#persons.delete(tenant);
    this.#rosters.delete(tenant);
  }

  forgetAll(): void {
    this.#persons.clear();
    this.#rosters.clear();
  }

  #personsOf(tenant: string): Promise<readonly KeyPerson[]> {
    const now = this.#parts.clock.now();
    return lookedUp(this.#persons, tenant, now, () => this.#parts.store.keyPeople(tenant, now));
  }

  #rostersOf(tenant: string): Promise<ReadonlyMap<string, Roster>> {
    return lookedUp(this.#rosters, tenant, this.#parts.clock.now(), async () => {
      const records = await this.#parts.store.listRosters(tenant);
      return new Map(records.flatMap((record) => this.#read(record)));
    });
  }

  /** A text that was good when it was fetched, and cannot be read now, says nothing. */
  #read({ name, digest, body }: RosterRecord): readonly (readonly [string, Roster])[] {
    if (digest === null || body === null) return [];
    const known = this.#parsed.get(digest);
    if (known !== undefined) return known === null ? [] : [[name, known]];
    const parsed = parseRoster(body);
    const roster = parsed.ok ? parsed.roster : null;
    if (this.#parsed.size >= parsedMax) this.#parsed.clear();
    this.#parsed.set(digest, roster);
    return roster === null ? [] : [[name, roster]];
  }
}

const noRosters: ReadonlyMap<string, Roster> = new Map();
const parsedMax = 64;

/** Looked up once until it is forgotten or old; what could not be looked up is tried again. */
function lookedUp<Value>(
  known: Map<string, Known<Value>>,
  tenant: string,
  now: number,
  look: () => Promise<Value>,
): Promise<Value> {
  const found = known.get(tenant);
  if (found !== undefined && now - found.at < personsKnownMs) return found.value;
  const looking = { value: look(), at: now };
  known.set(tenant, looking);
  looking.value.catch(() => {
    if (known.get(tenant) === looking) known.delete(tenant);
  });
  return looking.value;
}

/**
 * Everybody who can be asked, each once: a person of the document with the roles of their keys too.
 * SECURITY: whoever left is nobody's contact, whatever keys they still hold.
 */
function contactsOf(
  { people }: LoadedPolicy,
  persons: readonly KeyPerson[],
  developmentPerson: Person | null,
): readonly Contact[] {
  const index = indexPeople(people.people);
  const contacts = new Map<string, Contact>(
    people.people.filter(({ isActive }) => isActive).map((entry) => [entry.id, ofEntry(entry)]),
  );
  for (const person of persons) {
    const entry = entryOf(index, person);
    if (entry === "unclear" || entry?.isActive === false) continue;
    const known = entry === null ? undefined : contacts.get(entry.id);
    if (known === undefined) {
      const { id, email, name, roles } = person;
      contacts.set(id, { id, email, name, roles, entry: null });
    } else {
      const roles = [...new Set([...known.roles, ...person.roles])];
      const email = known.email ?? person.email;
      contacts.set(known.id, { ...known, roles, email, name: known.name ?? person.name });
    }
  }
  if (developmentPerson !== null && !contacts.has(developmentPerson.id)) {
    const { id, email, name, roles } = developmentPerson;
    contacts.set(id, { id, email, name, roles, entry: null });
  }
  return [...contacts.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function ofEntry(entry: PersonEntry): Contact {
  const { id, email, name, roles } = entry;
  return { id, email, name, roles, entry };
}
