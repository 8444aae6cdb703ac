// The outbox: claimed by one sender at a time, settled once, never forgotten.

import { inputOfEvent } from "./committer.ts";
import type { Database, Row, Statement } from "./database.ts";
import type { Store } from "./store.ts";

// A claim does not wait for the disk: one that is lost in a crash is a message sent again, with its id.
const quiet =
  "quiet as materialized (select set_config('synchronous_commit', 'off', true) as setting)";

// A claim is a lease: `due_at` moves to its end, and a sender that dies loses the row to the next.
const claim: Statement = {
  name: "claim_deliveries",
  text: `with ${quiet}, due as materialized (
    select o.ctid as place from quiet, outbox o where o.tenant = $1 and o.state = 'pending' and o.due_at <= $2
    order by o.due_at, o.seq limit $4 for update of o skip locked
  ), claimed as (
    update outbox o set due_at = $3, attempts = o.attempts + 1 from due
    where o.ctid = due.place
    returning o.id, o.job_id, o.channel, o.kind, o.body, o.attempts, o.seq
  )
  select *, null::bigint as next_due_at from claimed
  union all
  select null, null, null, null, null, null, null, min(due_at) from outbox
  where tenant = $1 and state = 'pending' and due_at > $2`,
};
// INVARIANT: an event that somebody could read never vanishes, so a settlement does wait for the disk.
const settle: Statement = {
  name: "settle_deliveries",
  text: `with input as materialized (
    select * from json_to_recordset($2::json) as i(at int, id text, state text, due_at bigint, error text,
      now bigint, attempts int)
  ), settled as (
    update outbox o set state = i.state, due_at = i.due_at, last_error = i.error,
      settled_at = case when i.state = 'pending' then null else i.now end
    from input i cross join lateral (
      select k.ctid as place from outbox k where k.tenant = $1 and k.id = i.id
        and k.attempts = i.attempts for update
    ) found where o.ctid = found.place and o.state = 'pending'
    returning i.at
  ), facts as materialized (
    select * from json_to_recordset($3::json) as e(at int, id text, type text, made_at bigint, job_id text,
      revision int, state text, actor_kind text, actor_id text, leaf text, commitment text, salt text, payload text)
    where e.at = any ((select array_agg(at) from settled)::int[])
  ), payloads as (
    insert into audit_payloads (tenant, commitment, salt, payload)
    select $1, commitment, decode(salt, 'hex'), payload from facts
  )
  insert into audit_events (tenant, id, type, at, job_id, revision, state, actor_kind, actor_id, leaf, commitment)
  select $1, id, type, made_at, job_id, revision, state, actor_kind, actor_id, leaf, commitment from facts`,
};

interface ClaimRow extends Row {
  readonly id: string | null;
  readonly job_id: string | null;
  readonly channel: string;
  readonly kind: string;
  readonly body: string;
  readonly attempts: number;
  readonly seq: number;
  readonly next_due_at: number | null;
}

type OutboxCalls = Pick<Store, "claimDeliveries" | "settleDeliveries">;

export function outboxCalls(database: Database): OutboxCalls {
  return {
    claimDeliveries: async (tenant, now, until, limit) => {
      const rows = await database.query<ClaimRow>(tenant, claim, [tenant, now, until, limit]);
      return {
        nextDueAt: rows.find((row) => row.id === null)?.next_due_at ?? null,
        deliveries: rows
          .filter((row): row is ClaimRow & { readonly id: string } => row.id !== null)
          .sort((a, b) => a.seq - b.seq)
          .map((row) => ({
            id: row.id,
            jobId: row.job_id,
            channel: row.channel,
            kind: row.kind,
            body: row.body,
            attempts: row.attempts,
          })),
      };
    },
    settleDeliveries: async (tenant, results) => {
      const rows = results.map(({ event: _, dueAt, ...result }, at) => ({
        at,
        due_at: dueAt,
        ...result,
      }));
      const events = results.flatMap(({ event }, at) =>
        event === null ? [] : [inputOfEvent(at, event)],
      );
      await database.query(tenant, settle, [tenant, JSON.stringify(rows), JSON.stringify(events)]);
    },
  };
}
