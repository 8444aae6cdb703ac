// Actions on their way to the wire.

import { proposal, runningAction } from "@holdpoint/core/wire/shape";
import { expect, test } from "vitest";
import type { Action } from "./action.ts";
import { proposalOf, runningOf } from "./wire.ts";

const whole: Action = {
  topic: "job.db.delete",
  tool: { server: "crm", name: "delete_customer" },
  params: { id: "c_81", deep: { list: [1, null] } },
  target: { environment: "prod", resource: "customers/c_81" },
  riskTags: ["prod", "write"],
  reversible: false,
  cost: { amount: 12.5, currency: "USD" },
  effect: { rows: 1, recipients: 0, diff: "-1" },
  agent: { run: "run_1", thread: "th_1", call: "call_1", onBehalfOf: "user:42" },
  claims: {
    title: "t",
    reasoning: "r",
    ifApproved: "a",
    ifRejected: "b",
    instruction: "i",
    confidence: 0.9,
    signals: { schema_valid: true },
  },
  evidence: [{ label: "ticket", uri: "https://example.com/1" }],
  labels: { team: "crm" },
  idempotencyKey: "key-1",
  jobId: "job-1",
  timeout: 90_000,
};

test("a whole action is a proposal as the server reads it", () => {
  const sent = proposalOf(whole);

  expect(proposal.parse(sent)).toEqual(sent);
  expect(sent).toMatchObject({
    risk_tags: ["prod", "write"],
    idempotency_key: "key-1",
    job_id: "job-1",
    timeout: "90000ms",
    agent: { on_behalf_of: "user:42" },
    claims: { if_approved: "a", if_rejected: "b" },
  });
});

test("a redemption carries what has an effect and no claims", () => {
  const sent = runningOf(whole);

  expect(runningAction.parse(sent)).toEqual(sent);
  expect(Object.keys(sent).toSorted()).toEqual([
    "agent",
    "cost",
    "effect",
    "idempotency_key",
    "params",
    "reversible",
    "risk_tags",
    "target",
    "tool",
    "topic",
  ]);
});

test("what is left out or null is not sent", () => {
  const sent = proposalOf({ topic: "a.b", tool: null, claims: null, agent: {}, timeout: null });

  expect(sent).toEqual({ topic: "a.b", params: {}, agent: {} });
});
