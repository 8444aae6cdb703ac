// The contract of what storage keeps of people: the document in the bundle, persons behind keys, rosters.

import { describe, expect, test } from "vitest";
import type { PeopleChange, PeopleRecord } from "@holdpoint/server/storage/people";
import { makeEvent, makeJob, makeKey, makePolicy, makeTools, opening } from "./sample.ts";
import type { World } from "./world.ts";

export function peopleSuite(world: World): void {
  describe("people", () => {
    documentTests(world);
    keyTests(world);
    rosterTests(world);
  });
}

function makePeople(name: string): PeopleRecord {
  const { digest, createdAt } = makePolicy(name);
  return { digest, document: JSON.stringify({ name }), author: "per_ada", createdAt };
}

function change(tenant: string, replaces: string, more: Partial<PeopleChange> = {}): PeopleChange {
  const event = makeEvent(tenant, "people.changed");
  return { people: makePeople("people"), rosters: [], replaces, event, ...more };
}

/** A tenant with an active policy. */
async function begun(world: World): Promise<{ tenant: string; bundle: string }> {
  const tenant = await world.tenant();
  const policy = makePolicy("one");
  const event = makeEvent(tenant, "policy.activated");
  await world.place().store.activatePolicy(tenant, policy, null, event);
  return { tenant, bundle: policy.digest };
}

function documentTests(world: World): void {
  test("are named in the bundle by their content, beside tools and policy", async () => {
    const { store } = world.place();
    const { tenant, bundle } = await begun(world);
    const people = makePeople("people");
    const before = await world.counts(tenant);
    expect(await store.activatePeople(tenant, change(tenant, "sha256:other"))).toBe(false);
    expect(await world.counts(tenant)).toEqual(before);
    expect(await store.activatePeople(tenant, change(tenant, bundle, { people }))).toBe(true);
    const withPeople = `${bundle}+people:${people.digest}`;
    expect(await store.activePolicy(tenant)).toMatchObject({ bundle: withPeople });
    expect(await store.findPeople(tenant, people.digest)).toEqual(people);
    expect(await store.findPeople(tenant, "sha256:none")).toBeNull();

    const tools = makeTools("tools");
    const changed = makeEvent(tenant, "tools.changed");
    expect(await store.activateTools(tenant, tools, withPeople, changed)).toBe(true);
    const next = makePolicy("two");
    const event = makeEvent(tenant, "policy.activated");
    await store.activatePolicy(tenant, next, null, event);
    const all = `${next.digest}+tools:${tools.digest}+people:${people.digest}`;
    expect(await store.activePolicy(tenant)).toMatchObject({ digest: next.digest, bundle: all });
    expect(await store.activatePeople(tenant, change(tenant, all, { people: null }))).toBe(true);
    const after = `${next.digest}+tools:${tools.digest}`;
    expect(await store.activePolicy(tenant)).toMatchObject({ bundle: after });
  });

  test("make a commit lose that was decided by others", async () => {
    const { store } = world.place();
    const { tenant, bundle } = await begun(world);
    expect(await store.commit(tenant, opening(makeJob(tenant), { bundle }))).toBe("written");
    await store.activatePeople(tenant, change(tenant, bundle));
    expect(await store.commit(tenant, opening(makeJob(tenant), { bundle }))).toBe("lost");
  });

  test("change once of two changes of the same state", async () => {
    const { store } = world.place();
    const { tenant, bundle } = await begun(world);
    const rivals = ["a", "b", "c", "d"].map((name) =>
      store.activatePeople(tenant, change(tenant, bundle, { people: makePeople(name) })),
    );
    expect((await Promise.all(rivals)).filter((isWritten) => isWritten)).toHaveLength(1);
    const { audit_events: events } = await world.counts(tenant);
    expect(events).toBe(2);
  });
}

