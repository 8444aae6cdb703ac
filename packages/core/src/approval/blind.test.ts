// From whom the votes of a blind hold are hidden.

import { describe, expect, it } from "vitest";
import { person, role, sampleReview } from "./approval.sample.ts";
import { type BlindFile, hiddenFrom } from "./blind.ts";
import { worldDirectory } from "./directory.sample.ts";
import type { ReviewKind } from "./review.ts";

const ann = person("ann", ["lead"]);
const directory = worldDirectory({ accounts: { "ann-2": "ann" }, left: ["old"] });

function fileOf(more: Partial<BlindFile["job"]> = {}, said: readonly ReviewKind[] = []): BlindFile {
  const requirements = [role("cfo"), role("lead", 2, { blind: true })];
  const decision = { kind: "require_approval", requirements } as const;
  return {
    job: { state: "APPROVAL", round: 1, decision, ...more },
    reviews: said.map((kind) => sampleReview(ann, kind)),
  };
}

describe("votes of a blind hold", () => {
  it.each([
    ["who has not voted", fileOf(), true],
    ["who only remarked", fileOf({}, ["comment", "abstain"]), true],
    ["who overrode in vain", fileOf({}, ["override"]), true],
    ["who voted in an earlier round", fileOf({ round: 2 }, ["approve"]), true],
    ["who approved", fileOf({}, ["approve"]), false],
    ["who rejected", fileOf({}, ["reject"]), false],
    ["who edited", fileOf({}, ["modify"]), false],
    ["anybody, once it is decided", fileOf({ state: "APPROVED" }), false],
    [
      "anybody, when no place is blind",
      fileOf({ decision: { kind: "require_approval", requirements: [role("lead")] } }),
      false,
    ],
  ] as const)("hidden from %s", (_name, file, isHidden) => {
    expect(hiddenFrom(file, ann, directory)).toBe(isHidden);
    expect(hiddenFrom(file, person("ann-2"), directory)).toBe(isHidden);
  });

  it("are hidden from others, from whoever left, and from whoever is no person", () => {
    const file = fileOf({}, ["approve"]);
    expect(hiddenFrom(file, person("ben", ["lead"]), directory)).toBe(true);
    expect(hiddenFrom(file, person("old"), directory)).toBe(true);
    expect(hiddenFrom(file, null, directory)).toBe(true);
  });
});
