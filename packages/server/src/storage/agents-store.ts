// Registered agents: reads of one and its chain, writes one after the other with their events, kills with their keys.

import { agentChainMax } from "@holdpoint/core/agent/agent";
import type { AgentRecord } from "@holdpoint/core/agent/agent";
import {
  addAgent,
  agentColumns,
  agentOfRow,
  type AgentRow,
  chainSql,
  detailOf,
  registrationOfRow,
  type RegistrationRow,
  valuesOfAgent,
} from "./agent-row.ts";
import type {
  AgentKill,
  AgentStore,
  AgentWrite,
  AgentWriteResult,
  KeyRotation,
  RotationResult,
} from "./agents.ts";
import type { Database, Row, Session, Statement } from "./database.ts";
import {
  appendEvents,
  insertKey,
  keyColumns,
  keyOf,
  type KeyRow,
  keySource,
  noticeOf,
  notify,
} from "./settings-store.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

const find = statement(
  "find_agent",
  `select ${agentColumns} from agents a where a.tenant = $1 and a.id = $2`,
);
const findWithChain = statement(
  "find_agent_chain",
  `select ${agentColumns}, ${chainSql("a.id")} as chain from agents a where a.tenant = $1 and a.id = $2`,
);
const list = statement(
  "list_agents",
  `select ${agentColumns}, ${chainSql("a.id")} as chain from agents a
    where a.tenant = $1 and ($2::text is null or a.state = $2) and ($3::text is null or a.id > $3)
    order by a.id limit $4`,
);
const children = statement(
  "agent_children",
  "select id from agents where tenant = $1 and parent = $2 order by id limit $3",
);
const known = statement(
  "agent_known",
  `select true as known where exists (select from agents where tenant = $1 and id = $2)
    or exists (select from api_keys where tenant = $1 and kind = 'agent' and subject = $2)
    or exists (select from jobs where tenant = $1 and agent = $2)`,
);
const webhook = statement(
  "agent_webhook",
  "select record, webhook_sealed from agents where tenant = $1 and id = $2 and webhook_sealed is not null",
);
const keysOf = statement(
  "keys_of_agent",
  `select ${keyColumns} from ${keySource} where k.tenant = $1 and k.kind = 'agent' and k.subject = $2
    order by k.created_at desc, k.id limit 1000`,
);
const openHolds = statement(
  "open_holds_of_agent",
  `select count(*)::int as count from (
    select from jobs where tenant = $1 and agent = $2 and state = 'APPROVAL' limit $3) as open`,
);
const toSweep = statement(
  "agents_to_sweep",
  "select id from agents where tenant = $1 and sweep_at is not null order by sweep_at, id limit $2",
);
// What waits or was released has a time at which it ends, so the index of those times has them all.
const openJobs = statement(
  "open_jobs_of_agent",
  `select id from jobs where tenant = $1 and due_at is not null and agent = $2
    and state in ('APPROVAL', 'APPROVED') order by due_at, id limit $3`,
);
const swept = statement(
  "agent_swept",
  "update agents set sweep_at = null where tenant = $1 and id = $2 and state = 'killed'",
);

type AgentReads = Pick<
  AgentStore,
  | "findAgent"
  | "agentChain"
  | "findRegistration"
  | "listAgents"
  | "agentChildren"
  | "isAgentKnown"
  | "findAgentWebhook"
  | "keysOfAgent"
  | "countOpenHolds"
>;

export function agentCalls(database: Database): AgentStore {
  return {
    ...agentReads(database),
    writeAgent: (tenant, write) =>
      database.transaction(tenant, (session) => writeIn(session, tenant, write)),
    killAgent: (tenant, kill) =>
      database.transaction(tenant, (session) => killIn(session, tenant, kill)),
    rotateKey: (tenant, rotation) =>
      database.transaction(tenant, (session) => rotateIn(session, tenant, rotation)),
    agentsToSweep: async (tenant, limit) =>
      (await database.query<IdRow>(tenant, toSweep, [tenant, limit])).map(({ id }) => id),
    openJobsOf: async (tenant, agent, limit) =>
      (await database.query<IdRow>(tenant, openJobs, [tenant, agent, limit])).map(({ id }) => id),
    agentSwept: async (tenant, agent) => {
      await database.query(tenant, swept, [tenant, agent]);
    },
  };
}

