// Rosters that lie elsewhere: fetched in time, by one process, the last good text kept, and who is on duty by them.

import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Context } from "@holdpoint/server/flow/context";
import { readOnCall } from "@holdpoint/server/flow/manage-groups";
import { importPeople, putPerson } from "@holdpoint/server/flow/manage-people";
import { listRosters } from "@holdpoint/server/flow/read-me";
import { rosterEveryMs, rosterRetryMs } from "@holdpoint/server/flow/roster-times";
import type { RosterRecord } from "@holdpoint/server/storage/people";
import { startRosters } from "@holdpoint/server/worker/rosters";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import {
  type Calendar,
  calendarCertificate,
  calendarText,
  startCalendar,
} from "../fake/calendar.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";

const policy = `version: v1
groups:
  crew: { members: [ana, bo@example.com], roster: shifts }
rules: []
`;

let place: Place;
let tenants = 0;
const opened: (() => Promise<void>)[] = [];

beforeAll(async () => {
  place = await openEmbeddedPlace();
});

afterAll(() => place.close());

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

interface World {
  readonly ctx: Context;
  readonly clock: HandClock;
  readonly calendar: Calendar;
  /** What the calendar answers from now on. */
  say(status: number, text?: string): void;
  look(): void;
  roster(isSo: (one: RosterRecord) => boolean): Promise<RosterRecord>;
}

async function open(processes = 1): Promise<World> {
  tenants += 1;
  const tenant = `rosters-${tenants}`;
  // Wednesday.
  const clock = new HandClock(Date.parse("2026-11-25T10:00:00Z"));
  const engines = Array.from({ length: processes }, () => engineOver(place.store, clock));
  const [engine] = engines;
  if (engine === undefined) throw new Error("no process");
  await makeTenant(engine, tenant, policy);
  const ctx = contextOf(engine, tenant);
  let answer = { status: 200, text: "" };
  const calendar = await startCalendar((_request, response) => {
    response.writeHead(answer.status).end(answer.text);
  });
  opened.push(async () => calendar[Symbol.asyncDispose]());
  const fetching = {
    isPrivateAllowed: true,
    timeoutMs: 10_000,
    ca: calendarCertificate,
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
  };
  const url = `https://calendar.test:${calendar.port}/secret-of-ours/basic.ics`;
  const source = `version: v1\npeople: [{ id: ana }, { id: bo, email: bo@example.com }]\nrosters: { shifts: { url: "${url}" } }\n`;
  await importPeople(ctx, source);
  const loops = engines.map((one) => startRosters(one, fetching));
  opened.unshift(...loops.map((loop) => () => loop.stop()));
  const look = (): void => {
    for (const loop of loops) loop.kick();
  };
  return {
    ctx,
    clock,
    calendar,
    say: (status, text = "") => {
      answer = { status, text };
    },
    look,
    roster: async (isSo) => {
      for (;;) {
        look();
        const [found] = await ctx.store.listRosters(tenant);
        if (found !== undefined && isSo(found)) return found;
        await nextTurn();
      }
    },
  };
}

const anaNow = calendarText([["20261125T080000Z", "20261125T180000Z", "ana"]]);
const boNow = calendarText([["20261125T080000Z", "20261125T180000Z", "bo@example.com"]]);

async function onDuty(ctx: Context): Promise<readonly string[]> {
  const view = await readOnCall(ctx, null);
  return (view.items[0]?.on_duty ?? []).map(({ id }) => id).filter((id) => id !== "local");
}

describe("a roster", () => {
  test("says who of the members is on duty, from when it was fetched", async () => {
    const { ctx, say, roster } = await open();
    say(200, anaNow);
    await roster(({ body }) => body !== null);
    expect(await onDuty(ctx)).toEqual(["ana"]);
    const view = await readOnCall(ctx, null);
    expect(view.items[0]?.next).toMatchObject({ at: "2026-11-25T18:00:00.000Z" });
  });

  test("keeps its last good text through failures, tries again sooner, and says what is wrong", async () => {
    const { ctx, clock, say, roster } = await open();
    say(200, anaNow);
    const good = await roster(({ body }) => body !== null);
    expect(good.nextAt).toBe(clock.now() + rosterEveryMs);
    let pauseMs = rosterEveryMs;
    let before: string | null = null;
    for (const [status, text, why] of [
      [500, "", "it answers 500"],
      [200, "<html>please sign in</html>", ""],
      [302, "", "it answers with a redirect; write the last address down"],
    ] as const) {
      clock.move(pauseMs);
      say(status, text);
      const failed = await roster(({ error }) => error !== before);
      before = failed.error;
      if (why !== "") expect(failed.error).toBe(why);
      expect(failed.error).not.toBeNull();
      expect([failed.body, failed.fetchedAt]).toEqual([good.body, good.fetchedAt]);
      pauseMs = failed.nextAt - clock.now();
      expect(pauseMs).toBeGreaterThanOrEqual(rosterRetryMs);
      expect(pauseMs).toBeLessThan(rosterEveryMs);
      expect(await onDuty(ctx)).toEqual(["ana"]);
    }
    clock.move(4 * rosterEveryMs);
    expect((await listRosters(ctx)).items[0]).toMatchObject({ stale: true });
    say(200, boNow);
    const back = await roster(({ error }) => error === null);
    expect(back.fetchedAt).toBe(clock.now());
    expect(await onDuty(ctx)).toEqual(["bo"]);
  });

  test("is fetched once by several processes, and shows its host alone", async () => {
    const { ctx, calendar, clock, say, look, roster } = await open(4);
    say(200, anaNow);
    await roster(({ body }) => body !== null);
    look();
    clock.move(rosterEveryMs);
    await roster(({ fetchedAt }) => fetchedAt === clock.now());
    expect(calendar.connections()).toBe(2);
    const { items } = await listRosters(ctx);
    expect(items).toMatchObject([
      { name: "shifts", source: `https://calendar.test:${calendar.port}/…`, stale: false },
    ]);
    expect(JSON.stringify(items)).not.toContain("secret-of-ours");
    const events = await place.ask<{ payload: string }>(
      "select payload from audit_payloads where tenant = $1",
      [ctx.caller.tenant],
    );
    expect(JSON.stringify(events)).not.toContain("secret-of-ours");
  });

  test("cannot name somebody on duty who is not a member, nor who left", async () => {
    const { ctx, say, roster } = await open();
    say(200, calendarText([["20261125T080000Z", "20261125T180000Z", "mallory@example.com ana"]]));
    await roster(({ body }) => body !== null);
    expect(await onDuty(ctx)).toEqual(["ana"]);
    await putPerson(ctx, "ana", { active: false });
    expect(await onDuty(ctx)).toEqual([]);
  });

  test("of a file is not taken from a call", async () => {
    const { ctx } = await open();
    const source = "version: v1\nrosters: { r: { file: passwd.ics } }\n";
    await expect(importPeople(ctx, source)).rejects.toMatchObject({ code: "people_invalid" });
  });
});
