// From whom the votes of a hold are hidden.

import { expect, test } from "vitest";
import type { JobFile } from "../job/job.ts";
import { decided, opened, ruling } from "../job/job.sample.ts";
import { directoryOf, person, role, sampleReview } from "./approval.sample.ts";
import { hiddenFrom } from "./blind.ts";
import type { Person } from "./review.ts";

const ana = person("ana", ["lead"]);
const anaElsewhere = person("ana-2", ["lead"]);
const ben = person("ben", ["lead"]);
const directory = {
  ...directoryOf(),
  canonical: (who: Person): Person | null =>
    who.id === anaElsewhere.id ? ana : who.id === "gone" ? null : who,
};

function blindHold(more: Partial<JobFile> = {}): JobFile {
  const blind = [role("security"), role("lead", 2, { blind: true })];
  const { job } = opened({ ruling: ruling({ requirements: blind }) });
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
  const { job } = blindHold();
  const later = { job: { ...job, round: 2 }, reviews: [sampleReview(ana, "approve")] };
  expect(hiddenFrom(later, ana, directory)).toBe(true);
});

test("nothing is hidden once it is decided, or where no rule is blind", () => {
  const { job } = blindHold();
  const over = blindHold({ job: { ...job, state: "REJECTED" } });
  expect(hiddenFrom(over, ben, directory)).toBe(false);
  const open = opened({ ruling: ruling(decided()) });
  expect(hiddenFrom(open, ben, directory)).toBe(false);
});
