// The contract of checkpoints: an id is one state of one agent, thread and namespace, with what was written beside it.

import { randomBytes } from "node:crypto";
import { makeSealer } from "@holdpoint/server/sealing/seal";
import { openSealKeys } from "@holdpoint/server/sealing/seal-keys";
import { describe, expect, test } from "vitest";
import { expiresAt, headOf, makeRow, makeWrite, now } from "./checkpoint-sample.ts";
import { makeEvent } from "./sample.ts";
import type { World } from "./world.ts";

export function checkpointSuite(world: World): void {
  describe("checkpoints", () => {
    keepTests(world);
    pageTests(world);
    writeTests(world);
    writesSizeTests(world);
    forkTests(world);
  });
}

function keepTests(world: World): void {
  test("come back as they were kept, to their agent, thread and namespace only", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const row = makeRow({ namespace: "part:1", parent: "c-0", step: -1, forkedFrom: '{"id":"x"}' });
    const kept = await store.keepCheckpoint(tenant, row, false);
    expect(kept).toMatchObject({ outcome: "kept", found: { head: headOf(row), resumptions: [] } });
    const found = await store.readCheckpoint(tenant, row);
    expect(found?.head).toEqual(headOf(row));
    expect(Buffer.from(found?.sealed ?? []).equals(row.sealed)).toBe(true);
    expect((await store.latestCheckpoint(tenant, row))?.head.id).toBe(row.id);
    const others = [{ agent: "other" }, { thread: "t-2" }, { namespace: "" }, { id: "c-0" }];
    for (const other of others) {
      expect(await store.findCheckpoint(tenant, { ...row, ...other })).toBeNull();
      expect(await store.readCheckpoint(tenant, { ...row, ...other })).toBeNull();
    }
    expect(await store.readCheckpoint(await world.tenant(), row)).toBeNull();
  });

  test("of 16 MiB come back byte for byte", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const row = makeRow({}, randomBytes(16_777_216));
    await store.keepCheckpoint(tenant, row, false);
    const found = await store.readCheckpoint(tenant, row);
    expect(Buffer.from(found?.sealed ?? []).equals(row.sealed)).toBe(true);
  });

  test("with the same id and state are the one that is there; another state is refused", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const row = makeRow();
    await store.keepCheckpoint(tenant, row, false);
    const again = { ...row, sealed: randomBytes(40), createdAt: now + 5, parent: "c-9" };
    const same = await store.keepCheckpoint(tenant, again, false);
    expect(same).toMatchObject({ outcome: "same", found: { head: headOf(row) } });
    for (const other of [makeRow({ id: row.id }), { ...row, codec: "text" }]) {
      const refused = await store.keepCheckpoint(tenant, other, false);
      expect(refused).toMatchObject({ outcome: "other", found: { head: headOf(row) } });
    }
    const found = await store.readCheckpoint(tenant, row);
    expect(Buffer.from(found?.sealed ?? []).equals(row.sealed)).toBe(true);
  });

  test("are put in the place of another when that is asked for", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const row = makeRow();
    await store.keepCheckpoint(tenant, row, false);
    expect(await store.keepCheckpoint(tenant, row, true)).toMatchObject({ outcome: "same" });
    const other = makeRow({ id: row.id, parent: "c-0", step: 7, run: null });
    const replaced = await store.keepCheckpoint(tenant, other, true);
    expect(replaced).toMatchObject({ outcome: "replaced", found: { head: headOf(other) } });
    const found = await store.readCheckpoint(tenant, row);
    expect(found?.head).toEqual(headOf(other));
    expect(Buffer.from(found?.sealed ?? []).equals(other.sealed)).toBe(true);
  });

  test("of one id, saved by many at once with different states, are one state", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const rows = Array.from({ length: 8 }, () => makeRow({ id: "one" }));
    const kept = await Promise.all(rows.map((row) => store.keepCheckpoint(tenant, row, false)));
    const outcomes = kept.map(({ outcome }) => outcome).toSorted();
    expect(outcomes).toEqual(["kept", ...Array.from({ length: 7 }, () => "other")]);
    expect(new Set(kept.map(({ found }) => found.head.digest)).size).toBe(1);
  });
}

function pageTests(world: World): void {
  test("are listed newest first, page by page, of one namespace or of all", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const rows = [0, 1, 2, 3, 4].map((at) => makeRow({ namespace: at % 2 === 0 ? "" : "part" }));
    for (const row of rows) await store.keepCheckpoint(tenant, row, false);
    await store.keepCheckpoint(tenant, makeRow({ thread: "t-2" }), false);
    await store.keepCheckpoint(tenant, makeRow({ agent: "other" }), false);
    const ids = rows.map(({ id }) => id).toReversed();
    const list = async (namespace: string | null, limit: number): Promise<string[][]> => {
      const pages: string[][] = [];
      let before: number | null = null;
      do {
        const filter = { agent: "billing", thread: "t-1", namespace, before, limit };
        const page = await store.listCheckpoints(tenant, filter);
        pages.push(page.items.map(({ head }) => head.id));
        before = page.nextBefore;
      } while (before !== null);
      return pages;
    };
    expect(await list(null, 10)).toEqual([ids]);
    expect(await list(null, 2)).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    expect(await list("part", 10)).toEqual([[ids[1], ids[3]]]);
    expect(await list("", 3)).toEqual([[ids[0], ids[2], ids[4]]]);
    expect((await store.latestCheckpoint(tenant, makeRow({ namespace: "part" })))?.head.id).toBe(
      ids[1],
    );
  });

  test("are counted by thread, by name, for their agent", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    for (const thread of ["b", "a", "c", "a"]) {
      await store.keepCheckpoint(tenant, makeRow({ thread }), false);
    }
    await store.keepCheckpoint(tenant, makeRow({ agent: "other" }), false);
    const list = (after: string | null, limit: number): ReturnType<typeof store.listThreads> =>
      store.listThreads(tenant, { agent: "billing", after, limit });
    const page = await list(null, 2);
    expect(page.map(({ thread, checkpoints }) => [thread, checkpoints])).toEqual([
      ["a", 2],
      ["b", 1],
      ["c", 1],
    ]);
    expect(page[0]).toEqual({
      agent: "billing",
      thread: "a",
      checkpoints: 2,
      bytes: 80,
      savedAt: now,
    });
    expect((await list("a", 1)).map(({ thread }) => thread)).toEqual(["b", "c"]);
    expect(await list("c", 5)).toEqual([]);
  });
}

