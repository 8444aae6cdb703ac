// The outbox: claimed by one sender at a time, settled once, never forgotten.

import type { Database, Row, Statement } from "./database.ts";
import { appendEvents } from "./settings-store.ts";
import type { Store } from "./store.ts";

// A claim is a lease: `due_at` moves to its end, and a sender that dies loses the row to the next.
const claim: Statement = {
  name: "claim_deliveries",
  text: `with due as materialized (
    select tenant, id from outbox where tenant = $1 and state = 'pending' and due_at <= $2
    order by due_at, seq limit $4 for update skip locked
  )
  update outbox o set due_at = $3, attempts = o.attempts + 1 from due
  where o.tenant = due.tenant and o.id = due.id
  returning o.id, o.job_id, o.channel, o.kind, o.body, o.attempts, o.seq`,
};
const settle: Statement = {
  name: "settle_delivery",
  text: `update outbox set state = $3, due_at = $4, last_error = $5,
    settled_at = case when $3 = 'pending' then null else $6::bigint end
  where tenant = $1 and id = $2 and state = 'pending' and attempts = $7 returning id`,
};
const next: Statement = {
  name: "next_delivery",
  text: "select min(due_at) as due_at from outbox where tenant = $1 and state = 'pending'",
};

interface OutboxRow extends Row {
  readonly id: string;
  readonly job_id: string | null;
  readonly channel: string;
  readonly kind: string;
  readonly body: string;
  readonly attempts: number;
  readonly seq: number;
}

type OutboxCalls = Pick<Store, "claimDeliveries" | "settleDelivery" | "nextDeliveryAt">;

export function outboxCalls(database: Database): OutboxCalls {
  return {
    claimDeliveries: async (tenant, now, until, limit) => {
      const rows = await database.query<OutboxRow>(tenant, claim, [tenant, now, until, limit]);
      return [...rows]
        .sort((a, b) => a.seq - b.seq)
        .map((row) => ({
          id: row.id,
          jobId: row.job_id,
          channel: row.channel,
          kind: row.kind,
          body: row.body,
          attempts: row.attempts,
        }));
    },
    settleDelivery: (tenant, result) =>
      database.transaction(tenant, async (session) => {
        const values = [
          tenant,
          result.id,
          result.state,
          result.dueAt,
          result.error,
          result.now,
          result.attempts,
        ];
        const settled = await session.query(settle, values);
        if (settled.length > 0 && result.event !== null)
          await appendEvents(session, tenant, [result.event]);
      }),
    nextDeliveryAt: async (tenant) => {
      const [row] = await database.query<{ due_at: number | null }>(tenant, next, [tenant]);
      return row?.due_at ?? null;
    },
  };
}
