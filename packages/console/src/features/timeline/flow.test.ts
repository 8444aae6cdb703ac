// The drawn way of a job: order of what happened, and where it stands.

import type { DecisionEntry, EventView, JobView } from "@holdpoint/core/wire/response";
import type { JobState } from "@holdpoint/core/job/state";
import { jobStates } from "@holdpoint/core/job/state";
import { describe, expect, it } from "vitest";
import { stageNames } from "./event-words.ts";
import { entriesOf, stagesOf } from "./flow.ts";

const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;

function event(type: string, second: number, payload: Record<string, string> = {}): EventView {
  return {
    cursor: String(second),
    id: `evt_${type}_${second}`,
    type,
    at: at(second),
    job_id: "job-1",
    revision: 1,
    state: "APPROVAL",
    actor: { kind: "person", id: "li" },
    leaf: "{}",
    payload,
  };
}

const decision: DecisionEntry = {
  kind: "policy",
  at: at(0),
  actor: { kind: "policy", id: "gate", name: null },
  decision: "REQUIRE_APPROVAL",
  reason: "production",
  note: null,
  code: null,
  policy_snapshot: null,
  policy_rule_id: "gate",
  job_hash: null,
  round: 1,
  trace: null,
};

function job(state: JobState, held: boolean): JobView {
  const facts = { job: { id: "job-1", state, revision: 1 }, approval_required: held };
  return { ...facts, grant: null, execution: null, outcome: null } as unknown as JobView;
}

describe("the entries", () => {
  it("stand in the order of the flow where one transaction wrote several", () => {
    const events = [
      event("job.proposed", 0),
      event("notice.delivered", 1),
      event("review.submitted", 2, { verdict: "approve", person_name: "Li" }),
      event("job.approved", 2, { grant: "grt_1" }),
      event("grant.redeemed", 3),
      event("job.succeeded", 4, { summary: "3 rows" }),
    ];
    const entries = entriesOf(events, [decision]);
    expect(entries.map((entry) => entry.stage)).toEqual([
      "propose",
      "decide",
      "notify",
      "review",
      "review",
      "grant",
      "execute",
      "execute",
    ]);
    expect(entries[3]).toMatchObject({ words: "approved", actor: { name: "Li" } });
    expect(entries.at(-1)?.quote).toBe("3 rows");
  });

  it("keep an event whose payload was erased", () => {
    const [entry] = entriesOf([{ ...event("review.submitted", 1), payload: null }], []);
    expect(entry?.stage).toBe("review");
  });
});

describe("the stages", () => {
  it("name each part of the way once, for every state", () => {
    for (const state of jobStates) {
      for (const held of [true, false]) {
        const stages = stagesOf(job(state, held), []);
        expect(stages.map((stage) => stage.name)).toEqual(stageNames);
      }
    }
  });

  it.each([
    ["APPROVAL", "review", "now"],
    ["DENIED", "decide", "stopped"],
    ["REJECTED", "review", "stopped"],
    ["REJECTED", "execute", "skipped"],
    ["EXPIRED", "hold", "stopped"],
    ["APPROVED", "execute", "ahead"],
    ["EXECUTING", "grant", "done"],
    ["SUCCEEDED", "execute", "done"],
  ] as const)("of a job in %s show %s as %s", (state, name, status) => {
    const stage = stagesOf(job(state, state !== "DENIED"), []).find((one) => one.name === name);
    expect(stage?.status).toBe(status);
  });

  it("skip the people for an action that policy let pass", () => {
    const stages = stagesOf(job("SUCCEEDED", false), []);
    const skipped = stages.filter((stage) => stage.status === "skipped").map(({ name }) => name);
    expect(skipped).toEqual(["hold", "notify", "review"]);
  });
});
