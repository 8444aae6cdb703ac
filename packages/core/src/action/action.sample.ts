// An action for tests, with anything in it changed.

import type { Action } from "./action.ts";

export function sampleAction(more: Partial<Action> = {}): Action {
  return {
    topic: "job.db.delete",
    tool: { server: "crm", name: "delete_customer" },
    params: { id: "c_81" },
    target: { environment: "prod", resource: "customers" },
    riskTags: ["prod", "write"],
    reversible: false,
    cost: null,
    effect: { rows: 1, recipients: null, diff: null },
    actor: {
      agent: "robot",
      run: "run-1",
      thread: null,
      call: null,
      onBehalfOf: "user:req@example.com",
    },
    claims: {
      title: "Tidy up",
      reasoning: "the customer asked",
      ifApproved: null,
      ifRejected: null,
      instruction: null,
      confidence: 0.9,
      signals: {},
    },
    evidence: [{ label: "ticket", uri: "https://example.com/1", text: null }],
    labels: { team: "crm" },
    idempotencyKey: null,
    checkpoint: null,
    ...more,
  };
}
