// Changes the people document: every state of it is kept by its content, and goes into the record with its author.

import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Json, JsonObject } from "@holdpoint/core/base/json/value";
import { delegationsMax, peopleMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { peopleDigest, peopleToJson, sortPeople } from "@holdpoint/core/people/document";
import { nobodyKnown, type People } from "@holdpoint/core/people/people";
import { peopleFromJson } from "@holdpoint/core/policy-file/read-people-file";
import { readBundle } from "@holdpoint/core/policy/bundle";
import type { EventActor } from "@holdpoint/core/record/event";
import type { PeopleRecord } from "../storage/people.ts";
import type { Engine } from "./context.ts";
import { FileRefused } from "./file-refused.ts";
import { record } from "./record.ts";

/** Changes that meet another one are made again on top of it, this often. */
const attemptsMax = 8;
const idsTold = 100;

export interface PeopleAuthor {
  readonly tenant: string;
  readonly author: EventActor;
  /** Name of the file that the change comes from; null for a call. */
  readonly file: string | null;
}

export interface ActivePeople {
  readonly bundle: string;
  readonly people: People;
}

/** As storage names it, not as this process believes. */
export async function activePeople(engine: Engine, tenant: string): Promise<ActivePeople> {
  const active = await engine.store.activePolicy(tenant);
  if (active === null) {
    throw new HoldpointError("policy_not_found", {
      message: `tenant \`${tenant}\` has no active policy; publish one first`,
    });
  }
  const { bundle } = active;
  const { people: digest = null } = readBundle(bundle);
  if (digest === null) return { bundle, people: nobodyKnown };
  const stored = await engine.store.findPeople(tenant, digest);
  const reading = stored === null ? null : peopleFromJson(JSON.parse(stored.document) as Json);
  if (reading?.ok === true) return { bundle, people: reading.people };
  // INVARIANT: a document that cannot be read is never taken for an empty one and written over.
  throw new HoldpointError("people_invalid", {
    message: `the stored people document \`${digest}\` cannot be read`,
  });
}

export interface PeopleChanged {
  readonly before: People;
  readonly after: People;
}

/** What `change` throws leaves everything as it is. */
export async function changePeople(
  engine: Engine,
  by: PeopleAuthor,
  change: (people: People) => People,
): Promise<PeopleChanged> {
  const { tenant } = by;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const { bundle, people: before } = await activePeople(engine, tenant);
    const after = sortPeople(change(before));
    if (peopleDigest(after) === peopleDigest(before)) return { before, after };
    refuseUnreadable(after);
    const isWritten = await engine.store.activatePeople(tenant, {
      people: recordOf(engine, by, after),
      rosters: after.rosters,
      replaces: bundle,
      event: changedEvent(engine, by, { before, after }),
    });
    if (isWritten) {
      engine.policies.forget(tenant);
      engine.people.forget(tenant);
      engine.hub.changed(tenant, []);
      engine.hub.work();
      return { before, after };
    }
  }
  throw new HoldpointError("people_stale", {
    message: "policy, tools or people changed again and again meanwhile; try again",
  });
}

/** INVARIANT: what is stored can be read again, by the rules that files are read by: one name is one person. */
function refuseUnreadable(people: People): void {
  const tooMany =
    people.people.length > peopleMax
      ? `at most ${peopleMax} people, those who left among them`
      : people.delegations.length > delegationsMax
        ? `at most ${delegationsMax} delegations`
        : null;
  if (tooMany !== null) throw new HoldpointError("people_invalid", { message: tooMany });
  const reading = peopleFromJson(peopleToJson(people));
  if (!reading.ok) throw new FileRefused("people_invalid", reading.findings);
}

function recordOf(engine: Engine, { author }: PeopleAuthor, people: People): PeopleRecord | null {
  const digest = peopleDigest(people);
  if (digest === null) return null;
  const document = canonicalJson(peopleToJson(people));
  return { digest, document, author: author.id, createdAt: engine.clock.now() };
}

function changedEvent(
  engine: Engine,
  { tenant, author, file }: PeopleAuthor,
  { before, after }: PeopleChanged,
): ReturnType<typeof record>[number] {
  const [event] = record(engine, tenant, [
    {
      type: "people.changed",
      at: engine.clock.now(),
      actor: author,
      jobId: null,
      revision: null,
      before: peopleDigest(before),
      after: peopleDigest(after),
      jobHash: null,
      snapshot: null,
      payload: {
        file,
        people: differenceOf(before, after, "people"),
        groups: differenceOf(before, after, "groups"),
        rosters: differenceOf(before, after, "rosters"),
        delegations: differenceOf(before, after, "delegations"),
      },
    },
  ]);
  if (event === undefined) throw new HoldpointError("internal", { message: "no event" });
  return event;
}

type Part = "people" | "groups" | "rosters" | "delegations";

/** Ids and names alone: an address of a roster may be a secret. */
function differenceOf(before: People, after: People, part: Part): JsonObject {
  const [old, now] = [textsOf(before, part), textsOf(after, part)];
  const told = (ids: Iterable<string>): string[] => [...ids].slice(0, idsTold);
  return {
    count: now.size,
    added: told([...now.keys()].filter((id) => !old.has(id))),
    removed: told([...old.keys()].filter((id) => !now.has(id))),
    changed: told(
      [...now].filter(([id, text]) => old.has(id) && old.get(id) !== text).map(([id]) => id),
    ),
  };
}

function textsOf(people: People, part: Part): ReadonlyMap<string, string> {
  const items: readonly object[] = people[part];
  return new Map(
    items.map((item) => {
      const { id, name } = item as { readonly id?: string; readonly name?: string };
      return [id ?? name ?? "", JSON.stringify(item)];
    }),
  );
}