function agentReads(database: Database): AgentReads {
  const registration: AgentStore["findRegistration"] = async (tenant, id) => {
    const [row] = await database.query<RegistrationRow>(tenant, findWithChain, [tenant, id]);
    return row === undefined ? null : registrationOfRow(row);
  };
  return {
    findAgent: async (tenant, id) => {
      const [row] = await database.query<AgentRow>(tenant, find, [tenant, id]);
      return row === undefined ? null : agentOfRow(row);
    },
    agentChain: async (tenant, id) => (await registration(tenant, id))?.chain ?? [],
    findRegistration: registration,
    listAgents: async (tenant, { state, after, limit }) => {
      const values = [tenant, state, after, limit];
      return (await database.query<RegistrationRow>(tenant, list, values)).map(registrationOfRow);
    },
    agentChildren: async (tenant, id, limit) =>
      (await database.query<IdRow>(tenant, children, [tenant, id, limit])).map((row) => row.id),
    isAgentKnown: async (tenant, id) =>
      (await database.query(tenant, known, [tenant, id])).length > 0,
    findAgentWebhook: async (tenant, id) => {
      const [row] = await database.query<WebhookRow>(tenant, webhook, [tenant, id]);
      if (row === undefined) return null;
      const { webhookUrl: url } = detailOf(row.record);
      return url === null ? null : { url, sealed: row.webhook_sealed };
    },
    keysOfAgent: async (tenant, id) =>
      (await database.query<KeyRow>(tenant, keysOf, [tenant, id])).map(keyOf),
    countOpenHolds: async (tenant, agent, max) => {
      const [row] = await database.query<CountRow>(tenant, openHolds, [tenant, agent, max]);
      return row?.count ?? 0;
    },
  };
}

/** INVARIANT: one write at a time in a tenant, so that two of them never close a ring between them. */
async function lockAgents(session: Session, tenant: string): Promise<void> {
  const lock = "select pg_advisory_xact_lock(hashtextextended('agents ' || $1, 0))";
  await session.query(statement("lock_agents", lock), [tenant]);
}

const lockOne = statement(
  "lock_agent",
  `select ${agentColumns} from agents a where a.tenant = $1 and a.id = $2 for update`,
);
const update = statement(
  "update_agent",
  `update agents set revision = $3, state = $4, owner = $5, parent = $6, record = $7, state_reason = $8,
      state_by = $9, state_at = $10, updated_at = $13,
      webhook_sealed = case when $15 then $14 else webhook_sealed end
    where tenant = $1 and id = $2 and revision = $16 and created_by = $11 and created_at = $12
    returning id`,
);

async function writeIn(
  session: Session,
  tenant: string,
  write: AgentWrite,
): Promise<AgentWriteResult> {
  await lockAgents(session, tenant);
  const { agent, expected } = write;
  const before = await rowOf(session, tenant, agent.id);
  if ((before?.revision ?? null) !== expected) return "lost";
  if (agent.parent !== null && agent.parent !== before?.parent) {
    const wrong = await wrongParent(session, tenant, agent);
    if (wrong !== null) return wrong;
  }
  if (!(await putIn(session, tenant, write))) return "lost";
  await tellIn(session, tenant, write.events);
  return "written";
}

/** The row is locked by now, unless it is new; false when another insert was first. */
async function putIn(session: Session, tenant: string, write: AgentWrite): Promise<boolean> {
  const { agent, expected, webhookSealed } = write;
  const sealed = webhookSealed == null ? null : Buffer.from(webhookSealed);
  if (expected === null) return addAgent(session, tenant, agent, sealed);
  const values = [tenant, ...valuesOfAgent(agent), sealed, webhookSealed !== undefined, expected];
  return (await session.query(update, values)).length > 0;
}

