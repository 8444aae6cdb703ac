// The people of a tenant: read, written one by one or by a file, and marked as gone when they leave.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import { indexPeople, nameKey, namesOfEntry } from "@holdpoint/core/people/names";
import { filePrefix, peopleDigest } from "@holdpoint/core/people/document";
import type { GroupEntry, People, PersonEntry } from "@holdpoint/core/people/people";
import type { Finding } from "@holdpoint/core/policy/finding";
import { fileDelegation } from "@holdpoint/core/policy-file/read-delegations";
import type { KnownNames } from "@holdpoint/core/policy-file/read-known-names";
import {
  loadPeople,
  peopleFromJson,
  type PeopleReading,
} from "@holdpoint/core/policy-file/read-people-file";
import type {
  EntryView,
  PeopleImported,
  PeoplePage,
  PersonRequest,
} from "@holdpoint/core/wire/people";
import { activePeople, changePeople, type PeopleAuthor } from "./change-people.ts";
import { type Context, type Engine, requirePerson, requireViewer } from "./context.ts";
import { FileRefused, findingView } from "./file-refused.ts";
import { entryViewOf, loadsOf } from "./people-view.ts";

export async function listPeople(ctx: Context): Promise<PeoplePage> {
  requireViewer(ctx);
  const policy = await ctx.policies.active(ctx.caller.tenant);
  const { people } = policy;
  const loads = await loadsOf(
    ctx,
    people.people.map(({ id }) => id),
  );
  return {
    items: people.people.map((entry) => entryViewOf(policy, entry, loads)),
    digest: peopleDigest(people),
  };
}

export async function showPerson(ctx: Context, name: string): Promise<EntryView> {
  requireViewer(ctx);
  const policy = await ctx.policies.active(ctx.caller.tenant);
  const entry = knownEntry(policy.people, name);
  return entryViewOf(policy, entry, await loadsOf(ctx, [entry.id]));
}

/** SECURITY: the document says who may decide, so only people who administer change it. */
export async function putPerson(
  ctx: Context,
  id: string,
  request: PersonRequest,
): Promise<EntryView> {
  const author = authorOf(ctx);
  const { entry, groups } = readRequest(id, request);
  const { policy } = await ctx.policies.active(ctx.caller.tenant);
  await changePeople(ctx, author, (people) => {
    requireGroups(groups ?? [], new Set([...policy.groups.keys(), ...namesOf(people.groups)]));
    const others = people.people.filter((one) => one.id !== id);
    const changed = { ...people, people: [...others, entry] };
    return groups === null ? changed : { ...changed, groups: inGroups(people.groups, id, groups) };
  });
  return showPerson(ctx, id);
}

/** A misspelled group would take the person in silence. */
function requireGroups(wanted: readonly string[], known: ReadonlySet<string>): void {
  const strange = wanted.find((name) => !known.has(name));
  if (strange === undefined) return;
  throw new HoldpointError("group_not_found", {
    message: `the policy has no group \`${strange}\`; groups are named in the policy file`,
  });
}

function namesOf(groups: readonly GroupEntry[]): readonly string[] {
  return groups.map(({ name }) => name);
}

/**
 * They left: what their accounts say counts for nothing from now on, votes that stand included.
 * SECURITY: the names stay, so that a key that was forgotten does not come back to life as somebody
 * whom the document does not know.
 */
export async function removePerson(ctx: Context, name: string): Promise<PeoplePage> {
  await changePeople(ctx, authorOf(ctx), (people) => {
    const { id } = knownEntry(people, name);
    return withoutThem(people, new Set([id]));
  });
  return listPeople(ctx);
}

/** Takes the names of somebody who left out of the document, once no key of theirs is left. */
export async function forgetPerson(ctx: Context, name: string): Promise<PeoplePage> {
  const author = authorOf(ctx);
  const persons = await ctx.store.keyPeople(ctx.caller.tenant, ctx.clock.now());
  await changePeople(ctx, author, (people) => {
    const entry = knownEntry(people, name);
    if (entry.isActive) {
      const message = `\`${entry.id}\` is there; remove them first, and forget them then`;
      throw new HoldpointError("people_invalid", { message });
    }
    const names = new Set(namesOfEntry(entry).map(nameKey));
    const isTheirs = (own: string | null): boolean => own !== null && names.has(nameKey(own));
    if (persons.some(({ id, email }) => isTheirs(id) || isTheirs(email))) {
      const message = `\`${entry.id}\` has keys that are valid; revoke them first`;
      throw new HoldpointError("people_invalid", { message });
    }
    return { ...people, people: people.people.filter((one) => one.id !== entry.id) };
  });
  return listPeople(ctx);
}

export async function importPeople(ctx: Context, source: string): Promise<PeopleImported> {
  const author = authorOf(ctx);
  return replacePeople(ctx, author, source);
}

/**
 * Makes the document what a file says; throws with all that is wrong with it. Delegations that
 * people made stay, and whoever the file does not name any more has left.
 */
