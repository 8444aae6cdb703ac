// Lanes: one at a time for each name, in order, and never two who wait for each other.

import { expect, test } from "vitest";
import { Lanes } from "./lanes.ts";

test("lets one in at a time, in the order of coming, and is empty afterwards", async () => {
  const lanes = new Lanes();
  const order: string[] = [];
  let inside = 0;
  const visit = async (name: string, lane: readonly string[]): Promise<void> => {
    const leave = await lanes.enter(lane);
    inside += 1;
    order.push(`${name} ${inside}`);
    await Promise.resolve();
    inside -= 1;
    leave();
  };
  await Promise.all(["a", "b", "c", "d"].map((name) => visit(name, ["same"])));
  expect(order).toEqual(["a 1", "b 1", "c 1", "d 1"]);
  expect(lanes.size).toBe(0);
});

test("nobody waits for one who waits for them, whatever the order of the names", async () => {
  const lanes = new Lanes();
  const done: number[] = [];
  const names = ["a", "b", "c"];
  await Promise.all(
    Array.from({ length: 30 }, async (_, turn) => {
      const mine = [...names.slice(turn % 3), ...names.slice(0, turn % 3)].slice(0, 2);
      const leave = await lanes.enter(mine);
      await Promise.resolve();
      done.push(turn);
      leave();
    }),
  );
  expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, turn) => turn));
});

test("different lanes do not wait for each other", async () => {
  const lanes = new Lanes();
  const leave = await lanes.enter(["a"]);
  const other = await lanes.enter(["b"]);
  other();
  leave();
  expect(lanes.size).toBe(0);
});
