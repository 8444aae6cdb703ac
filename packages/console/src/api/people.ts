// What the pages about people ask of the server: people, groups, duty, delegations, linked accounts.

import type { IdentityPage, IdentityView, LinkOffer } from "@holdpoint/core/wire/identity";
import type {
  DelegationPage,
  DelegationRequest,
  DelegationView,
  EntryView,
  GroupPage,
  GroupView,
  PeopleImported,
  PeoplePage,
  PersonRequest,
  RosterPage,
  WeekView,
} from "@holdpoint/core/wire/people";
import { get, post, put, query, remove } from "./client.ts";

export const peopleKeys = {
  all: ["people"],
  list: ["people", "list"],
  person: (id: string) => ["people", "person", id],
  groups: ["people", "groups"],
  group: (name: string) => ["people", "group", name],
  week: (name: string, zone: string | null, weeks: number) => [
    "people",
    "week",
    name,
    { zone, weeks },
  ],
  delegations: ["people", "delegations"],
  rosters: ["people", "rosters"],
  identities: (person: string) => ["people", "identities", person],
} as const;

const segment = encodeURIComponent;

export function getPeople(signal: AbortSignal): Promise<PeoplePage> {
  return get<PeoplePage>("/people", signal);
}

export function getPerson(id: string, signal: AbortSignal): Promise<EntryView> {
  return get<EntryView>(`/people/${segment(id)}`, signal);
}

export function savePerson(id: string, request: PersonRequest): Promise<EntryView> {
  return put<EntryView>(`/people/${segment(id)}`, request);
}

/** `isForgotten` takes the names of somebody who left out of the document. */
export function removePerson(id: string, isForgotten: boolean): Promise<PeoplePage> {
  return remove<PeoplePage>(`/people/${segment(id)}${isForgotten ? "?forget=true" : ""}`);
}

export function importPeople(source: string): Promise<PeopleImported> {
  return post<PeopleImported>("/people/import", { source });
}

export function getGroups(signal: AbortSignal): Promise<GroupPage> {
  return get<GroupPage>("/groups", signal);
}

export function getGroup(name: string, signal: AbortSignal): Promise<GroupView> {
  return get<GroupView>(`/groups/${segment(name)}`, signal);
}

export function addMember(group: string, member: string): Promise<GroupView> {
  return put<GroupView>(`/groups/${segment(group)}/members/${segment(member)}`, {});
}

export function removeMember(group: string, member: string): Promise<GroupView> {
  return remove<GroupView>(`/groups/${segment(group)}/members/${segment(member)}`);
}

/** Seven times 24 hours from then on; from now when nothing is said. */
export function getWeek(
  group: string,
  from: string | undefined,
  signal: AbortSignal,
): Promise<WeekView> {
  return get<WeekView>(`/groups/${segment(group)}/week${query({ from })}`, signal);
}

export function getRosters(signal: AbortSignal): Promise<RosterPage> {
  return get<RosterPage>("/rosters", signal);
}

export function getDelegations(signal: AbortSignal): Promise<DelegationPage> {
  return get<DelegationPage>("/delegations", signal);
}

export function delegate(request: DelegationRequest): Promise<DelegationView> {
  return post<DelegationView>("/delegations", request);
}

export function endDelegation(id: string): Promise<DelegationPage> {
  return remove<DelegationPage>(`/delegations/${segment(id)}`);
}

export function getIdentities(person: string, signal: AbortSignal): Promise<IdentityPage> {
  return get<IdentityPage>(`/identities${query({ person })}`, signal);
}

export function lookAtCode(code: string): Promise<LinkOffer> {
  return post<LinkOffer>("/identities/look", { code });
}

export function linkIdentity(code: string): Promise<IdentityView> {
  return post<IdentityView>("/identities/link", { code });
}

export function unlinkIdentity({ channel, external_id }: IdentityView): Promise<IdentityView> {
  return remove<IdentityView>(`/identities/${segment(channel)}/${segment(external_id)}`);
}
