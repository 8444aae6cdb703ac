// Counts what policies decided, from the record: the numbers by which a rollout is judged.

import { addCounts, type ArmCounts, noCases } from "@holdpoint/core/policy/rollout";
import { isHold, type DecisionKind } from "@holdpoint/core/policy/decision";
import { publisher } from "@holdpoint/core/policy/publish";
import type { StoredEvent } from "../storage/store.ts";
import type { Engine } from "./context.ts";
import { failedNote } from "./loaded-policy.ts";

/** Decisions before a rollout that it is compared with; two pages of the record. */
const beforeMax = 400;
const pageSize = 200;

/** What one recorded proposal adds; nothing for events of other kinds, and for the server's own. */
export function countOf(event: StoredEvent): ArmCounts {
  if (event.type !== "job.proposed" || event.payload === null) return noCases;
  if (event.actorId === publisher) return noCases;
  const payload = JSON.parse(event.payload) as RecordedDecision;
  const { decision } = payload;
  return {
    cases: 1,
    denials: decision === "deny" ? 1 : 0,
    holds: isHold(decision) ? 1 : 0,
    errors: hasError(payload) ? 1 : 0,
  };
}

/** Snapshot that decided, from the leaf. */
export function snapshotOf(event: StoredEvent): string | null {
  return (JSON.parse(event.leaf) as { policy: string | null }).policy;
}

interface RecordedDecision {
  readonly decision: DecisionKind;
  readonly trace?: {
    readonly rules?: readonly {
      readonly matched: boolean;
      readonly clauses: readonly { readonly error?: string | null }[];
    }[];
    readonly notes?: readonly string[];
  };
}

/** True when the evaluation failed, or a rule counted because one of its clauses met an error. */
function hasError({ trace }: RecordedDecision): boolean {
  if (trace?.notes?.includes(failedNote) === true) return true;
  return (
    trace?.rules?.some(
      ({ matched, clauses }) => matched && clauses.some(({ error }) => error != null),
    ) ?? false
  );
}

/** The newest decisions of a snapshot, for a start. */
export async function countBefore(
  engine: Engine,
  tenant: string,
  snapshot: string,
): Promise<ArmCounts> {
  let counts = noCases;
  let after: StoredEvent | null = null;
  for (let read = 0; read < beforeMax; read += pageSize) {
    const page: readonly StoredEvent[] = await engine.store.listEvents(tenant, {
      jobId: null,
      type: "job.proposed",
      isNewestFirst: true,
      limit: pageSize,
      after,
    });
    for (const event of page) {
      if (snapshotOf(event) === snapshot) counts = addCounts(counts, countOf(event));
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) break;
    after = last;
  }
  return counts;
}
