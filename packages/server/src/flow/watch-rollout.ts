// Counts from the record what a rollout decides, and halts it when the numbers say so. Every process may do it.

import { addCounts, type ArmCounts, judgeRollout } from "@holdpoint/core/policy/rollout";
import { snapshotName } from "@holdpoint/core/policy-file/snapshot";
import type { RolloutRecord } from "../storage/policy-life.ts";
import type { StoredEvent } from "../storage/store.ts";
import type { Engine } from "./context.ts";
import { countOf, snapshotOf } from "./count-decisions.ts";
import { endRollout } from "./rollout-verbs.ts";

/** How often the record is looked at while a rollout runs. */
const lookEveryMs = 1_000;
const pageSize = 500;
/** Pages of one look, so that the clocks of other tenants go on. */
const pagesMax = 20;

const watcher = { kind: "system", id: "rollout" } as const;

/** Answers in how many milliseconds to look again; null while no rollout runs. */
export async function watchRollout(engine: Engine, tenant: string): Promise<number | null> {
  for (let page = 0; page < pagesMax; page += 1) {
    const rollout = await engine.store.lastRollout(tenant);
    if (rollout?.state !== "running") return null;
    // Judged before more is counted: who counted last may have died before the halt, or lost it.
    const verdict = judgeRollout(countsIn(rollout.baseCounts), countsIn(rollout.candidateCounts));
    if (verdict.isHalted) {
      const { reason } = verdict;
      if ((await endRollout(engine, tenant, { rollout, reason, actor: watcher })) !== null)
        return null;
      continue;
    }
    const { events } = await engine.store.followEvents(tenant, rollout.cursor, pageSize);
    const last = events.at(-1);
    if (last === undefined) return lookEveryMs;
    const counted = withCounts(tenant, rollout, events);
    const next: RolloutRecord = {
      ...counted,
      revision: rollout.revision + 1,
      cursor: { txid: last.txid, seq: last.seq },
    };
    // When another process counted first, its numbers are read and gone on with.
    await engine.store.countRollout(tenant, next, rollout.revision);
  }
  return 0;
}

function withCounts(
  tenant: string,
  rollout: RolloutRecord,
  events: readonly StoredEvent[],
): RolloutRecord {
  const nameOf = (digest: string): string => snapshotName(tenant, digest as `sha256:${string}`);
  const [base, candidate] = [nameOf(rollout.base), nameOf(rollout.candidate)];
  let [baseCounts, candidateCounts] = [
    countsIn(rollout.baseCounts),
    countsIn(rollout.candidateCounts),
  ];
  for (const event of events) {
    if (event.type !== "job.proposed") continue;
    const snapshot = snapshotOf(event);
    if (snapshot === base) baseCounts = addCounts(baseCounts, countOf(event));
    if (snapshot === candidate) candidateCounts = addCounts(candidateCounts, countOf(event));
  }
  return {
    ...rollout,
    baseCounts: JSON.stringify(baseCounts),
    candidateCounts: JSON.stringify(candidateCounts),
  };
}

function countsIn(text: string): ArmCounts {
  return JSON.parse(text) as ArmCounts;
}
