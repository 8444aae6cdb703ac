// What the timeline says of each event of a job.

import type { EventView } from "@holdpoint/core/wire/response";
import { eventTypes } from "@holdpoint/core/record/event";
import { expect, it } from "vitest";
import { quoteOf, wordsOf } from "./event-words.ts";

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
  const elsewhere = /^(policy|tools|key|people|identity|incident)\./;
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
