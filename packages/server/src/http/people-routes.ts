// The doors of people: who they are, groups and who is on duty, delegations, rosters, and the caller's own view.

import {
  delegationPage,
  delegationRequest,
  delegationView,
  entryView,
  groupPage,
  groupView,
  meView,
  onCallQuery,
  onCallView,
  peopleImported,
  peopleImportRequest,
  peoplePage,
  personRequest,
  removeQuery,
  rosterPage,
  weekQuery,
  weekView,
} from "@holdpoint/core/wire/people";
import { createDelegation, endDelegation, listDelegations } from "../flow/delegate.ts";
import {
  addMember,
  listGroups,
  readOnCall,
  readWeek,
  removeMember,
  showGroup,
} from "../flow/manage-groups.ts";
import {
  forgetPerson,
  importPeople,
  listPeople,
  putPerson,
  removePerson,
  showPerson,
} from "../flow/manage-people.ts";
import { listRosters, readMe } from "../flow/read-me.ts";
import { get, ok, post, put, remove, type Route } from "./route.ts";

const tag = "people";

const instantOf = (text: string | undefined): number | null =>
  text === undefined ? null : Date.parse(text);

const personRoutes: readonly Route[] = [
  get({
    path: "/people",
    operationId: "listPeople",
    summary: "Everybody whom the people document names, those who left included",
    tag,
    answers: { 200: peoplePage },
    handle: async ({ ctx }) => ok(await listPeople(ctx)),
  }),
  get({
    path: "/people/me",
    operationId: "readOwnPerson",
    summary: "Who the caller is: names, rights, groups, delegations, linked accounts, load",
    tag,
    answers: { 200: meView },
    handle: async ({ ctx }) => ok(await readMe(ctx)),
  }),
  post({
    path: "/people/import",
    operationId: "importPeople",
    summary: "Make the document what a people file says; one that does not load changes nothing",
    tag,
    body: peopleImportRequest,
    answers: { 200: peopleImported },
    isPolicyBody: true,
    handle: async ({ ctx, body }) => ok(await importPeople(ctx, body.source)),
  }),
  get({
    path: "/people/{person}",
    operationId: "readPerson",
    summary: "One person, by id, email or account",
    tag,
    answers: { 200: entryView },
    handle: async ({ ctx, params }) => ok(await showPerson(ctx, params["person"] ?? "")),
  }),
  put({
    path: "/people/{person}",
    operationId: "putPerson",
    summary: "Write a person down, or put this in the place of what is written of them",
    tag,
    body: personRequest,
    answers: { 200: entryView },
    handle: async ({ ctx, params, body }) => ok(await putPerson(ctx, params["person"] ?? "", body)),
  }),
  remove({
    path: "/people/{person}",
    operationId: "removePerson",
    summary: "The person left; with `forget=true`, take the names of somebody who left out",
    tag,
    query: removeQuery,
    answers: { 200: peoplePage },
    handle: async ({ ctx, params, query }) => {
      const name = params["person"] ?? "";
      const change = query.forget === "true" ? forgetPerson : removePerson;
      return ok(await change(ctx, name));
    },
  }),
];

const groupRoutes: readonly Route[] = [
  get({
    path: "/groups",
    operationId: "listGroups",
    summary: "The groups of the policy, their members, and who is on duty",
    tag,
    answers: { 200: groupPage },
    handle: async ({ ctx }) => ok(await listGroups(ctx)),
  }),
  get({
    path: "/groups/{group}",
    operationId: "readGroup",
    summary: "One group",
    tag,
    answers: { 200: groupView },
    handle: async ({ ctx, params }) => ok(await showGroup(ctx, params["group"] ?? "")),
  }),
  get({
    path: "/groups/{group}/week",
    operationId: "readGroupWeek",
    summary: "Who is on duty over seven days",
    tag,
    query: weekQuery,
    answers: { 200: weekView },
    handle: async ({ ctx, params, query }) =>
      ok(await readWeek(ctx, params["group"] ?? "", instantOf(query.from))),
  }),
  put({
    path: "/groups/{group}/members/{member}",
    operationId: "addGroupMember",
    summary: "Add a person, or `role:` and a role, to a group of the policy",
    tag,
    answers: { 200: groupView },
    handle: async ({ ctx, params }) =>
      ok(await addMember(ctx, params["group"] ?? "", params["member"] ?? "")),
  }),
  remove({
    path: "/groups/{group}/members/{member}",
    operationId: "removeGroupMember",
    summary: "Take a member out that was added; members of the policy file are changed there",
    tag,
    answers: { 200: groupView },
    handle: async ({ ctx, params }) =>
      ok(await removeMember(ctx, params["group"] ?? "", params["member"] ?? "")),
  }),
  get({
    path: "/oncall",
    operationId: "readOnCall",
    summary: "Who is on duty in every group, now or at another moment, and what changes next",
    tag,
    query: onCallQuery,
    answers: { 200: onCallView },
    handle: async ({ ctx, query }) => ok(await readOnCall(ctx, instantOf(query.at))),
  }),
  get({
    path: "/rosters",
    operationId: "listRosters",
    summary: "The calendars that say who is on duty: when they were read, and what is wrong",
    tag,
    answers: { 200: rosterPage },
    handle: async ({ ctx }) => ok(await listRosters(ctx)),
  }),
];

const delegationRoutes: readonly Route[] = [
  get({
    path: "/delegations",
    operationId: "listDelegations",
    summary: "Who stands in for whom",
    tag,
    answers: { 200: delegationPage },
    handle: async ({ ctx }) => ok(await listDelegations(ctx)),
  }),
  post({
    path: "/delegations",
    operationId: "createDelegation",
    summary: "Let somebody decide in the caller's place for a time; an admin, in anybody's",
    tag,
    body: delegationRequest,
    answers: { 200: delegationView },
    handle: async ({ ctx, body }) => ok(await createDelegation(ctx, body)),
  }),
  remove({
    path: "/delegations/{delegation}",
    operationId: "endDelegation",
    summary: "End a delegation now; what was decided by it stands",
    tag,
    answers: { 200: delegationPage },
    handle: async ({ ctx, params }) => ok(await endDelegation(ctx, params["delegation"] ?? "")),
  }),
];

export const peopleRoutes: readonly Route[] = [
  ...personRoutes,
  ...groupRoutes,
  ...delegationRoutes,
];
