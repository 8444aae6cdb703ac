// Names of calls that have no id of their own.

import { expect, test } from "vitest";
import type { Action } from "../action/action.ts";
import { callIdsOf } from "./call-id.ts";

const refund: Action = { topic: "job.payment.refund", params: { order: "o_7", amount: 20 } };

test("the same action has the same name, whatever its claims and the order of its members", async () => {
  const [one] = await callIdsOf([refund]);
  const [other] = await callIdsOf([
    { params: { amount: 20, order: "o_7" }, topic: refund.topic, claims: { reasoning: "lost" } },
  ]);

  expect(one).toMatch(/^fp-[0-9a-f]{32}$/);
  expect(other).toBe(one);
});

test("another action has another name", async () => {
  const [one, other] = await callIdsOf([
    refund,
    { ...refund, params: { order: "o_8", amount: 20 } },
  ]);

  expect(other).not.toBe(one);
});

test("the same action twice in one list is two calls", async () => {
  const [one, other] = await callIdsOf([refund, refund]);

  expect(other).toBe(`${one}.2`);
});

test("the id that the model gave stays", async () => {
  expect(await callIdsOf([{ ...refund, agent: { call: "call_1" } }])).toEqual(["call_1"]);
});

test("two calls with one id are refused", async () => {
  const named = { ...refund, agent: { call: "call_1" } };

  await expect(callIdsOf([named, named])).rejects.toThrow("two calls have the id call_1");
});
