// The contract of what goes: with all beside it, when its time is over, and never while a run goes on from it.

import { describe, expect, test } from "vitest";
import {
  bind,
  endRuns,
  expiresAt,
  makeRow,
  makeWrite,
  now,
  sessionOf,
} from "./checkpoint-sample.ts";
import { makeEvent } from "./sample.ts";
import { statementOf, type World } from "./world.ts";

export function checkpointRemovalSuite(world: World): void {
  describe("checkpoints", () => {
    boundTests(world);
    raceTests(world);
    removalTests(world);
  });
}

function boundTests(world: World): void {
  test("that a run goes on from are neither replaced nor removed until it has ended", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const row = makeRow();
    await store.keepCheckpoint(tenant, row, false);
    await bind(sessionOf(world, tenant), tenant, row, "rsm_1");
    expect((await store.findCheckpoint(tenant, row))?.resumptions).toEqual(["rsm_1"]);
    const other = makeRow({ id: row.id });
    expect(await store.keepCheckpoint(tenant, other, true)).toMatchObject({ outcome: "bound" });
    expect(await store.keepCheckpoint(tenant, row, true)).toMatchObject({ outcome: "same" });
    const events = [makeEvent(tenant, "checkpoint.removed")];
    const before = await world.counts(tenant);
    expect(await store.removeCheckpoint(tenant, row, events)).toBe("bound");
    expect(await store.removeThread(tenant, row, events)).toBe("bound");
    expect(await store.forgetCheckpoints(tenant, expiresAt + 1, 10)).toBe(0);
    expect(await world.counts(tenant)).toEqual(before);
    await endRuns(world, tenant);
    expect((await store.findCheckpoint(tenant, row))?.resumptions).toEqual([]);
    expect(await store.removeCheckpoint(tenant, row, events)).toBe("removed");
  });

  test("are not held by a run of another agent, thread, namespace or id", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const row = makeRow();
    await store.keepCheckpoint(tenant, row, false);
    const others = [{ agent: "other" }, { thread: "t-2" }, { namespace: "n" }, { id: "c-0" }];
    for (const [at, other] of others.entries()) {
      await bind(sessionOf(world, tenant), tenant, { ...row, ...other }, `rsm_${at}`);
    }
    expect(await store.removeCheckpoint(tenant, row, [])).toBe("removed");
  });
}

function raceTests(world: World): void {
  if (!world.isShared) return;
  const hold = statementOf(
    "select id from checkpoints where tenant = $1 and id = $2 for share /* held */",
  );
  const waiting = `select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;

  test.each(["removeCheckpoint", "removeThread", "keepCheckpoint"] as const)(
    "that are bound while %s is under way stay",
    async (call) => {
      const { store, database, ask } = world.place();
      const tenant = await world.tenant();
      const row = makeRow();
      await store.keepCheckpoint(tenant, row, false);
      const change = (): Promise<unknown> => {
        if (call === "keepCheckpoint") {
          return store.keepCheckpoint(tenant, makeRow({ id: row.id }), true);
        }
        return store[call](tenant, row, []);
      };
      let changing: Promise<unknown> = Promise.resolve();
      await database.transaction(tenant, async (session) => {
        await session.query(hold, [tenant, row.id]);
        changing = change();
        const count = async (): Promise<number> =>
          (await ask<{ count: number }>(waiting))[0]?.count ?? 0;
        expect(await world.eventually(count, (value) => value > 0)).toBeGreaterThan(0);
        await bind(session, tenant, row, "rsm_1");
      });
      const answer = await changing;
      expect(call === "keepCheckpoint" ? (answer as { outcome: string }).outcome : answer).toBe(
        "bound",
      );
      expect((await store.readCheckpoint(tenant, row))?.head.digest).toBe(row.digest);
    },
  );
}

function removalTests(world: World): void {
  test("are removed with their writes; what is not there is missing and leaves no event", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [row, other] = [makeRow(), makeRow()];
    for (const one of [row, other]) {
      await store.keepCheckpoint(tenant, one, false);
      await store.keepCheckpointWrites(tenant, [makeWrite(one)]);
    }
    const events = (): ReturnType<typeof makeEvent>[] => [makeEvent(tenant, "checkpoint.removed")];
    expect(await store.removeCheckpoint(tenant, row, events())).toBe("removed");
    expect(await store.checkpointWrites(tenant, row)).toEqual([]);
    expect(await store.checkpointWrites(tenant, other)).toHaveLength(1);
    const after = await world.counts(tenant);
    expect(await store.removeCheckpoint(tenant, row, events())).toBe("missing");
    expect(await store.removeThread(tenant, { ...row, thread: "none" }, events())).toBe(0);
    expect(await world.counts(tenant)).toEqual(after);
  });

  test("of a thread are removed together, and those of others stay", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const rows = [makeRow(), makeRow({ namespace: "part" }), makeRow()];
    const stay = [makeRow({ thread: "t-2" }), makeRow({ agent: "other" })];
    for (const row of [...rows, ...stay]) {
      await store.keepCheckpoint(tenant, row, false);
      await store.keepCheckpointWrites(tenant, [makeWrite(row)]);
    }
    expect(await store.removeThread(tenant, { agent: "billing", thread: "t-1" }, [])).toBe(3);
    expect(await world.counts(tenant)).toMatchObject({ checkpoints: 2, checkpoint_writes: 2 });
    for (const row of stay) expect(await store.findCheckpoint(tenant, row)).not.toBeNull();
  });

  test("whose time is over go in batches, with their writes; those of a run stay", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const over = [0, 1, 2].map(() => makeRow());
    const bound = makeRow({ expiresAt: now });
    const young = makeRow({ expiresAt: expiresAt + 1 });
    for (const row of [...over, bound, young]) {
      await store.keepCheckpoint(tenant, row, false);
      await store.keepCheckpointWrites(tenant, [makeWrite(row, { expiresAt: now })]);
    }
    const orphan = makeWrite(makeRow(), { expiresAt: now });
    await store.keepCheckpointWrites(tenant, [orphan]);
    await bind(sessionOf(world, tenant), tenant, bound, "rsm_1");
    expect(await store.forgetCheckpoints(tenant, now - 1, 10)).toBe(0);
    // Two of the three; then the third, and the writes that no checkpoint came for.
    expect(await store.forgetCheckpoints(tenant, expiresAt, 2)).toBe(2);
    expect(await world.counts(tenant)).toMatchObject({ checkpoints: 3, checkpoint_writes: 4 });
    expect(await store.forgetCheckpoints(tenant, expiresAt, 2)).toBe(2);
    expect(await store.forgetCheckpoints(tenant, expiresAt, 2)).toBe(0);
    for (const row of [bound, young]) {
      expect(await store.findCheckpoint(tenant, row)).not.toBeNull();
      expect(await store.checkpointWrites(tenant, row)).toHaveLength(1);
    }
    await endRuns(world, tenant);
    expect(await store.forgetCheckpoints(tenant, expiresAt, 2)).toBe(1);
    expect(await world.counts(tenant)).toMatchObject({ checkpoints: 1, checkpoint_writes: 1 });
  });
}
