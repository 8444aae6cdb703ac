// Reads what is tested apart from a policy: a file of tests, and a single question about an action.

import { type Finding, hasErrors, sortFindings } from "../policy/finding.ts";
import type { PolicyTest } from "../policy/policy.ts";
import { readTests } from "./read-test.ts";
import { readMembers, Reading } from "./reading.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import type { Json } from "../base/json/value.ts";
import { sourceFromJson, sourceFromYaml } from "./source.ts";
import type { SourceNode } from "./source-tree.ts";

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

/** An action in the form that tests have, what is known beside it, and when (ISO 8601). */
export interface Question {
  readonly action: Json;
  readonly facts?: Json;
  readonly now?: string;
}

export type ReadQuestion =
  | { readonly ok: true; readonly input: EvaluationInput }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Paths of findings begin at the question: `/action/cost`. Without `now` it is asked at 0. */
export function readQuestion({ action, facts, now }: Question): ReadQuestion {
  const test = {
    name: "question",
    action,
    ...(facts !== undefined && { facts }),
    ...(now !== undefined && { now }),
    expect: { rule: null },
  };
  const source = sourceFromJson([test]);
  const reading = new Reading(source);
  const { root } = source;
  const tests = root === null ? [] : readTests(reading, { node: root, path: "" });
  const findings = sortFindings(reading.findings).map((finding) => {
    return { ...finding, path: finding.path.replace(/^\/0/, "") };
  });
  const [first] = tests;
  return first === undefined || hasErrors(findings)
    ? { ok: false, findings }
    : { ok: true, input: first.action };
}

export type YamlJson =
  | { readonly ok: true; readonly json: Json }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Any JSON that is written as YAML, by the rules that policy files are read by. */
export function jsonFromYaml(text: string): YamlJson {
  const { root, findings } = sourceFromYaml(text);
  return root === null ? { ok: false, findings } : { ok: true, json: jsonOf(root) };
}

function jsonOf(node: SourceNode): Json {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(jsonOf);
  return Object.fromEntries(node.fields.map(({ key, value }) => [key, jsonOf(value)]));
}
