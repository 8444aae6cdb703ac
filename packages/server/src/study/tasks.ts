// What is studied about policies: pure, heavy for large ones, and therefore done beside the serving thread.

import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { checkPolicy } from "@holdpoint/core/policy/check";
import { diffPolicies, type RecordedAction } from "@holdpoint/core/policy/diff";
import { type Finding, loadPolicy } from "@holdpoint/core/policy/load";
import { loadTests } from "@holdpoint/core/policy/load-tests";
import { inputFromRecord } from "@holdpoint/core/policy/recorded-input";
import type { Registry } from "@holdpoint/core/policy/registry";
import type { DiffReport, TestReport } from "@holdpoint/core/policy/report";
import { runTests } from "@holdpoint/core/policy/run-tests";
import { policyDigest, policyFromJson, policyToJson } from "@holdpoint/core/policy/snapshot";

/** A text with what it is checked against. */
export interface ExamineTask {
  readonly source: string;
  /** Milliseconds; what expires is judged by it. */
  readonly now: number;
  /** Absent while it is empty: then topics, tools and parameters are not looked up. */
  readonly registry?: Registry;
}

export type Examined =
  | {
      readonly ok: true;
      readonly digest: string;
      /** Canonical JSON text of the parsed policy. */
      readonly policy: string;
      readonly rules: number;
      readonly findings: readonly Finding[];
    }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Loads and checks; a policy with one error is none. */
export function examine({ source, now, registry }: ExamineTask): Examined {
  const loaded = loadPolicy(source, registry === undefined ? {} : { registry });
  if (!loaded.ok) return loaded;
  const beside = registry === undefined ? { now } : { now, registry };
  const findings = checkPolicy(loaded.policy, source, { ...beside, loaded: loaded.findings });
  if (findings.some(({ severity }) => severity === "error")) return { ok: false, findings };
  return {
    ok: true,
    digest: policyDigest(loaded.policy),
    policy: canonicalJson(policyToJson(loaded.policy)),
    rules: loaded.policy.rules.length + loaded.policy.invariants.length,
    findings,
  };
}

export interface TestTask {
  /** Canonical JSON text. */
  readonly policy: string;
  /** Text of a separate file of tests; null for the policy's own alone. */
  readonly tests: string | null;
}

export type Tested =
  | { readonly ok: true; readonly report: TestReport }
  | { readonly ok: false; readonly findings: readonly Finding[] };

export function test({ policy: text, tests }: TestTask): Tested {
  const policy = policyOf(text);
  if (tests === null) return { ok: true, report: runTests(policy, policy.tests) };
  const loaded = loadTests(tests);
  if (!loaded.ok) return { ok: false, findings: loaded.findings };
  return { ok: true, report: runTests(policy, [...policy.tests, ...loaded.tests]) };
}

export interface CompareTask {
  /** Canonical JSON texts. */
  readonly before: string;
  readonly after: string;
  /** Recorded proposals as the record holds them; those that cannot be read are left out. */
  readonly corpus: readonly { readonly job: string; readonly payload: JsonObject }[];
  readonly now: number;
  /** Actions that are made up at most; absent takes the usual number. */
  readonly casesMax?: number;
}

export function compare({ before, after, corpus, now, casesMax }: CompareTask): DiffReport {
  const recorded = corpus.flatMap(({ job, payload }): RecordedAction[] => {
    const read = inputFromRecord(payload);
    return read.ok ? [{ job, input: read.input }] : [];
  });
  return diffPolicies(policyOf(before), policyOf(after), {
    now,
    corpus: recorded,
    ...(casesMax === undefined ? {} : { casesMax }),
  });
}

function policyOf(text: string): ReturnType<typeof policyFromJson> {
  return policyFromJson(JSON.parse(text));
}

/** Every task by its name; the worker runs whatever stands here. */
export const tasks = { examine, test, compare } as const;

export type TaskName = keyof typeof tasks;
export type TaskOf<Name extends TaskName> = Parameters<(typeof tasks)[Name]>[0];
export type ResultOf<Name extends TaskName> = ReturnType<(typeof tasks)[Name]>;
