// What is active and how it came to be: every activation, rollouts, and how far holds were compared with it.

import type { Digest } from "@holdpoint/core/base/digest";
import { HoldpointError } from "@holdpoint/core/error/error";
import { bundleName, readBundle } from "@holdpoint/core/policy/bundle";
import type { Database, Row, Session, Statement } from "./database.ts";
import { writeDraft } from "./draft-store.ts";
import type { ActivationKind, ActivationRecord, ActiveChange } from "./policy-life.ts";
import type { Sweep } from "./policy-life.ts";
import { addMessages } from "./message-store.ts";
import { addRollout, changeRollout, endRunning } from "./rollout-store.ts";
import { appendEvents, lockActive, noticeOf, notify } from "./settings-store.ts";
import type { PolicyRecord, Store } from "./store.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

type ActiveCalls = Pick<
  Store,
  | "activatePolicy"
  | "changeActive"
  | "listActivations"
  | "wasActive"
  | "pendingSweep"
  | "advanceSweep"
>;

export function activeCalls(database: Database): ActiveCalls {
  return {
    activatePolicy: (tenant, policy, replaces, event) =>
      allOrNothing(database, tenant, plainChange(policy, replaces, event)),
    changeActive: (tenant, change) => allOrNothing(database, tenant, change),
    listActivations: async (tenant, limit) => {
      const text = `select digest, before, kind, author, message, job_id, draft_id, at from policy_activations
        where tenant = $1 order by seq desc limit $2`;
      const values = [tenant, limit];
      const rows = await database.query<ActivationRow>(
        tenant,
        statement("list_activations", text),
        values,
      );
      return rows.map(activationOf);
    },
    wasActive: async (tenant, digest) => {
      const text =
        "select true as found from policy_activations where tenant = $1 and digest = $2 limit 1";
      const values = [tenant, digest];
      return (await database.query(tenant, statement("was_active", text), values)).length > 0;
    },
    ...sweepCalls(database),
  };
}

function plainChange(
  policy: PolicyRecord,
  replaces: string | null,
  event: ActiveChange["events"][number],
): ActiveChange {
  const kind = event.fact.payload["kind"] as ActivationKind | undefined;
  return {
    policy,
    replaces,
    activation: {
      kind: kind ?? "publish",
      author: policy.author,
      message: policy.message,
      jobId: null,
      draftId: null,
      at: policy.createdAt,
    },
    rollout: null,
    candidate: null,
    draft: null,
    events: [event],
    outbox: [],
  };
}

/** Thrown to undo a transaction whose compare-and-set did not hold. */
const lost = new HoldpointError("policy_stale", { message: "another change was first" });

async function allOrNothing(
  database: Database,
  tenant: string,
  change: ActiveChange,
): Promise<boolean> {
  try {
    await database.transaction(tenant, (session) => changeActive(session, tenant, change));
    return true;
  } catch (error) {
    if (error === lost) return false;
    throw error;
  }
}

async function changeActive(session: Session, tenant: string, change: ActiveChange): Promise<void> {
  const active = await lockActive(session, tenant);
  const { policy, replaces, activation, rollout, candidate, draft } = change;
  if (replaces !== null && active?.digest !== replaces) throw lost;
  // A publication waits for the end of a rollout, also of one that began a moment ago.
  if (draft !== null && active !== null && readBundle(active.bundle).rollout !== null) throw lost;
  if (policy !== null) await addPolicy(session, tenant, policy);
  if (candidate !== null) await addPolicy(session, tenant, candidate);
  if (rollout !== null) {
    const { record, expected } = rollout;
    if (expected === null) await addRollout(session, tenant, record);
    else if (!(await changeRollout(session, { tenant, record, expected }))) throw lost;
  }
  if (policy !== null && activation !== null) {
    await endRunning(session, {
      tenant,
      at: activation.at,
      reason: "another policy was activated",
    });
    await addActivation(session, tenant, {
      ...activation,
      digest: policy.digest,
      before: active?.digest ?? null,
    });
  }
  const digest = policy?.digest ?? active?.digest;
  if (digest === undefined) throw lost;
  const arm = rollout !== null && rollout.record.state === "running" ? rollout.record : null;
  const beside = active === null ? null : readBundle(active.bundle);
  const bundle = bundleName({
    policy: digest as Digest,
    tools: beside?.tools ?? null,
    people: beside?.people ?? null,
    rollout: arm && {
      id: arm.id,
      percent: arm.percent,
      candidate: arm.candidate as Digest,
    },
  });
  const at = activation?.at ?? rollout?.record.updatedAt ?? 0;
  await setActive(session, { tenant, digest, bundle, at });
  if (draft !== null) {
    const { record, expected } = draft;
    if (!(await writeDraft(session, { tenant, draft: record, expected }))) throw lost;
  }
  await appendEvents(session, tenant, change.events);
  if (change.outbox.length > 0) await addMessages(session, tenant, change.outbox);
  await session.query(notify, [noticeOf(tenant, "policy")]);
}