function keyTests(world: World): void {
  test("behind live keys that may review are listed once, with the roles of all their keys", async () => {
    const { store } = world.place();
    const { tenant } = await begun(world);
    const ada = { id: "per_ada", email: "ada@example.com", name: "Ada" };
    const later = Number.MAX_SAFE_INTEGER;
    const person = {
      kind: "person",
      subject: "per_ada",
      person: ada,
      scopes: ["review"],
      expiresAt: later,
    } as const;
    const add = async (more: Parameters<typeof makeKey>[0]) => {
      const key = makeKey({ ...person, ...more });
      await store.addKey(tenant, key, makeEvent(tenant, "key.created"));
      return key;
    };
    await add({ roles: ["lead", "*"] });
    await add({ roles: ["dba of two"] });
    const revoked = await add({ roles: ["revoked"] });
    await add({ roles: ["old"], expiresAt: 50 });
    await add({ subject: "bo", person: { id: "bo", email: null, name: null }, scopes: ["read"] });
    await add({ kind: "agent", subject: "billing", person: null, scopes: ["propose"] });
    await store.revokeKey(tenant, revoked.id, 5, makeEvent(tenant, "key.revoked"));
    expect(await store.keyPeople(tenant, 50)).toEqual([{ ...ada, roles: ["dba of two", "lead"] }]);
    expect((await store.keyPeople(tenant, 49))[0]?.roles).toEqual(["dba of two", "lead", "old"]);
  });
}

const far = "https://calendar.example/a.ics";
const text = { digest: "sha256:a", body: "BEGIN:VCALENDAR" };

function rosterTests(world: World): void {
  test("with rosters keep those of the document and forget the others", async () => {
    const { store } = world.place();
    const { tenant, bundle } = await begun(world);
    const first = makePeople("first");
    const rosters = [
      { name: "far", source: far },
      { name: "near", source: "file:near.ics" },
    ];
    await store.activatePeople(tenant, change(tenant, bundle, { people: first, rosters }));
    const fresh = { digest: null, body: null, fetchedAt: null, nextAt: 0, error: null };
    expect(await store.listRosters(tenant)).toEqual(rosters.map((one) => ({ ...one, ...fresh })));
    const look = { name: "far", source: far, text, error: null, at: 7, nextAt: 900 };
    expect(await store.settleRoster(tenant, look)).toBe(true);
    const failed = { ...look, text: null, error: "it answers 500", at: 8, nextAt: 30 };
    expect(await store.settleRoster(tenant, failed)).toBe(true);
    const kept = {
      name: "far",
      source: far,
      ...text,
      fetchedAt: 7,
      nextAt: 30,
      error: failed.error,
    };
    expect((await store.listRosters(tenant))[0]).toEqual(kept);

    // The same source keeps its text through a change; another source begins anew.
    const moved = [{ name: "far", source: far }];
    const next = `${bundle}+people:${first.digest}`;
    const second = makePeople("second");
    await store.activatePeople(tenant, change(tenant, next, { people: second, rosters: moved }));
    expect(await store.listRosters(tenant)).toEqual([kept]);
    const elsewhere = [{ name: "far", source: `${far}?2` }];
    const last = `${bundle}+people:${second.digest}`;
    await store.activatePeople(tenant, change(tenant, last, { rosters: elsewhere }));
    expect(await store.settleRoster(tenant, look)).toBe(false);
    expect(await store.listRosters(tenant)).toEqual([{ name: "far", ...elsewhere[0], ...fresh }]);
  });

  test("with rosters elsewhere give each due one to one process, and files to none", async () => {
    const { store } = world.place();
    const { tenant, bundle } = await begun(world);
    expect(await store.nextRosterAt(tenant)).toBeNull();
    const rosters = [
      { name: "far", source: far },
      { name: "near", source: "file:near.ics" },
    ];
    await store.activatePeople(tenant, change(tenant, bundle, { rosters }));
    expect(await store.nextRosterAt(tenant)).toBe(0);
    const claims = await Promise.all([1, 2, 3].map(() => store.claimRosters(tenant, 10, 70)));
    expect(claims.flat().map(({ name }) => name)).toEqual(["far"]);
    expect(await store.nextRosterAt(tenant)).toBe(70);
    expect(await store.claimRosters(tenant, 69, 200)).toEqual([]);
    expect(await store.claimRosters(tenant, 70, 200)).toHaveLength(1);
  });
}
