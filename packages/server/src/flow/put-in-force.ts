// Puts a published draft in force: for everybody, or for some agents first. One transaction with its record.

import { HoldpointError } from "@holdpoint/core/error/error";
import { noCases } from "@holdpoint/core/policy/rollout";
import { snapshotName } from "@holdpoint/core/policy-file/snapshot";
import type { AuditFact, EventActor } from "@holdpoint/core/record/event";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type {
  ActivationKind,
  ActiveChange,
  DraftRecord,
  DraftState,
  RolloutRecord,
} from "../storage/policy-life.ts";
import type { PolicyRecord } from "../storage/store.ts";
import type { Engine } from "./context.ts";
import { planOf } from "./draft-form.ts";
import { countBefore } from "./count-decisions.ts";
import { policyFact } from "./policy-notice.ts";
import { examineText } from "./publish-policy.ts";
import { record } from "./record.ts";

export interface Enforcement {
  readonly tenant: string;
  /** With its text. */
  readonly draft: DraftRecord;
  readonly actor: EventActor;
  readonly kind: ActivationKind;
  /** State of the draft afterwards. */
  readonly state: DraftState;
}

/** Throws `policy_stale` when another policy became active, or a rollout runs; nothing is written then. */
export async function putInForce(engine: Engine, enforcement: Enforcement): Promise<PolicyRecord> {
  const { tenant, draft } = enforcement;
  const now = engine.clock.now();
  const found = await examineText(engine, tenant, draft.source, "first");
  if (!found.ok) {
    throw new HoldpointError("policy_invalid", { message: "the draft does not load any more" });
  }
  const plan = planOf(draft);
  const row: PolicyRecord = {
    digest: found.digest,
    source: draft.source,
    policy: found.policy,
    rules: found.rules,
    author: draft.author,
    message: plan?.message ?? draft.message,
    createdAt: now,
  };
  if (row.digest !== draft.digest) {
    throw new HoldpointError("policy_invalid", {
      message: "this version reads the draft as another policy than the one that was approved",
    });
  }
  await refuseStale(engine, tenant, draft);
  const done: DraftRecord = {
    ...draft,
    revision: draft.revision + 1,
    state: enforcement.state,
    outcome: null,
    updatedAt: now,
  };
  const percent = plan?.rollout ?? null;
  const change =
    percent === null
      ? activation(engine, enforcement, row)
      : await beginning(engine, enforcement, { row, percent });
  const isWritten = await engine.store.changeActive(tenant, {
    ...change,
    replaces: draft.base,
    draft: { record: done, expected: draft.revision },
  });
  if (!isWritten) throw staleBase();
  engine.policies.forget(tenant);
  engine.hub.changed(tenant, []);
  engine.hub.work();
  return row;
}

export function staleBase(): HoldpointError {
  return new HoldpointError("policy_stale", {
    message: "another policy was activated since the draft was made; save the draft anew",
  });
}

/** The quick look before; the compare-and-set of the write decides. */
export async function refuseStale(
  engine: Engine,
  tenant: string,
  draft: Pick<DraftRecord, "base">,
): Promise<void> {
  const active = await engine.store.activePolicy(tenant);
  if ((active?.digest ?? null) !== draft.base) throw staleBase();
  const rollout = await engine.store.lastRollout(tenant);
  if (rollout?.state !== "running") return;
  throw new HoldpointError("rollout_running", {
    message: `a rollout is at ${rollout.percent} %; finish or halt it first`,
    facts: { rollout: rollout.id, percent: rollout.percent },
  });
}

const nothing: Omit<ActiveChange, "policy" | "draft" | "replaces"> = {
  activation: null,
  rollout: null,
  candidate: null,
  events: [],
  outbox: [],
};

function activation(
  engine: Engine,
  { tenant, draft, actor, kind }: Enforcement,
  row: PolicyRecord,
): Omit<ActiveChange, "draft" | "replaces"> {
  const line = {
    kind,
    author: draft.author,
    message: row.message,
    jobId: draft.jobId,
    draftId: draft.id,
    at: row.createdAt,
  };
  const payload = { kind, draft: draft.id, message: row.message, rules: row.rules };
  const fact = factOf(engine, tenant, { draft, actor, row, payload });
  return { ...nothing, policy: row, activation: line, events: record(engine, tenant, [fact]) };
}

interface FactParts {
  readonly draft: DraftRecord;
  readonly actor: EventActor;
  readonly row: PolicyRecord;
  readonly payload: JsonObject;
}

function factOf(engine: Engine, tenant: string, parts: FactParts): AuditFact {
  const { draft, actor, row, payload } = parts;
  return policyFact(engine, tenant, {
    type: "policy.activated",
    actor,
    jobId: draft.jobId,
    before: draft.base,
    after: row.digest,
    payload: { author: draft.author, ...payload },
  });
}

async function beginning(
  engine: Engine,
  { tenant, draft, actor }: Enforcement,
  { row, percent }: { readonly row: PolicyRecord; readonly percent: number },
): Promise<Omit<ActiveChange, "draft" | "replaces">> {
  const { base } = draft;
  if (base === null) {
    throw new HoldpointError("request_invalid", {
      message: "the first policy has nothing to be rolled out beside",
      path: "/rollout",
    });
  }
  const before = snapshotName(tenant, base as `sha256:${string}`);
  const rollout: RolloutRecord = {
    id: engine.ids.rollout(),
    revision: 1,
    state: "running",
    base,
    candidate: row.digest,
    percent,
    author: draft.author,
    message: row.message,
    jobId: draft.jobId,
    cursor: (await engine.store.lastPosition(tenant)) ?? { txid: 0, seq: 0 },
    baseCounts: JSON.stringify(await countBefore(engine, tenant, before)),
    candidateCounts: JSON.stringify(noCases),
    reason: null,
    createdAt: row.createdAt,
    updatedAt: row.createdAt,
  };
  const fact = policyFact(engine, tenant, {
    type: "policy.rollout.started",
    actor,
    jobId: draft.jobId,
    before: base,
    after: row.digest,
    payload: { rollout: rollout.id, percent, draft: draft.id, message: row.message },
  });
  return {
    ...nothing,
    policy: null,
    candidate: row,
    rollout: { record: rollout, expected: null },
    events: record(engine, tenant, [fact]),
  };
}
