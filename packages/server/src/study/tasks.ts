// What is studied about policies: pure, heavy for large ones, and therefore done beside the serving thread.

import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { checkPolicy } from "@holdpoint/core/policy-check/check";
import { diffPolicies, type RecordedAction } from "@holdpoint/core/policy-trial/diff";
import { type Finding, loadPolicy } from "@holdpoint/core/policy-file/load";
import { loadTests } from "@holdpoint/core/policy-file/load-tests";
import type { Policy } from "@holdpoint/core/policy/policy";
import { approversFor, changeText, policyChange } from "@holdpoint/core/policy-file/policy-change";
import { inputFromRecord } from "@holdpoint/core/policy/recorded-input";
import type { Registry } from "@holdpoint/core/policy/registry";
import type { DiffReport, TestReport } from "@holdpoint/core/policy/report";
import { runTests } from "@holdpoint/core/policy-trial/run-tests";
import { policyDigest, policyFromJson, policyToJson } from "@holdpoint/core/policy-file/snapshot";

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

/** Loads without the checks: a policy whose tests fail can be tested. */
export function load({ source, registry }: Omit<ExamineTask, "now">): Examined {
  const loaded = loadPolicy(source, registry === undefined ? {} : { registry });
  return loaded.ok ? { ok: true, ...namesOf(loaded.policy), findings: loaded.findings } : loaded;
}

/** Loads and checks; a policy with one error is none. */
export function examine({ source, now, registry }: ExamineTask): Examined {
  const loaded = loadPolicy(source, registry === undefined ? {} : { registry });
  if (!loaded.ok) return loaded;
  const beside = registry === undefined ? { now } : { now, registry };
  const findings = checkPolicy(loaded.policy, source, { ...beside, loaded: loaded.findings });
  if (findings.some(({ severity }) => severity === "error")) return { ok: false, findings };
  return { ok: true, ...namesOf(loaded.policy), findings };
}

function namesOf(policy: Policy): { digest: string; policy: string; rules: number } {
  return {
    digest: policyDigest(policy),
    policy: canonicalJson(policyToJson(policy)),
    rules: policy.rules.length + policy.invariants.length,
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

export interface DraftTask extends Omit<CompareTask, "before"> {
  /** Null when nothing is active. */
  readonly before: string | null;
}

/** What is found out about a draft before anybody is asked, but for the replay on the record. */
export interface DraftFindings {
  readonly change: string;
  readonly changesInvariants: boolean;
  /** People other than the author that publishing takes. */
  readonly approvers: number;
  readonly test: TestReport;
  readonly diff: DiffReport | null;
}

export function draft(task: DraftTask): DraftFindings {
  const { before } = task;
  const after = policyOf(task.after);
  const change = policyChange(before === null ? nothing : policyOf(before), after);
  return {
    change: changeText(change),
    changesInvariants: change.changesInvariants,
    approvers: approversFor(change),
    test: runTests(after, after.tests),
    diff: before === null ? null : compare({ ...task, before }),
  };
}

const nothing: Policy = policyFromJson({ version: "v1", rules: [] });

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

function policyOf(text: string): Policy {
  return policyFromJson(JSON.parse(text));
}

/** Every task by its name; the worker runs whatever stands here. */
export const tasks = { load, examine, draft, test, compare } as const;

export type TaskName = keyof typeof tasks;
export type TaskOf<Name extends TaskName> = Parameters<(typeof tasks)[Name]>[0];
export type ResultOf<Name extends TaskName> = ReturnType<(typeof tasks)[Name]>;
