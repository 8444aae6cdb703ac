// Held calls in AG-UI's words.

import { expect, test } from "vitest";
import { type HeldCall, interruptOf } from "./interrupt.ts";

const held: HeldCall = {
  job: { id: "job-1", revision: 1 },
  job_hash: "sha256:00",
  decision: "REQUIRE_APPROVAL",
  decision_summary: { title: "Refund o_7", why: "more than 100 USD" },
  policy_rule_id: "refunds",
  policy_snapshot: "snap-1",
  requirements: [{ role: "finance", count: 2 }],
  expires_at: "2026-11-21T10:00:00.000Z",
  action: {
    topic: "job.payment.refund",
    tool: { server: null, name: "refund" },
    params: { order: "o_7", api_key: "very secret" },
    target: { environment: "prod", resource: "postgres://bob:hunter2@db/orders" },
    agent: { run: "run-1", thread: "t-1", call: "call_1" },
  },
};

test("secrets of the action are hidden", () => {
  const text = JSON.stringify(interruptOf(held, null));

  expect(text).not.toContain("very secret");
  expect(text).not.toContain("hunter2");
  expect(text).toContain("o_7");
});

test("a call without an id and an end is a confirmation without either", () => {
  const agent = { ...held.action.agent, call: null };
  const shown = interruptOf({ ...held, expires_at: null, action: { ...held.action, agent } }, null);

  expect(shown.reason).toBe("confirmation");
  expect(shown).not.toHaveProperty("toolCallId");
  expect(shown).not.toHaveProperty("expiresAt");
});

test("each has a schema of its own, which a caller may change", () => {
  const first = interruptOf(held, null);
  Object.assign(first.responseSchema, { required: [] });

  expect(interruptOf(held, null).responseSchema["required"]).toEqual(["approved"]);
});
