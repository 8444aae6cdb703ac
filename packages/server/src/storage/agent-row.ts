// Between a registered agent and its row, and the one question that reads an agent with all above it.

import {
  agentChainMax,
  type AgentChain,
  type AgentDetail,
  agentDetailFromJson,
  agentDetailToJson,
  type AgentRecord,
  type AgentState,
} from "@holdpoint/core/agent/agent";
import type { AgentRegistration } from "./agents.ts";
import type { Row, Session } from "./database.ts";

export const agentColumns =
  "a.id, a.revision, a.state, a.owner, a.parent, a.record, a.state_reason, a.state_by, a.state_at, a.created_by, a.created_at, a.updated_at";

/**
 * The chain of the agent `id` of tenant `$1` as JSON, itself first; null when it is not registered.
 * A chain of damaged rows may be a ring: it is read one agent further than a good one can be, and
 * counts as halted there.
 */
export const chainSql = (id: string): string => `(with recursive chain as (
    select s.id, s.parent, s.state, s.owner, 0 as depth from agents s where s.tenant = $1 and s.id = ${id}
    union all
    select p.id, p.parent, p.state, p.owner, c.depth + 1
      from chain c join agents p on p.tenant = $1 and p.id = c.parent where c.depth < ${agentChainMax}
  ) select json_agg(json_build_object('id', id, 'state', state, 'owner', owner) order by depth)::text from chain)`;

/** True when the agent `id` of tenant `$1`, or one above it, is not active: what `standingOf` says in SQL. */
export const haltedSql = (id: string): string => `exists (with recursive chain as (
    select s.parent, s.state, 0 as depth from agents s where s.tenant = $1 and s.id = ${id}
    union all
    select p.parent, p.state, c.depth + 1
      from chain c join agents p on p.tenant = $1 and p.id = c.parent where c.depth < ${agentChainMax}
  ) select from chain where state <> 'active' or depth >= ${agentChainMax})`;

export interface AgentRow extends Row {
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly owner: string | null;
  readonly parent: string | null;
  readonly record: string;
  readonly state_reason: string | null;
  readonly state_by: string | null;
  readonly state_at: number | null;
  readonly created_by: string;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface RegistrationRow extends AgentRow {
  readonly chain: string;
}

export function agentOfRow(row: AgentRow): AgentRecord {
  return {
    id: row.id,
    revision: row.revision,
    state: row.state as AgentState,
    owner: row.owner,
    parent: row.parent,
    ...detailOf(row.record),
    stateReason: row.state_reason,
    stateBy: row.state_by,
    stateAt: row.state_at,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function registrationOfRow(row: RegistrationRow): AgentRegistration {
  return { agent: agentOfRow(row), chain: JSON.parse(row.chain) as AgentChain };
}

export function valuesOfAgent(agent: AgentRecord): readonly unknown[] {
  return [
    agent.id,
    agent.revision,
    agent.state,
    agent.owner,
    agent.parent,
    JSON.stringify(agentDetailToJson(agent)),
    agent.stateReason,
    agent.stateBy,
    agent.stateAt,
    agent.createdBy,
    agent.createdAt,
    agent.updatedAt,
  ];
}

export function detailOf(record: string): AgentDetail {
  return agentDetailFromJson(parsedOrNull(record));
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const add = {
  name: "add_agent",
  text: `insert into agents (tenant, id, revision, state, owner, parent, record, state_reason, state_by, state_at,
      created_by, created_at, updated_at, webhook_sealed)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    on conflict do nothing returning id`,
};

/** False when the agent is registered already. */
export async function addAgent(
  session: Session,
  tenant: string,
  agent: AgentRecord,
  sealed: Buffer | null = null,
): Promise<boolean> {
  return (await session.query(add, [tenant, ...valuesOfAgent(agent), sealed])).length > 0;
}
