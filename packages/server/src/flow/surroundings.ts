// What a hold is planned by, looked up before the pure part decides: who is on duty, and whose turn it was last.

import type { HoldSurroundings } from "@holdpoint/core/job/plan";
import type { JobId } from "@holdpoint/core/base/id";
import type { Decision } from "@holdpoint/core/policy/decision";
import type { Engine } from "./context.ts";
import type { LoadedPolicy } from "./policy-book.ts";

/** `decision`: the one that the hold would be planned from. */
export async function surroundingsOf(
  engine: Engine,
  policy: LoadedPolicy,
  hold: {
    readonly tenant: string;
    readonly decision: Pick<Decision, "exclude" | "ruleId">;
    readonly near?: JobId | null;
  },
): Promise<HoldSurroundings> {
  const { tenant, decision, near = null } = hold;
  const [around, lastPair] = await Promise.all([
    engine.people.surroundings(tenant, policy),
    lastPairOf(engine, tenant, decision),
  ]);
  return { ...around, lastPair, near };
}

/** Asked only of rules that rotate pairs. */
async function lastPairOf(
  engine: Engine,
  tenant: string,
  { exclude, ruleId }: Pick<Decision, "exclude" | "ruleId">,
): Promise<readonly string[]> {
  if (ruleId === null || !exclude.includes("last_pair")) return [];
  return engine.store.lastPairOf(tenant, ruleId);
}
