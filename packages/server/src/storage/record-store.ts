// Reads of the record: pages of events, and following it in commit order.

import type { Database, Row, Statement } from "./database.ts";
import type { EventPosition, Store, StoredEvent } from "./store.ts";

const columns = `e.seq, e.txid, e.id, e.type, e.at, e.job_id, e.revision, e.state, e.actor_kind, e.actor_id,
  e.leaf,
  (select p.payload from audit_payloads p where p.tenant = e.tenant and p.commitment = e.commitment) as payload`;
const source = "audit_events e";

/**
 * The transaction of the event that a position names by its number. A reader may bring a position
 * from the database that this one was moved from, where the same event had another transaction.
 */
const placeOf = (txid: string, seq: string): string =>
  `(select coalesce((select a.txid from audit_events a where a.tenant = $1 and a.seq = ${seq}::bigint), ${txid}::bigint))`;

const horizon = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint";

/**
 * In commit-safe order: a reader that remembers its position never misses an event that commits
 * late, because it stops before events that an older, running transaction may still precede.
 */
const follow: Statement = {
  name: "follow_events",
  text: `select ${columns}, e.txid < ${horizon} as is_settled from ${source}
  where e.tenant = $1 and (e.txid, e.seq) > (${placeOf("$2", "$3")}, $3::bigint)
  order by e.txid, e.seq limit $4`,
};
const last: Statement = {
  name: "last_position",
  text: `select e.txid, e.seq from audit_events e where e.tenant = $1 and e.txid < ${horizon}
  order by e.txid desc, e.seq desc limit 1`,
};

interface EventRow extends Row {
  readonly seq: number;
  readonly txid: number;
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly job_id: string | null;
  readonly revision: number | null;
  readonly state: string | null;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly leaf: string;
  readonly payload: string | null;
}

interface FollowRow extends EventRow {
  readonly is_settled: boolean;
}

type RecordReads = Pick<Store, "listEvents" | "followEvents" | "lastPosition">;

export function recordReads(database: Database): RecordReads {
  return {
    listEvents: async (tenant, filter) => {
      const values: unknown[] = [tenant, filter.limit];
      const wheres = ["e.tenant = $1"];
      const compare = filter.isNewestFirst ? "<" : ">";
      const tags = [filter.isNewestFirst ? "d" : "a"];
      if (filter.after !== null) {
        values.push(filter.after.txid, filter.after.seq);
        const [txid, seq] = [`$${values.length - 1}`, `$${values.length}`];
        wheres.push(`(e.txid, e.seq) ${compare} (${placeOf(txid, seq)}, ${seq}::bigint)`);
        tags.push("after");
      }
      if (filter.jobId !== null) {
        values.push(filter.jobId);
        wheres.push(`e.job_id = $${values.length}`);
        tags.push("job");
      }
      if (filter.type !== null) {
        values.push(filter.type);
        wheres.push(`e.type = $${values.length}`);
        tags.push("type");
      }
      const order = filter.isNewestFirst ? "desc" : "asc";
      const text = `select ${columns} from ${source} where ${wheres.join(" and ")}
        order by e.txid ${order}, e.seq ${order} limit $2`;
      const rows = await database.query<EventRow>(
        tenant,
        { name: `events_${tags.join("_")}`, text },
        values,
      );
      return rows.map(eventOf);
    },
    followEvents: async (tenant, after, limit) => {
      const values = [tenant, after.txid, after.seq, limit];
      const rows = await database.query<FollowRow>(tenant, follow, values);
      const end = rows.findIndex((row) => !row.is_settled);
      const settled = end < 0 ? rows : rows.slice(0, end);
      return { events: settled.map(eventOf), isBehind: end >= 0 };
    },
    lastPosition: async (tenant): Promise<EventPosition | null> => {
      const [row] = await database.query<{ txid: number; seq: number }>(tenant, last, [tenant]);
      return row === undefined ? null : { txid: row.txid, seq: row.seq };
    },
  };
}

function eventOf(row: EventRow): StoredEvent {
  return {
    seq: row.seq,
    txid: row.txid,
    id: row.id,
    type: row.type,
    at: row.at,
    jobId: row.job_id,
    revision: row.revision,
    state: row.state,
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    leaf: row.leaf,
    payload: row.payload,
  };
}