async function tellIn(
  session: Session,
  tenant: string,
  events: AgentWrite["events"],
): Promise<void> {
  await appendEvents(session, tenant, events);
  await session.query(notify, [noticeOf(tenant, "agents")]);
}

async function rowOf(session: Session, tenant: string, id: string): Promise<AgentRecord | null> {
  const [row] = await session.query<AgentRow>(lockOne, [tenant, id]);
  return row === undefined ? null : agentOfRow(row);
}

const heightOf = statement(
  "agent_height",
  `with recursive tree as (
      select $2::text as id, 1 as depth
      union all
      select a.id, t.depth + 1 from tree t join agents a on a.tenant = $1 and a.parent = t.id
        where t.depth <= ${agentChainMax}
    ) select max(depth)::int as count from tree`,
);

/** What is wrong with the parent that the agent is to have; null when it may have it. */
async function wrongParent(
  session: Session,
  tenant: string,
  { id, parent }: AgentRecord,
): Promise<Exclude<AgentWriteResult, "written" | "lost"> | null> {
  const [row] = await session.query<RegistrationRow>(findWithChain, [tenant, parent]);
  if (row === undefined) return parent === id ? "parent_cycle" : "parent_missing";
  const { agent, chain } = registrationOfRow(row);
  if (agent.state === "killed") return "parent_killed";
  if (chain.some((link) => link.id === id)) return "parent_cycle";
  const [height] = await session.query<CountRow>(heightOf, [tenant, id]);
  return chain.length + (height?.count ?? 1) > agentChainMax ? "chain_too_long" : null;
}

const revokeKeys = statement(
  "revoke_keys_of_agent",
  `update api_keys set revoked_at = $3 where tenant = $1 and kind = 'agent' and subject = $2
    and revoked_at is null returning id`,
);
const markSweep = statement(
  "sweep_agent",
  "update agents set sweep_at = $3 where tenant = $1 and id = $2",
);

async function killIn(
  session: Session,
  tenant: string,
  kill: AgentKill,
): Promise<{ readonly keys: number } | null> {
  await lockAgents(session, tenant);
  const { agent, expected, now } = kill;
  const before = await rowOf(session, tenant, agent.id);
  if ((before?.revision ?? null) !== expected) return null;
  if (!(await putIn(session, tenant, kill))) return null;
  await session.query(markSweep, [tenant, agent.id, now]);
  const revoked = await session.query(revokeKeys, [tenant, agent.id, now]);
  await tellIn(session, tenant, kill.events);
  await session.query(notify, [noticeOf(tenant, "keys")]);
  return { keys: revoked.length };
}

const endKey = statement(
  "end_key",
  `update api_keys set expires_at = least(expires_at, $4) where tenant = $1 and id = $2
    and kind = 'agent' and subject = $3 and revoked_at is null and expires_at > $5 returning id`,
);

async function rotateIn(
  session: Session,
  tenant: string,
  { agent, key, replaces, events }: KeyRotation,
): Promise<RotationResult> {
  await lockAgents(session, tenant);
  const found = await rowOf(session, tenant, agent);
  if (found === null) return "no_agent";
  if (found.state === "killed") return "killed";
  if (replaces !== null) {
    const values = [tenant, replaces.id, agent, replaces.endsAt, key.createdAt];
    if ((await session.query(endKey, values)).length === 0) return "no_key";
  }
  await insertKey(session, tenant, { key, subject: key.subject });
  await appendEvents(session, tenant, events);
  await session.query(notify, [noticeOf(tenant, "keys")]);
  return "written";
}

interface IdRow extends Row {
  readonly id: string;
}

interface CountRow extends Row {
  readonly count: number;
}

interface WebhookRow extends Row {
  readonly record: string;
  readonly webhook_sealed: Buffer;
}
