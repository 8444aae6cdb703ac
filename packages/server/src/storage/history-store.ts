// What earlier jobs say of an agent, a topic and a target, and the sliding counts: read before deciding.

import { historyCountMax, historyJobsMax, historyLooksMax } from "@holdpoint/core/base/limits";
import { type JobState, releasedStates } from "@holdpoint/core/job/state";
import type { Database, Row, Statement } from "./database.ts";
import { resourceKeyOf } from "./job-row.ts";
import type { HistoryRecord, Store } from "./store.ts";

const hourMs = 3_600_000;
const dayMs = 86_400_000;

const released = releasedStates.map((state) => `'${state}'`).join(", ");

// SECURITY: an agent is known by what was released to it; what it only proposed makes nothing usual.
// Each part is the beginning of one index, or bounded; nothing here grows with the number of jobs.
const readHistory: Statement = {
  name: "read_history",
  text: `select counts.*,
    exists (select 1 from (select j.state from jobs j where j.tenant = $1 and j.agent = $2
      and j.created_at < $7 limit ${historyLooksMax}) as a where a.state in (${released})) as agent_known,
    exists (select 1 from (select j.state from jobs j where j.tenant = $1 and j.agent = $2
      and j.resource_key = $4 and j.created_at < $7 limit ${historyLooksMax}) as t
      where t.state in (${released})) as target_known,
    (select json_agg(r) from (select j.state, j.updated_at, j.numbers from jobs j
      where j.tenant = $1 and j.agent = $2 and j.topic = $3 and j.created_at < $7
      order by j.created_at desc limit ${historyJobsMax}) as r) as recent,
    (select j.updated_at from jobs j where j.tenant = $1 and j.agent = $2 and j.topic = $3
      and j.state = 'REJECTED' and j.updated_at < $7 and j.resolution like '%"by":{"kind":"person"%'
      order by j.updated_at desc limit 1) as rejected_at
  from (select count(*) as count_day, count(*) filter (where c.created_at > $5::bigint) as count_hour
    from (select j.created_at from jobs j where j.tenant = $1 and j.agent = $2 and j.topic = $3
      and j.created_at > $6::bigint and j.created_at < $7::bigint
      order by j.created_at desc limit ${historyCountMax}) as c) as counts`,
};
const readCounts: Statement = {
  name: "velocity_counts",
  text: `select key, revision, array_to_json(hits) as hits from velocity
    where tenant = $1 and key = any ($2::text[])`,
};
const forget: Statement = {
  name: "forget_velocity",
  text: "delete from velocity where tenant = $1 and expires_at < $2",
};

type HistoryCalls = Pick<Store, "readHistory" | "velocityCounts" | "forgetVelocity">;

export function historyCalls(database: Database): HistoryCalls {
  return {
    readHistory: async (tenant, { agent, topic, resource, now, before }) => {
      const key = resourceKeyOf(resource);
      const end = before ?? Number.MAX_SAFE_INTEGER;
      const values = [tenant, agent, topic, key, now - hourMs, now - dayMs, end];
      const [row] = await database.query<HistoryRow>(tenant, readHistory, values);
      return historyOf(row);
    },
    velocityCounts: async (tenant, keys) => {
      const rows = await database.query<CountRow>(tenant, readCounts, [tenant, keys]);
      return new Map(rows.map(({ key, revision, hits }) => [key, { revision, hits }]));
    },
    forgetVelocity: async (tenant, now) => {
      await database.query(tenant, forget, [tenant, now]);
    },
  };
}

interface HistoryRow extends Row {
  readonly agent_known: boolean | null;
  readonly target_known: boolean | null;
  readonly count_hour: number;
  readonly count_day: number;
  readonly recent:
    | readonly { state: JobState; updated_at: number; numbers: string | null }[]
    | null;
  readonly rejected_at: number | null;
}

interface CountRow extends Row {
  readonly key: string;
  readonly revision: number;
  readonly hits: readonly number[];
}

function historyOf(row: HistoryRow | undefined): HistoryRecord {
  return {
    isAgentKnown: row?.agent_known === true,
    isTargetKnown: row?.target_known === true,
    countHour: row?.count_hour ?? 0,
    countDay: row?.count_day ?? 0,
    recent: (row?.recent ?? []).map(({ state, updated_at: updatedAt, numbers }) => ({
      state,
      updatedAt,
      numbers: numbers === null ? {} : (JSON.parse(numbers) as Record<string, number>),
    })),
    rejectedAt: row?.rejected_at ?? null,
  };
}
