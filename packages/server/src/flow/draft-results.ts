// What is found out about a draft before anybody is asked: what changes, tests, comparison, replay.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Policy } from "@holdpoint/core/policy/policy";
import { diffPolicies } from "@holdpoint/core/policy/diff";
import { approversFor, changeText, policyChange } from "@holdpoint/core/policy/policy-change";
import { runTests } from "@holdpoint/core/policy/run-tests";
import { policyFromJson } from "@holdpoint/core/policy/snapshot";
import { draftCasesMax, draftReplayMax } from "@holdpoint/core/base/limits";
import type { DraftResults } from "@holdpoint/core/wire/policy-life";
import type { Engine } from "./context.ts";
import { recordedActions, replayRecord } from "./replay-record.ts";

export async function draftResults(
  engine: Engine,
  tenant: string,
  { policy, base }: { readonly policy: Policy; readonly base: string | null },
): Promise<DraftResults> {
  const before = base === null ? null : await policyOfDigest(engine, tenant, base);
  const span = { since: null, until: null, limit: draftReplayMax };
  // Each step of a large policy takes its time; between two of them the process goes on answering.
  await nextTurn();
  const change = policyChange(before ?? nothing, policy);
  await nextTurn();
  const test = runTests(policy, policy.tests);
  const corpus = before === null ? [] : await recordedActions(engine, tenant, draftReplayMax);
  await nextTurn();
  const options = { now: engine.clock.now(), corpus, casesMax: draftCasesMax };
  const diff = before === null ? null : diffPolicies(before, policy, options);
  await nextTurn();
  return {
    change: changeText(change),
    changes_invariants: change.changesInvariants,
    approvers: approversFor(change),
    test,
    diff,
    replay: await replayRecord(engine, tenant, { policy, span }),
  };
}

export async function policyOfDigest(
  engine: Engine,
  tenant: string,
  digest: string,
): Promise<Policy | null> {
  const record = await engine.store.findPolicy(tenant, digest);
  return record === null ? null : policyFromJson(JSON.parse(record.policy));
}

const nothing: Policy = policyFromJson({ version: "v1", rules: [] });
