// Official cases of CEL: what passes, and the list of what does not, which may only become shorter.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { passes } from "./cel-run.ts";
import { vectorCases, wrongIn } from "./cel-vectors.ts";
import { type SpecCase, specCases } from "./cel-spec.ts";

interface Skip {
  readonly case: string;
  readonly reason: string;
}

const file = new URL("../../spec/vectors/cel/skips.json", import.meta.url);
const skips = JSON.parse(readFileSync(file, "utf8")) as { skips: readonly Skip[] };
const skipped = new Map(skips.skips.map((skip) => [skip.case, skip.reason]));
const { core, extensions } = specCases();

/** More cases may come with a new version of the suite; with fewer, the filter hides something. */
const coreCasesMin = 1_080;
const passShareMin = 0.985;
/** The list may only become shorter. */
const skipsMax = 12;

const failing = (cases: readonly SpecCase[]): readonly string[] =>
  cases.filter((one) => !passes(one)).map((one) => one.id);

test("every official case about JSON passes, or stands in the list with its reason", () => {
  const failures = failing([...core, ...extensions]);
  expect(failures.filter((id) => !skipped.has(id))).toEqual([]);
});

test("every case in the list fails: what passes has to leave it", () => {
  const failures = new Set(failing([...core, ...extensions]));
  expect([...skipped.keys()].filter((id) => !failures.has(id))).toEqual([]);
  expect(skips.skips.filter((skip) => skip.reason.length < 10)).toEqual([]);
  expect(skips.skips.length).toBeLessThanOrEqual(skipsMax);
});

test("at least 98.5 percent of the cases about JSON pass", () => {
  expect(core.length).toBeGreaterThanOrEqual(coreCasesMin);
  const share = 1 - failing(core).length / core.length;
  expect(share).toBeGreaterThanOrEqual(passShareMin);
});

test("every case of the project itself comes out as it says", () => {
  const wrong = vectorCases.map((one) => wrongIn(one)).filter((sentence) => sentence !== null);
  expect(wrong).toEqual([]);
});
