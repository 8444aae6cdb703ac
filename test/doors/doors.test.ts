// No second door: every door, every person, every state, held against tables that know nothing of the code behind.

import type { StoredEvent } from "@holdpoint/server/storage/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectDocumented } from "../conformance/event-words.ts";
import { testAssignees } from "./assignee-tests.ts";
import { testCommands } from "./command-tests.ts";
import { type Door, doors } from "./doors.ts";
import { testMail } from "./mail-tests.ts";
import { mayPass, type Wish } from "./oracle.ts";
import { everybody, type Name, names } from "./people.ts";
import { testRoutes } from "./routes-tests.ts";
import { openDialogs } from "./slack-doors.ts";
import { type StateName, stateNames, states } from "./states.ts";
import { before, type DoorWorld, type Found, makeFound, openDoors } from "./world.ts";

interface Cell {
  readonly door: Door;
  readonly name: Name;
}

let world: DoorWorld;
let expired: Found;

beforeAll(async () => {
  world = await openDoors();
  expired = await before(world);
  await openDialogs(world);
});

afterAll(async () => {
  const { faults } = world.slack;
  try {
    await expectDocumented(world.engine.store, "default");
  } finally {
    await world.close();
  }
  expect(faults).toEqual([]);
});

/** Whoever wants these leaves the hold open to the next. */
const lastingWishes: ReadonlySet<Wish> = new Set<Wish>([
  "preview",
  "remark",
  "release",
  "ask",
  "claim",
  "assign",
]);

/** How many such wishes one hold is asked for: a hold takes so many questions at most. */
const perFound = 16;

/** Every door that stands in the state, before everybody who can stand before it. */
function cellsOf(where: StateName): readonly Cell[] {
  return doors
    .filter(({ only }) => only === undefined || only.includes(where))
    .flatMap((door) =>
      names.filter((name) => canKnock(door, name)).map((name) => ({ door, name })),
    );
}

/** Chats are for people; one account of a person is as another there. */
function canKnock({ isChat }: Door, name: Name): boolean {
  if (isChat !== true) return true;
  return !["agent", "point", "none"].includes(everybody[name].credential);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}

/** People knock beside each other, each at one door after the other. */
async function together(
  cells: readonly Cell[],
  knock: (cell: Cell) => Promise<void>,
): Promise<void> {
  const waiting = [...groupBy(cells, ({ name }) => name)];
  const worker = async (): Promise<void> => {
    for (let mine = waiting.pop(); mine !== undefined; mine = waiting.pop()) {
      for (const cell of mine) await knock(cell);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** Refusals on the record, newest first, as storage has them: over the API a blind hold hides its own. */
function refusals(limit: number): Promise<readonly StoredEvent[]> {
  const filter = { jobId: null, type: "attempt.refused", isNewestFirst: true, limit, after: null };
  return world.engine.store.listEvents("default", filter);
}

/** Those since that one, by who was refused what. */
async function refusalsSince(last: string | undefined): Promise<readonly string[]> {
  const found = await refusals(2_000);
  const until = found.findIndex(({ id }) => id === last);
  return found.slice(0, until < 0 ? found.length : until).map(({ actorId, payload }) => {
    const { verb } = JSON.parse(payload ?? "{}") as { verb?: string };
    return `${actorId} ${verb}`;
  });
}

/** What the product promises to record of a refusal at this door; null where it promises nothing. */
function recordOf({ door, name }: Cell, where: StateName): string | null {
  const { credential, id } = everybody[name];
  if (credential === "none" || credential === "left" || credential === "revoked") return null;
  if (credential !== "person") return `${id} ${door.operation}`;
  // Holds that ask for a signature are in no batch, whoever sends it.
  if (where === "signed" && door.operation === "reviewBatch") return null;
  return `${id} ${door.verb}`;
}

function tally(lines: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1;
  return counts;
}

/**
 * Every pair of a door and a person meets in the first state, and elsewhere in every so-manieth, for
 * the time that it takes. `HOLDPOINT_DOORS=all` walks everything.
 */
function strideOf(where: StateName, answer: boolean): number {
  if (where === "held" || process.env["HOLDPOINT_DOORS"] === "all") return 1;
  if (!states[where].isOpen) return 4;
  return answer ? 3 : 2;
}

function isWalked({ door, name }: Cell, where: StateName): boolean {
  const turn = doors.indexOf(door) + names.indexOf(name) + stateNames.indexOf(where);
  return turn % strideOf(where, mayPass(door, name, where)) === 0;
}

describe.each(stateNames)("a job that is %s", (where) => {
  const cells = cellsOf(where).filter((cell) => isWalked(cell, where));
  const shut = cells.filter(({ door, name }) => !mayPass(door, name, where));
  const open = cells.filter(({ door, name }) => mayPass(door, name, where));

  test("opens no door to those who may not, stays as it was, and the record has who tried", async () => {
    const found = await findOne(where);
    const [last] = await refusals(1);
    const kept = await world.kept(found);
    const opened: string[] = [];
    await together(shut, async ({ door, name }) => {
      if (await door.knock({ world, name, found })) opened.push(`${door.name}: ${name}`);
    });
    expect(opened).toEqual([]);
    expect(await world.kept(found)).toBe(kept);
    const promised = shut.flatMap((cell) => recordOf(cell, where) ?? []);
    expect(tally(await refusalsSince(last?.id))).toEqual(tally(promised));
  });

  test("opens every door to those who may, and something becomes of it", async () => {
    const wrong: string[] = [];
    const knock = async ({ door, name }: Cell, found: Found): Promise<void> => {
      const kept = await world.kept(found);
      const isOpen = await door.knock({ world, name, found });
      const isSame = (await world.kept(found)) === kept;
      if (!isOpen) wrong.push(`${door.name}: ${name} was refused`);
      else if (isSame && door.isIdle !== true) wrong.push(`${door.name}: ${name} changed nothing`);
    };
    const lasting = open.filter(({ door }) => lastingWishes.has(door.wish));
    for (const mine of groupBy(lasting, ({ door }) => door.name)) {
      let found = expired;
      for (const [at, cell] of mine.entries()) {
        if (at % perFound === 0) found = await findOne(where);
        await knock(cell, found);
        const isCard = cell.door.wish === "claim" || cell.door.wish === "assign";
        if (isCard && where !== "claimed") await world.giveBack(found);
      }
    }
    const ending = open.filter(({ door }) => !lastingWishes.has(door.wish));
    const founds = new Map<Cell, Found>();
    // All before the first is decided: what is decided changes how later ones begin.
    for (const cell of ending) founds.set(cell, await findOne(where));
    await together(ending, (cell) => knock(cell, founds.get(cell) ?? expired));
    expect(wrong).toEqual([]);
  });
});

testAssignees(() => world);
testRoutes(() => world);
testCommands(() => world);
testMail(() => world);

async function findOne(where: StateName): Promise<Found> {
  return where === "expired" ? expired : makeFound(world, where);
}
