// What the timeline says of each event of a job.

import type { EventView } from "@holdpoint/core/wire/response";
import { eventTypes } from "@holdpoint/core/record/event";
import { expect, it } from "vitest";
import { effectChange, quoteOf, wordsOf } from "./event-words.ts";

function event(type: string, payload: EventView["payload"] = {}): EventView {
  return {
    cursor: "1",
    id: "evt_1",
    type,
    at: "2026-01-01T00:00:00.000Z",
    job_id: "job-1",
    revision: 1,
    state: "APPROVAL",
    actor: { kind: "person", id: "li" },
    leaf: "{}",
    payload,
  };
}

it("has words for every event that a job can have", () => {
  const elsewhere =
    /^(policy|tools|key|people|identity|incident|agent|checkpoint|run\.(?!suspended))\b/;
  const ofJobs = eventTypes.filter((type) => !elsewhere.test(type));
  const bare = ofJobs.filter((type) => wordsOf(event(type)) === type);
  expect(bare).toEqual(["review.submitted"]);
});

it("says to whom a hold was widened, and why", () => {
  const widened = { level: 1, to: "group:on-call", cause: "nobody_on_duty" };
  expect(wordsOf(event("hold.escalated", widened))).toBe(
    "widened to group on-call: nobody asked before was on duty",
  );
  expect(wordsOf(event("hold.unreachable", { cause: "unreachable" }))).toBe(
    "nobody is left to ask: nobody can be told",
  );
});

it("tells a vote in somebody's place from one's own, and an override that waits for a second person", () => {
  const vote = { verdict: "approve", reason: "fine" };
  expect(wordsOf(event("review.submitted", vote))).toBe("approved");
  expect(wordsOf(event("review.submitted", { ...vote, voted_for: "ana" }))).toBe(
    "approved for ana",
  );
  expect(wordsOf(event("override.submitted", { incident: "INC-7", given: 1, needed: 2 }))).toBe(
    "overrode it in the incident INC-7; a second person has to as well",
  );
});

it("quotes questions and answers, and both answers of a judgement", () => {
  expect(quoteOf(event("hold.asked", { question: "que_1", text: "why now?" }))).toBe("why now?");
  expect(
    quoteOf(event("governance.closed", { what_went_wrong: "nobody", how_to_avoid: "a roster" })),
  ).toBe("nobody\na roster");
});

it("says that silence released it, where nobody filled a quorum", () => {
  expect(wordsOf(event("job.approved", { notified_at_ms: 1 }))).toBe(
    "released it: nobody rejected",
  );
  expect(wordsOf(event("job.approved", { code: "override" }))).toContain("without those asked");
  expect(wordsOf(event("job.approved", {}))).toBe("filled the quorum: approved");
});

it("calls nobody told whom only the log of the server was told", () => {
  expect(wordsOf(event("notice.delivered", { channel: "log" }))).not.toContain("told people");
  expect(wordsOf(event("notice.delivered", { channel: "email", person: "ana" }))).toBe("told ana");
});

it("tells what an agent decided by itself from what it proposed", () => {
  const local = { local: { at_ms: 1, leased_at_ms: 0, received_at_ms: 2 } };
  expect(wordsOf(event("job.proposed", local))).toBe(
    "decided the action by itself and ran it; told afterwards",
  );
  expect(wordsOf(event("job.proposed", { call: "c_1" }))).toBe("proposed the action");
});

it("says when a job came back because its effect is another one", () => {
  const changed = { effect_before: null, effect_after: { rows: 3 } };
  expect(effectChange(changed)).toEqual({ before: null, after: { rows: 3 } });
  expect(wordsOf(event("job.returned", changed))).toContain("another effect");
  expect(wordsOf(event("job.returned"))).toBe("sent it back to the reviewers");
  expect(effectChange({ reason: "x" })).toBeNull();
});

it("tells the outcome that a person settled from one that was reported", () => {
  const settled = { reason: "The ledger has no such payment", by_name: "Li" };
  expect(wordsOf(event("job.failed", settled))).toContain("nobody had reported it");
  expect(quoteOf(event("job.failed", settled))).toBe("The ledger has no such payment");
  expect(wordsOf(event("job.failed", { summary: "timeout" }))).toBe("reported failure");
});