interface Active {
  readonly tenant: string;
  readonly digest: string;
  readonly bundle: string;
  readonly at: number;
}

// The first policy of a tenant has no holds to compare.
async function setActive(session: Session, { tenant, digest, bundle, at }: Active): Promise<void> {
  const text = `insert into active_policy (tenant, digest, bundle, revision, activated_at, swept_revision)
      values ($1, $2, $3, 1, $4, 1)
    on conflict (tenant) do update set digest = excluded.digest, bundle = excluded.bundle,
      revision = active_policy.revision + 1, activated_at = excluded.activated_at`;
  await session.query(statement("set_active", text), [tenant, digest, bundle, at]);
}

const policyColumns = "digest, source, policy, author, message, rules, created_at";

/** Stores a snapshot; one that is there already stays as it came. */
export async function addPolicy(
  session: Session,
  tenant: string,
  policy: PolicyRecord,
): Promise<void> {
  const text = `insert into policies (tenant, ${policyColumns})
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`;
  await session.query(statement("add_policy", text), [
    tenant,
    policy.digest,
    policy.source,
    policy.policy,
    policy.author,
    policy.message,
    policy.rules,
    policy.createdAt,
  ]);
}

async function addActivation(
  session: Session,
  tenant: string,
  line: ActivationRecord,
): Promise<void> {
  const text = `insert into policy_activations (tenant, digest, before, kind, author, message, job_id, draft_id, at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
  await session.query(statement("add_activation", text), [
    tenant,
    line.digest,
    line.before,
    line.kind,
    line.author,
    line.message,
    line.jobId,
    line.draftId,
    line.at,
  ]);
}

function sweepCalls(database: Database): Pick<ActiveCalls, "pendingSweep" | "advanceSweep"> {
  return {
    pendingSweep: async (tenant) => {
      const text = `select revision, swept_revision, swept_seq from active_policy
        where tenant = $1 and (swept_revision is distinct from revision or swept_seq is not null)`;
      const [row] = await database.query<SweepRow>(tenant, statement("pending_sweep", text), [
        tenant,
      ]);
      if (row === undefined) return null;
      const isUnderWay = row.swept_revision === row.revision;
      return { revision: row.revision, after: isUnderWay ? (row.swept_seq ?? 0) : 0 };
    },
    advanceSweep: async (tenant, sweep, next, told) => {
      try {
        await database.transaction(tenant, async (session) => {
          if (!(await moveSweep(session, { tenant, sweep, next }))) throw lost;
          if (told.events.length > 0) await appendEvents(session, tenant, told.events);
          if (told.outbox.length > 0) await addMessages(session, tenant, told.outbox);
        });
        return true;
      } catch (error) {
        if (error === lost) return false;
        throw error;
      }
    },
  };
}

interface SweepMove {
  readonly tenant: string;
  readonly sweep: Sweep;
  readonly next: number | null;
}

async function moveSweep(session: Session, { tenant, sweep, next }: SweepMove): Promise<boolean> {
  const text = `update active_policy set swept_revision = revision, swept_seq = $4
    where tenant = $1 and revision = $2
      and (case when swept_revision = revision then coalesce(swept_seq, -1) else 0 end) = $3::bigint
    returning tenant`;
  const values = [tenant, sweep.revision, sweep.after, next];
  return (await session.query(statement("move_sweep", text), values)).length > 0;
}

interface ActivationRow extends Row {
  readonly digest: string;
  readonly before: string | null;
  readonly kind: ActivationKind;
  readonly author: string;
  readonly message: string | null;
  readonly job_id: string | null;
  readonly draft_id: string | null;
  readonly at: number;
}

interface SweepRow extends Row {
  readonly revision: number;
  readonly swept_revision: number | null;
  readonly swept_seq: number | null;
}

function activationOf(row: ActivationRow): ActivationRecord {
  return {
    digest: row.digest,
    before: row.before,
    kind: row.kind,
    author: row.author,
    message: row.message,
    jobId: row.job_id,
    draftId: row.draft_id,
    at: row.at,
  };
}
