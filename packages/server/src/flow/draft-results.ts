// What is found out about a draft before anybody is asked: what changes, tests, comparison, replay.

import { draftCasesMax, draftReplayMax } from "@holdpoint/core/base/limits";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import type { DraftResults } from "@holdpoint/core/wire/policy-life";
import type { Engine } from "./context.ts";
import { recordedProposals, replayRecord } from "./replay-record.ts";

/** `policy` and what `base` names are canonical JSON texts. */
export async function draftResults(
  engine: Engine,
  tenant: string,
  { policy, base }: { readonly policy: string; readonly base: string | null },
): Promise<DraftResults> {
  const before = base === null ? null : await textOfDigest(engine, tenant, base);
  const found = await engine.study.draft({
    before,
    after: policy,
    corpus: before === null ? [] : await recordedProposals(engine, tenant, draftReplayMax),
    now: engine.clock.now(),
    casesMax: draftCasesMax,
  });
  const span = { since: null, until: null, limit: draftReplayMax };
  const read = policyFromJson(JSON.parse(policy));
  return {
    change: found.change,
    changes_invariants: found.changesInvariants,
    approvers: found.approvers,
    test: found.test,
    diff: found.diff,
    replay: await replayRecord(engine, tenant, { policy: read, span }),
  };
}

/** The canonical JSON text of a stored policy. */
export async function textOfDigest(
  engine: Engine,
  tenant: string,
  digest: string,
): Promise<string | null> {
  return (await engine.store.findPolicy(tenant, digest))?.policy ?? null;
}
