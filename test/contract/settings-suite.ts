// The contract of what is set up rarely: policies, API keys, people, signing keys, tenants, notices.

import { describe, expect, test } from "vitest";
import { sqlStateOf } from "@holdpoint/server/storage/database";
import { storeOver } from "@holdpoint/server/storage/open";
import type { KeyRecord } from "@holdpoint/server/storage/store";
import { changing, ids, makeEvent, makeJob, makeKey, makePolicy, opening } from "./sample.ts";
import { makeGate, statementOf, type World } from "./world.ts";

export function settingsSuite(world: World): void {
  describe("settings", () => {
    policyTests(world);
    keyTests(world);
    peopleTests(world);
    signingTests(world);
    noticeTests(world);
  });
}

function policyTests(world: World): void {
  const activated = (tenant: string) => makeEvent(tenant, "policy.activated");

  test("keep every policy, and one of them active, with an event for each activation", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    expect(await store.activePolicy(tenant)).toBeNull();
    const [one, two] = [makePolicy("one"), makePolicy("two")];
    expect(await store.activatePolicy(tenant, one, null, activated(tenant))).toBe(true);
    expect(await store.activatePolicy(tenant, two, one.digest, activated(tenant))).toBe(true);
    expect(await store.activePolicy(tenant)).toEqual({
      digest: two.digest,
      bundle: two.digest,
      revision: 2,
    });
    expect(await store.activatePolicy(tenant, one, two.digest, activated(tenant))).toBe(true);
    expect(await store.activePolicy(tenant)).toMatchObject({ bundle: one.digest, revision: 3 });
    expect(await store.findPolicy(tenant, two.digest)).toEqual(two);
    expect(await store.findPolicy(tenant, "sha256:none")).toBeNull();
    const heads = [two, one].map((policy) => ({ ...policy, source: "", policy: "" }));
    expect(await store.listPolicies(tenant, 10)).toEqual(heads);
    expect(await world.counts(tenant)).toMatchObject({ policies: 2, audit_events: 3 });
  });

  test("do not activate a policy that replaces another than the active one", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [one, two] = [makePolicy("one"), makePolicy("two")];
    await store.activatePolicy(tenant, one, null, activated(tenant));
    const before = await world.counts(tenant);
    expect(await store.activatePolicy(tenant, two, two.digest, activated(tenant))).toBe(false);
    expect(await world.counts(tenant)).toEqual(before);
    expect(await store.activePolicy(tenant)).toMatchObject({ digest: one.digest });
  });

  test("let one of two publishers win who replace the same policy", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const first = makePolicy("first");
    await store.activatePolicy(tenant, first, null, activated(tenant));
    const rivals = ["a", "b", "c"].map(makePolicy);
    const results = await Promise.all(
      rivals.map((one) => store.activatePolicy(tenant, one, first.digest, activated(tenant))),
    );
    expect(results.filter((isActive) => isActive)).toHaveLength(1);
    expect(await store.activePolicy(tenant)).toMatchObject({ revision: 2 });
  });
}

function keyTests(world: World): void {
  const created = (tenant: string) => makeEvent(tenant, "key.created");

  test("find a key by the hash of its secret until it is told that it was revoked", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const key = makeKey({ name: "ci", owner: "per_ada", createdBy: "per_ada" });
    await store.addKey(tenant, key, created(tenant));
    expect(await store.findKey(tenant, key.secretHash)).toEqual(key);
    expect(await store.findKey(tenant, "0".repeat(64))).toBeNull();
    expect(await store.listKeys(tenant)).toEqual([key]);
    await store.touchKey(tenant, key.id, 7);
    const revoked = makeEvent(tenant, "key.revoked");
    const after = { ...key, lastUsedAt: 7, revokedAt: 9 };
    expect(await store.revokeKey(tenant, key.id, 9, revoked)).toEqual(after);
    const again = makeEvent(tenant, "key.revoked");
    expect(await store.revokeKey(tenant, key.id, 11, again)).toEqual(after);
    expect(await store.findKey(tenant, key.secretHash)).toEqual(after);
    expect(await store.revokeKey(tenant, "key_none", 11, again)).toBeNull();
    expect(await world.counts(tenant)).toMatchObject({ api_keys: 1, audit_events: 2 });
  });

  const wrong: [string, Partial<KeyRecord>][] = [
    ["an agent's key that may review", { kind: "agent", scopes: ["propose", "review"] }],
    ["an agent's key that may administer", { kind: "agent", scopes: ["admin"] }],
    [
      "an enforcement point's key that may review",
      { kind: "enforcement_point", scopes: ["review"] },
    ],
    ["a person's key that may propose", { kind: "person", scopes: ["review", "propose"] }],
    ["a person's key that may redeem", { kind: "person", scopes: ["redeem"] }],
    ["a key of no known kind", { kind: "robot" as "agent", scopes: ["read"] }],
  ];
  for (const [what, wish] of wrong) {
    test(`refuse ${what}, and write nothing of it`, async () => {
      const { store } = world.place();
      const tenant = await world.tenant();
      const refused = await store
        .addKey(tenant, makeKey(wish), created(tenant))
        .catch((error: unknown) => error);
      expect(sqlStateOf(refused)).toBe("23514");
      expect(await world.counts(tenant)).toMatchObject({ api_keys: 0, audit_events: 0, people: 0 });
    });
  }

  test("refuse to give an agent's key the scope of a reviewer later", async () => {
    const { store, database } = world.place();
    const tenant = await world.tenant();
    await store.addKey(tenant, makeKey(), created(tenant));
    const text = "update api_keys set scopes = scopes || '{review}'";
    const refused = await database
      .query(tenant, statementOf(text), [])
      .catch((error: unknown) => error);
    expect(sqlStateOf(refused)).toBe("23514");
  });
}

