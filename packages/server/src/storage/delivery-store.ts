// What was told to whom: the delivery log, how much each person has, and dead letters tried again.

import type { Database, Row, Statement } from "./database.ts";
import type {
  ChannelCount,
  DeliveryFilter,
  DeliveryPageRecord,
  DeliveryRecord,
  DeliveryState,
  DeliveryStore,
  Load,
} from "./deliveries.ts";
import { appendEvents } from "./settings-store.ts";

const columns = `o.seq, o.id, o.job_id, o.channel, o.kind, o.state, o.person, o.address, o.level, o.attempts,
  o.last_error, o.created_at, o.due_at, o.settled_at`;
const isCardSql = "o.kind in ('approval.requested', 'approval.escalated', 'approval.assigned')";
/** Deliveries of one job that are told; past it the oldest are left out. */
const deliveriesOfJobMax = 500;

const load: Statement = {
  name: "load_of",
  text: `select o.person, count(distinct o.job_id)::int as recent,
    (count(distinct o.job_id) filter (where j.state = 'APPROVAL'))::int as open
  from unnest($2::text[]) as p(id) join outbox o on o.tenant = $1 and o.person = p.id and o.created_at > $3
    and ${isCardSql} and o.state <> 'dropped'
  left join jobs j on j.tenant = $1 and j.id = o.job_id
  group by o.person`,
};
const places: Statement = {
  name: "places_told",
  text: `select distinct on (o.person, o.channel) o.person, o.channel, o.address from outbox o
  where o.tenant = $1 and o.job_id = $2 and o.person is not null and o.address is not null
    and o.state in ('pending', 'delivered', 'gathered')
  order by o.person, o.channel, o.seq desc`,
};
const alive: Statement = {
  name: "is_level_alive",
  text: `select o.id from outbox o join unnest($4::text[]) as known(name) on known.name = o.channel
  where o.tenant = $1 and o.job_id = $2 and o.level = $3 and (o.state in ('pending', 'delivered')
    or o.state = 'gathered' and o.person is not null and (select p.state from outbox p
      where p.tenant = $1 and p.id = o.parent) in ('pending', 'delivered'))
  limit 1`,
};
const find: Statement = {
  name: "find_delivery",
  text: `select ${columns} from outbox o where o.tenant = $1 and o.id = $2`,
};
const ofJob: Statement = {
  name: "deliveries_of_job",
  text: `select ${columns} from outbox o where o.tenant = $1 and o.job_id = $2 and o.channel <> 'people'
  order by o.seq desc limit $3`,
};
const resend: Statement = {
  name: "resend_delivery",
  text: `update outbox o set state = 'pending', due_at = $3, waits = o.attempts, settled_at = null
  where o.tenant = $1 and o.id = $2 and o.state = 'dead' returning o.id`,
};
const counts: Statement = {
  name: "count_channels",
  text: `select c.channel, (select count(*)::int from outbox o where o.tenant = $1 and o.channel = c.channel
      and o.state = 'pending') as pending,
    (select count(*)::int from outbox o where o.tenant = $1 and o.channel = c.channel and o.state = 'dead') as dead,
    (select max(o.settled_at) from outbox o where o.tenant = $1 and o.channel = c.channel
      and o.state = 'delivered' and o.seq > c.since) as last_delivered_at,
    failed.last_error, failed.last_error_at
  from (select n.name as channel, coalesce((select max(seq) from outbox where tenant = $1), 0) - $3 as since
    from unnest($2::text[]) as n(name)) c
  left join lateral (select o.last_error, coalesce(o.settled_at, o.created_at) as last_error_at from outbox o
    where o.tenant = $1 and o.channel = c.channel and o.last_error is not null and o.seq > c.since
    order by o.seq desc limit 1) failed on true`,
};
/** Newest messages of a tenant that are looked through for the last ones of a channel. */
const recentSpan = 2_000;

type DeliveryReads = Pick<
  DeliveryStore,
  | "loadOf"
  | "placesTold"
  | "isLevelAlive"
  | "listDeliveriesOf"
  | "listDeliveries"
  | "findDelivery"
  | "resendDelivery"
  | "countChannels"
>;

