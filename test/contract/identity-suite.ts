// The contract of linked identities: a code links once, a link ends once, and each with its event.

import { describe, expect, test } from "vitest";
import type { LinkCodeRecord } from "@holdpoint/server/storage/identity";
import { makeEvent } from "./sample.ts";
import type { World } from "./world.ts";

const now = 1_000_000;

function makeCode(more: Partial<LinkCodeRecord> = {}): LinkCodeRecord {
  const account = { channel: "slack", externalId: "T1:UANA", name: "ana" };
  return { codeHash: "hash-1", ...account, expiresAt: now + 600_000, ...more };
}

export function identitySuite(world: World): void {
  describe("linked identities", () => {
    codeTests(world);
    linkTests(world);
  });
}

function linking(tenant: string, more: { codeHash?: string; person?: string; at?: number } = {}) {
  const { codeHash = "hash-1", person = "ana", at = now + 1 } = more;
  return { codeHash, person, now: at, events: [makeEvent(tenant, "identity.linked")] };
}

function codeTests(world: World): void {
  test("a code is used once, by one of many who try at the same moment", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await store.addLinkCode(tenant, makeCode(), now);
    const before = await world.counts(tenant);
    const tries = ["ana", "li", "eve", "mallory"].map((person) =>
      store.linkIdentity(tenant, linking(tenant, { person })),
    );
    const linked = (await Promise.all(tries)).filter((one) => one !== null);
    expect(linked).toHaveLength(1);
    expect(await store.findIdentity(tenant, "slack", "T1:UANA")).toEqual(linked[0]);
    expect((await world.counts(tenant))["audit_events"]).toBe((before["audit_events"] ?? 0) + 1);
    expect(await store.findLinkCode(tenant, "hash-1", now)).toBeNull();
  });

  test("a code that ran out, and one that a newer replaced, link nothing and leave no event", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await store.addLinkCode(tenant, makeCode(), now);
    expect(await store.findLinkCode(tenant, "hash-1", now + 599_999)).toEqual(makeCode());
    expect(await store.findLinkCode(tenant, "hash-1", now + 600_000)).toBeNull();
    const before = await world.counts(tenant);
    expect(await store.linkIdentity(tenant, linking(tenant, { at: now + 600_000 }))).toBeNull();

    await store.addLinkCode(tenant, makeCode({ codeHash: "hash-2" }), now);
    expect(await store.linkIdentity(tenant, linking(tenant))).toBeNull();
    expect(await world.counts(tenant)).toMatchObject({
      audit_events: before["audit_events"],
      identities: before["identities"],
    });
    expect(
      await store.linkIdentity(tenant, linking(tenant, { codeHash: "hash-2" })),
    ).not.toBeNull();
  });

  test("codes of different accounts stand beside each other", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await store.addLinkCode(tenant, makeCode(), now);
    await store.addLinkCode(tenant, makeCode({ codeHash: "hash-2", externalId: "T1:ULI" }), now);
    expect(await store.findLinkCode(tenant, "hash-1", now)).not.toBeNull();
    expect(await store.findLinkCode(tenant, "hash-2", now)).not.toBeNull();
  });
}

function linkTests(world: World): void {
  test("a link names its person until it ends, and can be made again for another one", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const account = { channel: "slack", externalId: "T1:UANA", person: "ana" };
    await store.addLinkCode(tenant, makeCode(), now);
    await store.linkIdentity(tenant, linking(tenant));
    const found = await store.findIdentity(tenant, "slack", "T1:UANA");
    expect(found).toEqual({ ...account, name: "ana", linkedAt: now + 1, revokedAt: null });
    expect(await store.identitiesOfPeople(tenant, "slack", ["li", "ana"])).toEqual([found]);
    expect(await store.identitiesOfPeople(tenant, "teams", ["ana"])).toEqual([]);
    expect(await store.listIdentities(tenant, "ana")).toEqual([found]);
    expect(await store.listIdentities(tenant, "li")).toEqual([]);

    const event = makeEvent(tenant, "identity.unlinked");
    const ofOther = { ...account, person: "li" };
    expect(await store.unlinkIdentity(tenant, ofOther, now + 2, event)).toBe(false);
    expect(await store.unlinkIdentity(tenant, account, now + 2, event)).toBe(true);
    const again = makeEvent(tenant, "identity.unlinked");
    expect(await store.unlinkIdentity(tenant, account, now + 3, again)).toBe(false);
    expect(await store.findIdentity(tenant, "slack", "T1:UANA")).toMatchObject({
      revokedAt: now + 2,
    });
    expect(await store.identitiesOfPeople(tenant, "slack", ["ana"])).toEqual([]);
    expect(await store.listIdentities(tenant, null)).toEqual([]);

    await store.addLinkCode(tenant, makeCode({ codeHash: "hash-2" }), now + 4);
    await store.linkIdentity(
      tenant,
      linking(tenant, { codeHash: "hash-2", person: "li", at: now + 5 }),
    );
    expect(await store.listIdentities(tenant, null)).toMatchObject([
      { person: "li", linkedAt: now + 5, revokedAt: null },
    ]);
  });

  test("links and codes of one tenant are not seen by another", async () => {
    const { store } = world.place();
    const [tenant, other] = [await world.tenant(), await world.tenant()];
    await store.addLinkCode(tenant, makeCode(), now);
    expect(await store.findLinkCode(other, "hash-1", now)).toBeNull();
    expect(await store.linkIdentity(other, linking(other))).toBeNull();
    await store.linkIdentity(tenant, linking(tenant));
    expect(await store.findIdentity(other, "slack", "T1:UANA")).toBeNull();
    expect(await store.listIdentities(other, null)).toEqual([]);
  });
}