function peopleTests(world: World): void {
  const created = (tenant: string) => makeEvent(tenant, "key.created");
  const personKey = (id: string, email: string) =>
    makeKey({
      kind: "person",
      subject: id,
      roles: ["dba"],
      scopes: ["review"],
      person: { id, email, name: null },
    });

  test("find a person by id, and by email in any case", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const key = personKey("per_ada", "Ada@Example.com");
    await store.addKey(tenant, key, created(tenant));
    expect(await store.findKey(tenant, key.secretHash)).toEqual(key);
    expect(await store.findPerson(tenant, "ada@example.COM")).toEqual(key.person);
    expect(await store.findPerson(tenant, "per_ada")).toEqual(key.person);
    expect(await store.findPerson(tenant, "per_eve")).toBeNull();
  });

  test("know one person behind two keys that were made at the same moment", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const keys = [personKey("per_1", "ada@example.com"), personKey("per_2", "ADA@example.com")];
    await Promise.all(keys.map((key) => store.addKey(tenant, key, created(tenant))));
    const found = await Promise.all(keys.map((key) => store.findKey(tenant, key.secretHash)));
    const people = found.map((key) => key?.person?.id);
    expect(people[0]).toBeDefined();
    expect(people[1]).toBe(people[0]);
    expect(found[1]?.subject).toBe(found[0]?.subject);
    expect(await world.counts(tenant)).toMatchObject({ api_keys: 2, people: 1 });
  });
}

function signingTests(world: World): void {
  const record = (kid: string) => ({
    kid,
    privateJwk: `{"d":"${kid}"}`,
    publicJwk: `{"x":"${kid}"}`,
    createdAt: 1,
    retiredAt: null,
  });

  test("hold one signing key that is in use, though several processes make the first", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const kids = ["a", "b", "c", "d"];
    await Promise.all(kids.map((kid) => store.addSigningKey(tenant, record(kid))));
    const keys = await store.signingKeys(tenant);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toEqual(record(keys[0]?.kid ?? ""));
  });

  test("name every tenant", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await store.ensureTenant(tenant, 5);
    const tenants = await store.tenants();
    expect(tenants.filter((name) => name === tenant)).toEqual([tenant]);
    await store.ping();
  });

  test("refuse a name that is not a tenant's before the database hears it", async () => {
    const { store } = world.place();
    for (const name of ["", "Has-Capitals", "a'b", "a b", "-a", "x".repeat(64)]) {
      const call = store.findJob(name, ids.job());
      await expect(call).rejects.toMatchObject({ code: "request_invalid" });
    }
  });
}

function noticeTests(world: World): void {
  test("tell every other process which job changed, and not the one that changed it", async () => {
    const { store, database } = world.place();
    const tenant = await world.tenant();
    const another = world.isShared ? await world.openAnother() : null;
    const listening = storeOver(another ?? database);
    try {
      const job = makeJob(tenant);
      const heard = makeGate();
      const own: string[] = [];
      const stopOwn = await store.listen((payload) => own.push(payload));
      const stop = await listening.listen((payload) => {
        const notice = payload === "" ? {} : (JSON.parse(payload) as { jobs?: string[] });
        if (notice.jobs?.includes(job.id)) heard.open();
      });
      await store.commit(tenant, opening(job));
      await store.commit(tenant, changing(job, { state: "REJECTED" }));
      await heard.passed;
      expect(own.filter((payload) => payload.includes(job.id))).toEqual([]);
      await stop();
      await stopOwn();
    } finally {
      await another?.close();
    }
  });
}
