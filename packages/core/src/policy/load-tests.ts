// Reads a file that holds tests alone: the same `tests:` list that a policy may end with.

import { type Finding, hasErrors, sortFindings } from "./finding.ts";
import type { PolicyTest } from "./policy.ts";
import { readTests } from "./read-test.ts";
import { readMembers, Reading } from "./reading.ts";
import { sourceFromYaml } from "./source.ts";

export type LoadedTests =
  | {
      readonly ok: true;
      readonly tests: readonly PolicyTest[];
      readonly findings: readonly Finding[];
    }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** INVARIANT: a file with one error gives no test, so that none is left out silently. */
export function loadTests(text: string): LoadedTests {
  const source = sourceFromYaml(text);
  const reading = new Reading(source);
  let tests: readonly PolicyTest[] | null = null;
  if (source.root !== null) {
    const root = { node: source.root, path: "" };
    const list = readMembers(reading, root, "a file of tests", ["tests"])?.get("tests");
    if (list !== undefined) tests = readTests(reading, list);
    else if (reading.findings.length === 0) {
      reading.error(root, "missing_key", "a file of tests needs `tests`");
    }
  }
  const findings = sortFindings(reading.findings);
  return tests === null || hasErrors(findings)
    ? { ok: false, findings }
    : { ok: true, tests, findings };
}