function writeTests(world: World): void {
  test("take writes before they come; the first of an index stays, below 0 the last", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const row = makeRow();
    const first = [
      makeWrite(row),
      makeWrite(row, { index: 1 }),
      makeWrite(row, { index: -1 }),
      makeWrite(row, { index: -3, channel: "__error__" }),
    ];
    await store.keepCheckpointWrites(tenant, first);
    const second = first.map((write) => ({ ...write, sealed: randomBytes(20), channel: "later" }));
    await store.keepCheckpointWrites(tenant, second);
    await store.keepCheckpointWrites(tenant, [makeWrite(row, { task: "task-0", taskPath: "~" })]);
    await store.keepCheckpointWrites(tenant, []);
    const kept = await store.checkpointWrites(tenant, row);
    const told = kept.map(({ task, index, channel }) => [task, index, channel]);
    expect(told).toEqual([
      ["task-1", -3, "later"],
      ["task-1", -1, "later"],
      ["task-1", 0, "messages"],
      ["task-1", 1, "messages"],
      ["task-0", 0, "messages"],
    ]);
    const bytes = kept.map(({ sealed }) => Buffer.from(sealed).toString("hex"));
    const wanted = [second[3], second[2], first[0], first[1]].map((write) =>
      Buffer.from(write?.sealed ?? []).toString("hex"),
    );
    expect(bytes.slice(0, 4)).toEqual(wanted);
    expect(kept[2]).toMatchObject({ place: { id: row.id }, createdAt: now, expiresAt });
    expect(await store.checkpointWrites(tenant, { ...row, agent: "other" })).toEqual([]);
    expect(await store.checkpointWrites(await world.tenant(), row)).toEqual([]);
  });

  test("of several megabytes come back byte for byte", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const row = makeRow();
    const writes = [0, 1].map((index) => makeWrite(row, { index, sealed: randomBytes(2_000_000) }));
    await store.keepCheckpointWrites(tenant, writes);
    const kept = await store.checkpointWrites(tenant, row);
    expect(kept.map(({ sealed }) => Buffer.from(sealed).toString("hex"))).toEqual(
      writes.map(({ sealed }) => Buffer.from(sealed).toString("hex")),
    );
  });
}

function writesSizeTests(world: World): void {
  test("know how many plain bytes stand beside them, by what the sealed records say", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const row = makeRow();
    const key = Buffer.alloc(32, 1).toString("base64");
    const sealer = makeSealer(
      openSealKeys({ keys: `key-1:${key}`, dir: "", isFileAllowed: false }),
    );
    const sealed = await sealer.seal(["any"], Buffer.alloc(16_777_216));
    const cut = Uint8Array.of(1, 0, 200, 4, 5, 6, 7, 8);
    await store.keepCheckpointWrites(tenant, [
      makeWrite(row, { sealed }),
      makeWrite(row, { index: 1, sealed: await sealer.seal(["any"], Buffer.alloc(300)) }),
      makeWrite(row, { index: 2, sealed: cut }),
    ]);

    const size = (task: string, indexes: readonly number[], place = row) =>
      store.checkpointWritesSize(tenant, place, { task, indexes });

    expect(await size("task-1", [])).toEqual({ bytes: 16_777_524, count: 3 });
    expect(await size("task-1", [0, 2])).toEqual({ bytes: 300, count: 1 });
    expect(await size("task-9", [0])).toEqual({ bytes: 16_777_524, count: 3 });
    expect(await size("task-1", [], { ...row, agent: "x" })).toEqual({ bytes: 0, count: 0 });
  });
}

function forkTests(world: World): void {
  test("are copied with their writes and the event, or not at all", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const row = makeRow({ thread: "t-9", forkedFrom: '{"thread":"t-1"}' });
    const before = await world.counts(tenant);
    const fork = {
      row,
      writes: [makeWrite(row), makeWrite(row, { index: 1 }), makeWrite(row, { task: "task-2" })],
      events: [makeEvent(tenant, "checkpoint.forked")],
    };
    expect(await store.forkCheckpoint(tenant, fork)).toMatchObject({
      outcome: "kept",
      found: { head: { forkedFrom: '{"thread":"t-1"}' } },
    });
    expect(await store.checkpointWrites(tenant, row)).toHaveLength(3);
    const after = await world.counts(tenant);
    expect(after["audit_events"]).toBe((before["audit_events"] ?? 0) + 1);
    const taken = makeRow({ thread: "t-9", id: row.id });
    const events = [makeEvent(tenant, "checkpoint.forked")];
    const refused = { row: taken, writes: [makeWrite(taken, { index: 9 })], events };
    expect(await store.forkCheckpoint(tenant, refused)).toMatchObject({ outcome: "other" });
    expect(await store.forkCheckpoint(tenant, { ...fork, events })).toMatchObject({
      outcome: "same",
    });
    expect(await world.counts(tenant)).toEqual(after);
  });
}
