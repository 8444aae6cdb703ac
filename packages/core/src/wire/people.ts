// People on the wire: who they are, groups and who of them is on duty, delegations, rosters, and the caller's own view.

import { z } from "zod";
import { policyBytesMax } from "../base/limits.ts";
import { identityView } from "./identity.ts";
import { findingView } from "./response.ts";
import { digest, instant, jsonObject, note, word } from "./shape.ts";

const text = z.string();
const orNull = <T extends z.ZodType>(schema: T): z.ZodNullable<T> => schema.nullable();

const limit = z.object({
  /** Null is every topic. */
  topics: orNull(z.array(text)),
  cost: orNull(z.object({ at_most: z.number(), currency: text })),
});
const quiet = z.object({ zone: text, from: text, to: text });
/** Holds that the person was sent a card of within the last hour, and of them those that still wait. */
const load = { cards_last_hour: z.int(), cards_open: z.int() };

/** What is written of one person, in the words of the people file; checked as the file is. */
export const personRequest = z.strictObject({
  email: text.nullish(),
  name: text.nullish(),
  /** Further names by which the person signs in. */
  accounts: z.array(text).optional(),
  roles: z.array(text).optional(),
  /** The groups that the person is a member of by this document; those by the policy file stay. */
  groups: z.array(text).optional(),
  limits: z.array(jsonObject).optional(),
  quiet: jsonObject.nullish(),
  cards_per_hour: z.number().nullish(),
  channels: z.array(text).optional(),
  active: z.boolean().optional(),
});
/** A people file; the document holds what it says from then on, and delegations that people made. */
export const peopleImportRequest = z.strictObject({
  source: z.string().min(1).max(policyBytesMax),
});

/** `forget=true` takes the names of somebody who left out of the document. */
export const removeQuery = z.strictObject({ forget: z.enum(["true", "false"]).optional() });

export const entryView = z.object({
  id: text,
  email: orNull(text),
  name: orNull(text),
  accounts: z.array(text),
  roles: z.array(text),
  /** Of the people document and of the policy. */
  groups: z.array(text),
  limits: z.array(limit),
  quiet: orNull(quiet),
  cards_per_hour: orNull(z.int()),
  channels: z.array(text),
  /** False once they left. */
  active: z.boolean(),
  load: z.object(load),
});
/** `digest` names this state of the document; null while it is empty. */
export const peoplePage = z.object({ items: z.array(entryView), digest: orNull(digest) });
export const peopleImported = z.object({
  digest: orNull(digest),
  people: z.int(),
  /** Ids of people whom the file does not have and the document had; they stay as people who left. */
  left: z.array(text),
  findings: z.array(findingView),
});

/** Somebody who can be asked. */
export const contactView = z.object({
  id: text,
  name: orNull(text),
  email: orNull(text),
  on_duty: z.boolean(),
});
const contacts = z.array(contactView);
/** What changes next: from `at` these people are on duty. */
export const dutyChange = z.object({ at: instant, on_duty: contacts });
const hours = z.object({
  zone: text,
  days: z.array(text),
  from: text,
  to: text,
  except: z.array(text),
  holidays: orNull(text),
});
/** A rule that asks the group, at first or later, and where its holds go on from there. */
const askingRule = z.object({
  rule: text,
  /** False when the group is a later step of the chain. */
  first: z.boolean(),
  /** The steps after the group, in order. */
  steps: z.array(z.object({ after_ms: z.int(), to: text })),
  timeout_ms: z.int(),
  on_timeout: z.enum(["block", "escalate", "allow"]),
});
export const groupView = z.object({
  name: text,
  members: z.array(z.object({ ...contactView.shape, ...load })),
  /** Members as policy and people document write them: ids, emails, `role:` and a role. */
  named: z.array(z.object({ member: text, source: z.enum(["policy", "people"]) })),
  hours: orNull(hours),
  schedule: orNull(text),
  roster: orNull(text),
  /** Answers around the clock. */
  always: z.boolean(),
  /** So many of those on duty are told first; null tells all of them. */
  tell: orNull(z.int()),
  /** Notices are gathered over so many milliseconds; null sends each at once. */
  digest_ms: orNull(z.int()),
  /** Null when nothing changes within a week. */
  next: orNull(dutyChange),
  asked_by: z.array(askingRule),
});
export const groupPage = z.object({ items: z.array(groupView) });

