// What a model is told about a call that gave no result: whether it ran, and never to repeat it by itself.

import type { JobView } from "@holdpoint/core/wire/response";
import { describe, expect, test } from "vitest";
import { WaitTimedOut } from "../client/error.ts";
import {
  ActionAlreadyExecuted,
  ActionCancelled,
  ActionFailed,
  ActionHeld,
  ActionRejected,
  ActionRevoked,
  AgentPaused,
  ApprovalExpired,
  ConstraintViolated,
  Interrupted,
  OutcomeUnknown,
  RuntimeExceeded,
  stopOf,
} from "./error.ts";
import { modelMessage } from "./model-message.ts";

function jobIn(state: JobView["job"]["state"], more: object = {}): JobView {
  const view = {
    job: { id: "job-1", state, revision: 1 },
    policy_reason: "People look at it",
    policy_rule_id: "gate",
    resolution: null,
    outcome: null,
    remediations: [],
    ...more,
  };
  return view as unknown as JobView;
}

const rejection = (onReject: string | null): JobView =>
  jobIn("REJECTED", {
    resolution: {
      by: { kind: "person", id: "ana", name: "Ana" },
      reason: "Wrong customer!",
      code: null,
      on_reject: onReject,
    },
  });

describe("the sentence", () => {
  test.for([
    [new ApprovalExpired(jobIn("EXPIRED")), "Nobody released the action in time"],
    [new ActionCancelled(jobIn("CANCELLED")), "The action was withdrawn"],
    [new ActionRevoked(jobIn("REVOKED")), "The release of the action was taken back"],
    [
      new AgentPaused("agent_killed", "it is over"),
      "This agent was stopped by its people: it is over.",
    ],
  ] as const)("for %o says that nothing was executed", ([error, words]) => {
    expect(modelMessage(error)).toContain(words);
    expect(modelMessage(error)).toContain("It was not executed; do not retry it unless asked.");
  });

  test.for([
    ["abort", "End this task."],
    ["reroute", "Another way may be tried."],
    ["escalate", "A person takes it over."],
  ] as const)("for a rejection that asks to %s says so", ([onReject, words]) => {
    expect(modelMessage(new ActionRejected(rejection(onReject)))).toBe(
      `People rejected the action: Wrong customer! It was not executed; do not retry it unless asked. ${words}`,
    );
  });

  test("for a rejection that asks for nothing ends with what holds for all", () => {
    expect(modelMessage(new ActionRejected(rejection(null)))).toMatch(/unless asked\.$/);
  });

  test("for what has run, or may have, does not say that it was not executed", () => {
    const messages = [
      new ActionFailed(jobIn("FAILED", { outcome: { summary: "no such account" } })),
      new ActionAlreadyExecuted(jobIn("SUCCEEDED")),
      new OutcomeUnknown(jobIn("UNKNOWN")),
      new RuntimeExceeded(jobIn("EXECUTING"), 5),
      new ConstraintViolated(jobIn("EXECUTING"), "network_allowlist", "no request to b, only to a"),
    ].map(modelMessage);

    expect(messages).toEqual([
      "The action was run before and failed: no such account. Do not retry it unless asked.",
      "The action was run before (the job is SUCCEEDED) and is not run again. Do not retry it.",
      "The action was begun before, and it is not known whether it took effect. Do not retry it; a person has to look.",
      "The action ran too long and was told to stop; it may have taken effect. Do not retry it unless asked.",
      "The action was stopped at a limit: no request to b, only to a. Part of it may have taken effect. Do not retry it unless asked.",
    ]);
  });

  test("for what waits asks for no repeat", () => {
    const job = jobIn("APPROVAL");
    const waits = [
      new ActionHeld(job),
      new Interrupted([job], { id: "res-1" }),
      new WaitTimedOut("job-1", 300_000),
    ];
    for (const error of waits) {
      expect(modelMessage(error)).toContain("do not repeat it");
    }
  });
});

test("every state that is no release has its error", () => {
  const names = (
    ["APPROVAL", "DENIED", "REJECTED", "EXPIRED", "CANCELLED", "REVOKED", "SUCCEEDED"] as const
  ).map((state) => stopOf(jobIn(state)).name);

  expect(names).toEqual([
    "ActionHeld",
    "ActionDenied",
    "ActionRejected",
    "ApprovalExpired",
    "ActionCancelled",
    "ActionRevoked",
    "ActionAlreadyExecuted",
  ]);
});