export function deliveryReads(database: Database): DeliveryReads {
  return {
    loadOf: async (tenant, people, since) => {
      const rows = await database.query<LoadRow>(tenant, load, [tenant, people, since]);
      return new Map(
        rows.map(({ person, recent, open }): [string, Load] => [person, { recent, open }]),
      );
    },
    placesTold: async (tenant, jobId) =>
      (await database.query<PlaceRow>(tenant, places, [tenant, jobId])).map(
        ({ person, channel, address }) => ({ person, channel, address }),
      ),
    isLevelAlive: async (tenant, { jobId, level, channels }) =>
      (await database.query(tenant, alive, [tenant, jobId, level, channels])).length > 0,
    listDeliveriesOf: async (tenant, jobId) => {
      const values = [tenant, jobId, deliveriesOfJobMax];
      return (await database.query<DeliveryRow>(tenant, ofJob, values)).map(recordOf);
    },
    listDeliveries: async (tenant, filter) => {
      const { statement, values } = pageQuery(tenant, filter);
      return pageOf(await database.query<DeliveryRow>(tenant, statement, values), filter.limit);
    },
    findDelivery: async (tenant, id) => {
      const [row] = await database.query<DeliveryRow>(tenant, find, [tenant, id]);
      return row === undefined ? null : recordOf(row);
    },
    resendDelivery: (tenant, id, now, event) =>
      database.transaction(tenant, async (session) => {
        const rows = await session.query(resend, [tenant, id, now]);
        if (rows.length > 0) await appendEvents(session, tenant, [event]);
        return rows.length > 0;
      }),
    countChannels: async (tenant, channels) => {
      const values = [tenant, channels, recentSpan];
      return (await database.query<CountRow>(tenant, counts, values)).map(countOf);
    },
  };
}

interface LoadRow extends Row {
  readonly person: string;
  readonly recent: number;
  readonly open: number;
}

interface PlaceRow extends Row {
  readonly person: string;
  readonly channel: string;
  readonly address: string;
}

interface CountRow extends Row {
  readonly channel: string;
  readonly pending: number;
  readonly dead: number;
  readonly last_delivered_at: number | null;
  readonly last_error: string | null;
  readonly last_error_at: number | null;
}

interface DeliveryRow extends Row {
  readonly seq: number;
  readonly id: string;
  readonly job_id: string | null;
  readonly channel: string;
  readonly kind: string;
  readonly state: DeliveryState;
  readonly person: string | null;
  readonly address: string | null;
  readonly level: number | null;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly created_at: number;
  readonly due_at: number;
  readonly settled_at: number | null;
}

function recordOf(row: DeliveryRow): DeliveryRecord {
  return {
    seq: row.seq,
    id: row.id,
    jobId: row.job_id,
    channel: row.channel,
    kind: row.kind,
    state: row.state,
    person: row.person,
    address: row.address,
    level: row.level,
    attempts: row.attempts,
    error: row.last_error,
    createdAt: row.created_at,
    dueAt: row.due_at,
    settledAt: row.settled_at,
  };
}

function countOf(row: CountRow): ChannelCount {
  return {
    channel: row.channel,
    pending: row.pending,
    dead: row.dead,
    lastDeliveredAt: row.last_delivered_at,
    lastError: row.last_error,
    lastErrorAt: row.last_error_at,
  };
}

function pageOf(rows: readonly DeliveryRow[], limit: number): DeliveryPageRecord {
  const deliveries = rows.slice(0, limit).map(recordOf);
  return {
    deliveries,
    nextAfter: rows.length > limit ? (deliveries.at(-1)?.seq ?? null) : null,
  };
}

/** In so many words, because dead letters have an index of their own that a parameter cannot choose. */
const stateSql: Readonly<Record<DeliveryState, string>> = {
  pending: "o.state = 'pending'",
  delivered: "o.state = 'delivered'",
  dead: "o.state = 'dead'",
  gathered: "o.state = 'gathered'",
  dropped: "o.state = 'dropped'",
};

/** Keyset by the sequence number; one prepared statement for each shape of filter. */
function pageQuery(
  tenant: string,
  filter: DeliveryFilter,
): { statement: Statement; values: unknown[] } {
  const values: unknown[] = [tenant, filter.limit + 1];
  const wheres = ["o.tenant = $1", "o.channel <> 'people'"];
  const tags: string[] = [];
  const add = (tag: string, value: unknown, sql: (place: string) => string): void => {
    if (value === null) return;
    values.push(value);
    tags.push(tag);
    wheres.push(sql(`$${values.length}`));
  };
  add("job", filter.job, (place) => `o.job_id = ${place}`);
  add("person", filter.person, (place) => `o.person = ${place}`);
  add("channel", filter.channel, (place) => `o.channel = ${place}`);
  if (filter.state !== null) {
    tags.push(filter.state);
    wheres.push(stateSql[filter.state]);
  }
  add("after", filter.after, (place) => `o.seq < ${place}`);
  const text = `select ${columns} from outbox o where ${wheres.join(" and ")} order by o.seq desc limit $2`;
  return { statement: { name: ["deliveries", ...tags].join("_"), text }, values };
}
