// A call that was asked about and released is not asked about again, and only this call.

import { expect, test } from "vitest";
import type { JobView } from "@holdpoint/core/wire/response";
import { makeToolGate, type ToolGateClient } from "./tool-gate.ts";

function clientWith(state: "APPROVED" | "APPROVAL"): { hp: ToolGateClient; proposed: unknown[] } {
  const proposed: unknown[] = [];
  const job = {
    job: { id: "job-1", state },
    grant: { token: state === "APPROVED" ? "signed" : null },
    proposed_action: null,
  } as unknown as JobView;
  const calls = (): unknown => ({
    propose: async (params: unknown) => {
      proposed.push(params);
      return { job: { ...job, job: { ...job.job } }, status: "released" };
    },
    run: async () => "paid",
  });
  const wait = async (): Promise<JobView> => ({ ...job, job: { ...job.job, state: "APPROVED" } });
  return { hp: { calls, wait } as unknown as ToolGateClient, proposed };
}

const place = { thread: "chat-1", call: "c1" };
const refund = { topic: "job.payment.refund" };

test("A released call is proposed once for the question and the call, also by another gate of the client.", async () => {
  const { hp, proposed } = clientWith("APPROVED");
  await makeToolGate(hp, () => "", refund).ask({ amount: 5 }, place);
  const { result } = await makeToolGate(hp, () => "", refund).pass({ amount: 5 }, place);
  expect(result).toBe("paid");
  expect(proposed).toEqual([{ amount: 5 }]);
});

test("What was answered counts for one call with the same arguments, call, thread and topic.", async () => {
  const { hp, proposed } = clientWith("APPROVED");
  const gate = makeToolGate(hp, () => "", refund);
  const other = makeToolGate(hp, () => "", { topic: "job.payment.charge" });
  await gate.ask({ amount: 5 }, place);
  await gate.pass({ amount: 6 }, place);
  await gate.ask({ amount: 5 }, place);
  await other.pass({ amount: 5 }, place);
  await gate.pass({ amount: 5 }, { ...place, call: "c2" });
  await gate.pass({ amount: 5 }, { ...place, thread: "chat-2" });
  expect(proposed).toHaveLength(6);
  await gate.pass({ amount: 5 }, place);
  expect(proposed).toHaveLength(6);
  await gate.pass({ amount: 5 }, place);
  expect(proposed).toHaveLength(7);
});

test("A call that people are asked about is looked at again when it is made.", async () => {
  const { hp, proposed } = clientWith("APPROVAL");
  const gate = makeToolGate(hp, () => "", refund);
  await gate.ask({ amount: 5 }, place);
  await gate.pass({ amount: 5 }, place);
  expect(proposed).toHaveLength(2);
});
