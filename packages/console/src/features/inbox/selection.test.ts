// Choosing holds for one answer, and what differs between them.

import { describe, expect, it } from "vitest";
import { batchShownMax, compare, whyNotChosen } from "./selection.ts";

function hold(id: string, more: { topic?: string; rule?: string } = {}) {
  return {
    job: { id, state: "APPROVAL" as const, revision: 1 },
    policy_rule_id: more.rule ?? "gate",
    topic: (more.topic ?? "job.db.delete") as "job.db.delete",
    agent: "bot",
  };
}

describe("the choice", () => {
  it("takes holds of one rule, topic and agent only", () => {
    expect(whyNotChosen(hold("b"), [])).toBeNull();
    expect(whyNotChosen(hold("b"), [hold("a")])).toBeNull();
    expect(whyNotChosen(hold("b", { topic: "job.db.write" }), [hold("a")])).not.toBeNull();
    expect(whyNotChosen(hold("b", { rule: "other" }), [hold("a")])).not.toBeNull();
  });

  it("ends where nobody looks through them any more, and lets go of what is chosen", () => {
    const many = Array.from({ length: batchShownMax }, (_, index) => hold(`j${index}`));
    expect(whyNotChosen(hold("one-more"), many)).toContain("at most");
    expect(whyNotChosen(hold("j3"), many)).toBeNull();
  });
});

describe("the comparison", () => {
  it("tells what all have from what each has", () => {
    const all = [
      { ids: ["a"], cascade: true },
      { ids: ["b"], cascade: true },
    ];
    expect(compare(all)).toEqual({
      same: { cascade: true },
      each: [{ ids: ["a"] }, { ids: ["b"] }],
    });
  });

  it("counts a parameter that one leaves out as a difference", () => {
    expect(compare([{ limit: 1 }, {}])).toEqual({ same: {}, each: [{ limit: 1 }, {}] });
    expect(compare([{ limit: null }, {}]).same).toEqual({});
  });
});