export async function replacePeople(
  engine: Engine,
  author: PeopleAuthor,
  source: string,
): Promise<PeopleImported> {
  const read = peopleOf(loadPeople(source, await knownNames(engine, author.tenant)));
  if (author.file === null) refuseFiles(read.people);
  const { before, after } = await changePeople(engine, author, (people) =>
    replaced(people, read.people),
  );
  const gone = after.people.filter(({ isActive }) => !isActive).map(({ id }) => id);
  const there = new Set(before.people.filter(({ isActive }) => isActive).map(({ id }) => id));
  return {
    digest: peopleDigest(after),
    people: after.people.length - gone.length,
    left: gone.filter((id) => there.has(id)),
    findings: read.findings.map(findingView),
  };
}

async function knownNames(engine: Engine, tenant: string): Promise<KnownNames> {
  const { policy } = await engine.policies.active(tenant);
  const channels = engine.channels.filter(({ reach }) => reach === "person");
  return {
    roles: new Set(policy.roles.keys()),
    groups: new Set(policy.groups.keys()),
    channels: new Set(channels.map(({ name }) => name)),
  };
}

/** SECURITY: a file of the server is only read when the server's own people file names it. */
function refuseFiles({ rosters }: People): void {
  const wrong = rosters.find(({ source }) => source.startsWith(filePrefix));
  if (wrong === undefined) return;
  throw new HoldpointError("people_invalid", {
    message: `roster \`${wrong.name}\` is a file; only the people file of the server (--people) names files`,
  });
}

function replaced(before: People, read: People): People {
  const names = new Set(read.people.flatMap(namesOfEntry).map(nameKey));
  const gone = before.people.flatMap((entry) => goneOf(entry, names));
  const people = [...read.people, ...gone];
  const known = new Set(people.map(({ id }) => id));
  const made = before.delegations.filter(
    ({ id, from, to }) => !id.startsWith(fileDelegation) && known.has(from) && known.has(to),
  );
  const whole = { ...read, people, delegations: [...read.delegations, ...made] };
  return withoutThem(whole, new Set(gone.map(({ id }) => id)));
}

/** The names that nobody has now, of somebody whom the file does not name. */
function goneOf(entry: PersonEntry, taken: ReadonlySet<string>): readonly PersonEntry[] {
  if (taken.has(nameKey(entry.id))) return [];
  const isFree = (name: string): boolean => !taken.has(nameKey(name));
  const email = entry.email !== null && isFree(entry.email) ? entry.email : null;
  return [{ ...entry, email, accounts: entry.accounts.filter(isFree), isActive: false }];
}

/** Without roles, memberships and delegations of these people, who stay as people who left. */
function withoutThem(people: People, ids: ReadonlySet<string>): People {
  return {
    people: people.people.map((entry) =>
      ids.has(entry.id) ? { ...entry, roles: [], limits: [], isActive: false } : entry,
    ),
    groups: people.groups.map(({ name, members }) => ({
      name,
      members: members.filter((member) => !ids.has(member)),
    })),
    rosters: people.rosters,
    delegations: people.delegations.filter(({ from, to }) => !ids.has(from) && !ids.has(to)),
  };
}

function inGroups(
  groups: readonly GroupEntry[],
  id: string,
  wanted: readonly string[],
): readonly GroupEntry[] {
  const others = groups.map(({ name, members }) => ({
    name,
    members: members.filter((member) => member !== id),
  }));
  const named = new Map(others.map((group) => [group.name, group.members]));
  for (const name of wanted) named.set(name, [...(named.get(name) ?? []), id]);
  return [...named].map(([name, members]) => ({ name, members }));
}

function readRequest(
  id: string,
  request: PersonRequest,
): { entry: PersonEntry; groups: readonly string[] | null } {
  const said = Object.entries(request).filter(([, value]) => value !== undefined && value !== null);
  const json = { version: "v1", people: [{ ...Object.fromEntries(said), id } as JsonObject] };
  const { people } = peopleOf(peopleFromJson(json), "/people/0");
  const [entry] = people.people;
  if (entry === undefined) {
    throw new HoldpointError("people_invalid", { message: "it says nothing" });
  }
  return { entry, groups: request.groups ?? null };
}

function peopleOf(
  reading: PeopleReading,
  prefix = "",
): { people: People; findings: readonly Finding[] } {
  if (reading.ok) return { people: reading.people, findings: reading.findings };
  const findings = reading.findings.map((finding) =>
    finding.path.startsWith(prefix)
      ? { ...finding, path: finding.path.slice(prefix.length) }
      : finding,
  );
  throw new FileRefused("people_invalid", findings);
}

/** By id, email or account. */
export function knownEntry({ people }: People, name: string): PersonEntry {
  const entry = indexPeople(people).get(nameKey(name));
  if (entry !== undefined) return entry;
  throw new HoldpointError("person_not_found", { message: `nobody is known as \`${name}\`` });
}

export function authorOf(ctx: Context): PeopleAuthor {
  const author = personActor(requirePerson(ctx, "admin"));
  return { tenant: ctx.caller.tenant, author, file: null };
}

/** The document as storage has it, for a look before a change. */
export async function documentOf(ctx: Context): Promise<People> {
  return (await activePeople(ctx, ctx.caller.tenant)).people;
}
