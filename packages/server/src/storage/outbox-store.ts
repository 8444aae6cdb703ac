// The outbox: claimed by one sender at a time, settled once, never forgotten.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { JobState } from "@holdpoint/core/job/state";
import type { SealedEvent } from "@holdpoint/core/record/event";
import { inputOfEvent } from "./committer.ts";
import type { Database, Row, Statement } from "./database.ts";
import type {
  Claim,
  Delivery,
  DeliveryResult,
  DeliveryStore,
  EarlierMessage,
  FanOut,
  GatheredMessage,
} from "./deliveries.ts";

// A claim does not wait for the disk: one that is lost in a crash is a message sent again, with its id.
const quiet =
  "quiet as materialized (select set_config('synchronous_commit', 'off', true) as setting)";
const isProofWanted = (row: string): string =>
  `coalesce(j.state = 'APPROVAL' and (j.watch::json ->> 'level')::int = ${row}.level
    and j.watch::json ->> 'proof' is null, false)`;

// A claim is a lease: `due_at` moves to its end, and a sender that dies loses the row to the next.
const claim: Statement = {
  name: "claim_deliveries",
  text: `with ${quiet}, due as materialized (
    select o.ctid as place from quiet, outbox o
    where o.tenant = $1 and o.channel = $5 and o.state = 'pending' and o.due_at <= $2
    order by o.due_at, o.seq limit $4 for update of o skip locked
  ), claimed as materialized (
    update outbox o set due_at = $3, attempts = o.attempts + 1 from due
    where o.ctid = due.place
    returning o.id, o.job_id, o.channel, o.kind, o.body, o.attempts, coalesce(o.waits, 0) as waits,
      o.person, o.address, o.level, o.gather, o.created_at, o.seq
  )
  select c.*, j.state as job_state, ${isProofWanted("c")} as is_proof_wanted,
    case when $6::boolean then (select json_agg(json_build_object('kind', e.kind, 'ref', e.ref::json) order by e.seq)
      from outbox e where e.tenant = $1 and e.job_id = c.job_id and e.channel = c.channel
        and e.person is not distinct from c.person and e.seq < c.seq
        and (e.state = 'delivered' or e.state = 'gathered' and (select p.state from outbox p
          where p.tenant = $1 and p.id = e.parent) = 'delivered')) end as earlier,
    $6::boolean and exists (select from outbox e where e.tenant = $1 and e.job_id = c.job_id
      and e.channel = c.channel and e.person is not distinct from c.person and e.seq < c.seq
      and e.state = 'pending') as is_behind,
    null::bigint as next_due_at
  from claimed c left join jobs j on j.tenant = $1 and j.id = c.job_id
  union all
  select null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
    min(due_at) from outbox
  where tenant = $1 and channel = $5 and state = 'pending' and due_at > $2`,
};

const stray: Statement = {
  name: "stray_channels",
  text: `select distinct o.channel from outbox o
  where o.tenant = $1 and o.state = 'pending' and o.due_at <= $2 and o.channel <> all ($3::text[])`,
};

const eventsSql = (rows: string, condition: string): string => `facts as materialized (
    select * from json_to_recordset(${rows}::json) as e(at int, id text, type text, made_at bigint, job_id text,
      revision int, state text, actor_kind text, actor_id text, leaf text, commitment text, salt text, payload text)
    where ${condition}
  ), payloads as (
    insert into audit_payloads (tenant, commitment, salt, payload)
    select $1, commitment, decode(salt, 'hex'), payload from facts
  ), events as (
    insert into audit_events (tenant, id, type, at, job_id, revision, state, actor_kind, actor_id, leaf, commitment)
    select $1, id, type, made_at, job_id, revision, state, actor_kind, actor_id, leaf, commitment from facts)`;

// INVARIANT: an event that somebody could read never vanishes, so a settlement does wait for the disk.
const settle: Statement = {
  name: "settle_deliveries",
  text: `with input as materialized (
    select * from json_to_recordset($2::json) as i(at int, id text, state text, due_at bigint, error text,
      now bigint, attempts int, waits int, ref text)
  ), settled as (
    update outbox o set state = i.state, due_at = i.due_at, last_error = i.error, ref = coalesce(i.ref, o.ref),
      waits = i.waits, settled_at = case when i.state = 'pending' then null else i.now end
    from input i cross join lateral (
      select k.ctid as place from outbox k where k.tenant = $1 and k.id = i.id
        and k.attempts = i.attempts for update
    ) found where o.ctid = found.place and o.state = 'pending'
    returning i.at
  ), ${eventsSql("$3", "e.at = any ((select array_agg(at) from settled)::int[])")}
  select at from settled`,
};

// INVARIANT: the rows for people are written if the row for all of them is still this claim's, and then once.
const fanOut: Statement = {
  name: "fan_out",
  text: `with parent as materialized (
    update outbox o set state = 'gathered', settled_at = $6
    from (select k.ctid as place from outbox k where k.tenant = $1 and k.id = $2 and k.attempts = $3
      and k.state = 'pending' for update) found
    where o.ctid = found.place returning o.id, o.job_id, o.level
  ), children as (
    insert into outbox (tenant, id, job_id, channel, kind, body, person, address, level, parent, gather, due_at, created_at)
    select $1, c.id, p.job_id, c.channel, c.kind, c.body, c.person, c.address, p.level, p.id, c.gather, c.due_at, $6
    from parent p cross join json_to_recordset($4::json) as c(at int, id text, channel text, kind text, body text,
      person text, address text, gather text, due_at bigint)
    order by c.at
  ), ${eventsSql("$5", "exists (select from parent)")}
  select id from parent`,
};