export const onCallQuery = z.strictObject({ at: z.iso.datetime({ offset: true }).optional() });
export const onCallView = z.object({
  at: instant,
  items: z.array(
    z.object({
      group: text,
      always: z.boolean(),
      on_duty: contacts,
      next: orNull(dutyChange),
    }),
  ),
});
export const weekQuery = z.strictObject({ from: z.iso.datetime({ offset: true }).optional() });
export const weekView = z.object({
  group: text,
  from: instant,
  to: instant,
  /** Zone of the hours or of the schedule; null when neither is said. */
  zone: orNull(text),
  slots: z.array(z.object({ from: instant, to: instant, people: z.array(contactView) })),
});

export const delegationRequest = z.strictObject({
  /** Who is away; the caller when left out. Only an admin names somebody else. */
  from: word.optional(),
  to: word,
  /** Now when left out. */
  starts: z.iso.datetime({ offset: true }).optional(),
  ends: z.iso.datetime({ offset: true }),
  reason: note.optional(),
});
export const delegationView = z.object({
  id: text,
  from: text,
  from_name: orNull(text),
  to: text,
  to_name: orNull(text),
  starts: instant,
  ends: instant,
  reason: orNull(text),
  by: text,
  created_at: instant,
  /** True while it counts: it has begun, it has not ended, and both people are there. */
  live: z.boolean(),
});
export const delegationPage = z.object({ items: z.array(delegationView) });

export const rosterView = z.object({
  name: text,
  /** Host of the address, or the file; the whole address may be a secret. */
  source: text,
  fetched_at: orNull(instant),
  next_at: orNull(instant),
  /** Why the last attempt failed; the text of the last good one goes on to count. */
  error: orNull(text),
  /** True when nothing was ever read, or the last good text is older than it should be. */
  stale: z.boolean(),
});
export const rosterPage = z.object({ items: z.array(rosterView) });

export const meView = z.object({
  /** Null when an agent asks. */
  id: orNull(text),
  email: orNull(text),
  name: orNull(text),
  assurance: orNull(text),
  scopes: z.array(text),
  roles: z.array(text),
  groups: z.array(text),
  /** True when the people document knows the person. */
  known: z.boolean(),
  limits: z.array(limit),
  development: z.boolean(),
  /** From the person to others, and from others to the person; those that ended are left out. */
  delegated: z.array(delegationView),
  stands_in_for: z.array(delegationView),
  identities: z.array(identityView),
  load: z.object({ ...load, cards_per_hour: orNull(z.int()) }),
});

export type PersonRequest = z.infer<typeof personRequest>;
export type EntryView = z.infer<typeof entryView>;
export type PeoplePage = z.infer<typeof peoplePage>;
export type PeopleImported = z.infer<typeof peopleImported>;
export type ContactView = z.infer<typeof contactView>;
export type DutyChange = z.infer<typeof dutyChange>;
export type GroupView = z.infer<typeof groupView>;
export type GroupPage = z.infer<typeof groupPage>;
export type OnCallView = z.infer<typeof onCallView>;
export type WeekView = z.infer<typeof weekView>;
export type DelegationRequest = z.infer<typeof delegationRequest>;
export type DelegationView = z.infer<typeof delegationView>;
export type DelegationPage = z.infer<typeof delegationPage>;
export type RosterView = z.infer<typeof rosterView>;
export type RosterPage = z.infer<typeof rosterPage>;
export type MeView = z.infer<typeof meView>;
