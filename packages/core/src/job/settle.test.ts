// What a person can say about an execution that nobody reported, and when.

import { describe, expect, it } from "vitest";
import {
  after,
  ann,
  ben,
  changeOf,
  fileIn,
  outcomeOf,
  report,
  settlement,
  startAt,
} from "./job.sample.ts";
import { jobStates } from "./state.ts";
import { transition } from "./transition.ts";

describe("a settlement", () => {
  it("is for an unknown outcome alone", () => {
    const answers = jobStates.map(
      (state) => [state, outcomeOf(transition(fileIn(state), settlement()))] as const,
    );
    expect(Object.fromEntries(answers)).toEqual({
      ...Object.fromEntries(jobStates.map((state) => [state, "job_not_unknown"])),
      UNKNOWN: "SUCCEEDED",
      SUCCEEDED: "outcome_exists",
      FAILED: "outcome_exists",
    });
  });

  it("names the person and the reason on the record and in the outcome", () => {
    const file = fileIn("UNKNOWN");
    const { job, facts } = changeOf(transition(file, settlement({ status: "FAILED" })));
    expect(job).toMatchObject({
      state: "FAILED",
      dueAt: null,
      outcome: { status: "FAILED", summary: "the bank says so", settledBy: { id: ann.id } },
    });
    expect(facts).toMatchObject([
      {
        type: "job.failed",
        before: "UNKNOWN",
        actor: { kind: "person", id: ann.id },
        payload: { execution: "execution-1", reason: "the bank says so" },
      },
    ]);
  });

  it("said again is the same one, and said otherwise or by another one is refused", () => {
    const settled = after(fileIn("UNKNOWN"), settlement());
    expect(outcomeOf(transition(settled, settlement()))).toBe("unchanged");
    const others = [
      settlement({ status: "FAILED" }),
      settlement({ reason: "another" }),
      settlement({ person: ben }),
    ];
    for (const other of others) {
      expect(outcomeOf(transition(settled, other))).toBe("outcome_exists");
    }
  });

  it("does not stand over a report, and a report not over it", () => {
    const reported = after(fileIn("UNKNOWN"), report({ now: startAt + 3 }));
    expect(outcomeOf(transition(reported, settlement()))).toBe("outcome_exists");
    const settled = after(fileIn("UNKNOWN"), settlement());
    expect(outcomeOf(transition(settled, report({ status: "FAILED" })))).toBe("outcome_exists");
    expect(outcomeOf(transition(settled, report({ outputDigest: "sha256:1" })))).toBe(
      "outcome_exists",
    );
  });
});