const gather: Statement = {
  name: "gather_deliveries",
  text: `with leader as materialized (
    update outbox o set gather = '' from (select k.ctid as place from outbox k where k.tenant = $1 and k.id = $2
      and k.attempts = $3 and k.state = 'pending' for update) found
    where o.ctid = found.place returning o.id, o.job_id, o.level, o.body, o.seq
  ), waiting as materialized (
    select k.ctid as place from outbox k where k.tenant = $1 and k.person = $4 and k.channel = $5
      and k.gather = $6 and $6 <> '' and k.state = 'pending' and k.id <> $2 and exists (select from leader)
    order by k.seq limit $8 for update skip locked
  ), taken as materialized (
    update outbox o set state = 'gathered', parent = $2, settled_at = $7 from waiting
    where o.ctid = waiting.place returning o.id, o.job_id, o.level, o.body, o.seq
  ), all_of_it as (
    select * from leader union all select * from taken union all
    select o.id, o.job_id, o.level, o.body, o.seq from outbox o
    where o.tenant = $1 and o.person = $4 and o.parent = $2 and o.state = 'gathered' and exists (select from leader)
  )
  select a.*, j.state as job_state, ${isProofWanted("a")} as is_proof_wanted
  from all_of_it a left join jobs j on j.tenant = $1 and j.id = a.job_id order by a.seq`,
};

interface ClaimRow extends Row {
  readonly id: string | null;
  readonly job_id: string | null;
  readonly channel: string;
  readonly kind: string;
  readonly body: string;
  readonly attempts: number;
  readonly waits: number;
  readonly person: string | null;
  readonly address: string | null;
  readonly level: number | null;
  readonly gather: string | null;
  readonly created_at: number;
  readonly seq: number;
  readonly job_state: JobState | null;
  readonly is_proof_wanted: boolean;
  readonly earlier: readonly EarlierMessage[] | null;
  readonly is_behind: boolean;
  readonly next_due_at: number | null;
}

type OutboxCalls = Pick<
  DeliveryStore,
  "claimDeliveries" | "strayChannels" | "settleDeliveries" | "fanOut" | "gatherDeliveries"
>;

export function outboxCalls(database: Database): OutboxCalls {
  return {
    claimDeliveries: async (tenant, { channel, now, until, limit, isHistoryWanted }) => {
      const values = [tenant, now, until, limit, channel, isHistoryWanted];
      return claimOf(await database.query<ClaimRow>(tenant, claim, values));
    },
    strayChannels: async (tenant, known, now) =>
      (await database.query<{ channel: string }>(tenant, stray, [tenant, now, known])).map(
        ({ channel }) => channel,
      ),
    settleDeliveries: async (tenant, results) => {
      const rows = results.map(inputOfResult);
      const events = results.flatMap(({ event }, at) =>
        event === null ? [] : [inputOfEvent(at, event)],
      );
      await database.query(tenant, settle, [tenant, JSON.stringify(rows), JSON.stringify(events)]);
    },
    fanOut: async (tenant, fan) =>
      (await database.query(tenant, fanOut, valuesOf(tenant, fan))).length > 0,
    gatherDeliveries: async (tenant, { leader, now, limit }) => {
      const { id, attempts, person, channel, gather: word } = leader;
      const values = [tenant, id, attempts, person, channel, word, now, limit];
      return (await database.query<GatheredRow>(tenant, gather, values)).map(gatheredOf);
    },
  };
}

function claimOf(rows: readonly ClaimRow[]): Claim {
  return {
    nextDueAt: rows.find((row) => row.id === null)?.next_due_at ?? null,
    deliveries: rows
      .filter((row): row is ClaimRow & { readonly id: string } => row.id !== null)
      .sort((a, b) => a.seq - b.seq)
      .map(deliveryOf),
  };
}

function deliveryOf(row: ClaimRow & { readonly id: string }): Delivery {
  return {
    id: row.id,
    jobId: row.job_id,
    channel: row.channel,
    kind: row.kind,
    body: row.body,
    attempts: row.attempts,
    waits: row.waits,
    person: row.person,
    address: row.address,
    level: row.level,
    gather: row.gather,
    createdAt: row.created_at,
    jobState: row.job_state,
    isProofWanted: row.is_proof_wanted,
    earlier: row.earlier ?? [],
    isBehind: row.is_behind,
  };
}

function inputOfResult(result: DeliveryResult, at: number): JsonObject {
  return {
    at,
    id: result.id,
    state: result.state,
    attempts: result.attempts,
    waits: result.waits ?? 0,
    due_at: result.dueAt,
    error: result.error,
    ref: result.ref == null ? null : JSON.stringify(result.ref),
    now: result.now,
  };
}

function valuesOf(tenant: string, { parent, messages, events, now }: FanOut): unknown[] {
  const rows = messages.map(({ dueAt, ...message }, at) => ({ at, due_at: dueAt, ...message }));
  const facts = events.map((event: SealedEvent, at) => inputOfEvent(at, event));
  return [tenant, parent.id, parent.attempts, JSON.stringify(rows), JSON.stringify(facts), now];
}

interface GatheredRow extends Row {
  readonly id: string;
  readonly job_id: string | null;
  readonly level: number | null;
  readonly body: string;
  readonly job_state: JobState | null;
  readonly is_proof_wanted: boolean;
}

function gatheredOf(row: GatheredRow): GatheredMessage {
  return {
    id: row.id,
    jobId: row.job_id,
    level: row.level,
    body: row.body,
    jobState: row.job_state,
    isProofWanted: row.is_proof_wanted,
  };
}
