// Reads of many jobs, agents and keys in one statement each.

import type { AgentChain } from "@holdpoint/core/agent/agent";
import type { JobState } from "@holdpoint/core/job/state";
import type { AgentNewsStore } from "./agent-news.ts";
import { chainSql } from "./agent-row.ts";
import type { Database, Row, Statement } from "./database.ts";

const heads: Statement = {
  name: "job_heads",
  text: "select id, agent, state, revision from jobs where tenant = $1 and id = any ($2)",
};
const chains: Statement = {
  name: "agent_chains",
  text: `select a.id, ${chainSql("a.id")} as chain from agents a where a.tenant = $1 and a.id = any ($2)`,
};
const ends: Statement = {
  name: "key_ends",
  text: `select id, least(expires_at, revoked_at) as ends_at from api_keys
    where tenant = $1 and id = any ($2)`,
};

export function agentNewsCalls(database: Database): AgentNewsStore {
  return {
    jobHeads: async (tenant, ids) =>
      (await database.query<HeadRow>(tenant, heads, [tenant, ids])).map(
        ({ id, agent, state, revision }) => ({ id, agent, state: state as JobState, revision }),
      ),
    agentChains: async (tenant, ids) => {
      const rows = await database.query<ChainRow>(tenant, chains, [tenant, ids]);
      return new Map(rows.map(({ id, chain }) => [id, JSON.parse(chain) as AgentChain]));
    },
    keyEnds: async (tenant, ids) => {
      const rows = await database.query<EndRow>(tenant, ends, [tenant, ids]);
      return new Map(rows.map((row) => [row.id, row.ends_at]));
    },
  };
}

interface HeadRow extends Row {
  readonly id: string;
  readonly agent: string;
  readonly state: string;
  readonly revision: number;
}

interface ChainRow extends Row {
  readonly id: string;
  readonly chain: string;
}

interface EndRow extends Row {
  readonly id: string;
  readonly ends_at: number;
}
