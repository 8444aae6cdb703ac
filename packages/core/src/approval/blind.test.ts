// From whom the votes of a hold are hidden.

import { expect, test } from "vitest";
import { directoryOf, person, role, sampleReview } from "./approval.sample.ts";
import { type BlindFile, hiddenFrom } from "./blind.ts";
import type { Person } from "./review.ts";

const ana = person("ana", ["lead"]);
const anaElsewhere = person("ana-2", ["lead"]);
const ben = person("ben", ["lead"]);
const directory = {
  ...directoryOf(),
  canonical: (who: Person): Person | null =>
    who.id === anaElsewhere.id ? ana : who.id === "gone" ? null : who,
};
const job = {
  state: "APPROVAL",
  round: 1,
  decision: {
    kind: "require_approval",
    requirements: [role("security"), role("lead", 2, { blind: true })],
  },
} as const;

function blindHold(more: Partial<BlindFile> = {}): BlindFile {
  return { job, reviews: [sampleReview(ana, "approve")], ...more };
}

test("votes are hidden from whoever has not voted: others, readers who are nobody, people who left", () => {
  for (const reader of [ben, null, person("gone")]) {
    expect(hiddenFrom(blindHold(), reader, directory)).toBe(true);
  }
});

test("votes are shown to who voted, by each of their accounts", () => {
  expect(hiddenFrom(blindHold(), ana, directory)).toBe(false);
  expect(hiddenFrom(blindHold(), anaElsewhere, directory)).toBe(false);
  const byOther = blindHold({ reviews: [sampleReview(anaElsewhere, "reject")] });
  expect(hiddenFrom(byOther, ana, directory)).toBe(false);
});

test("words that are no vote, and votes of an earlier round, open nothing", () => {
  const reviews = [sampleReview(ben, "comment"), sampleReview(ben, "abstain")];
  expect(hiddenFrom(blindHold({ reviews }), ben, directory)).toBe(true);
  const later = { job: { ...job, round: 2 }, reviews: [sampleReview(ana, "approve")] };
  expect(hiddenFrom(later, ana, directory)).toBe(true);
});

test("nothing is hidden once it is decided, or where no rule is blind", () => {
  const over = blindHold({ job: { ...job, state: "REJECTED" } });
  expect(hiddenFrom(over, ben, directory)).toBe(false);
  const { decision } = job;
  const open = { ...decision, requirements: [role("lead", 2)] };
  expect(hiddenFrom(blindHold({ job: { ...job, decision: open } }), ben, directory)).toBe(false);
});
