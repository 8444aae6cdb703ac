// Policies, keys, people and signing keys: rare writes, each one transaction with its audit event.

import type { SealedEvent } from "@holdpoint/core/record/event";
import { addAgent, chainSql, detailOf } from "./agent-row.ts";
import type { AgentLook } from "./agents.ts";
import { inputOfEvent } from "./committer.ts";
import type { Database, Row, Session, Statement } from "./database.ts";
import type {
  ActivePolicy,
  KeyRecord,
  KeyRegistration,
  PolicyRecord,
  SigningKeyRecord,
  Store,
} from "./store.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

const addEvents = statement(
  "add_events",
  `with facts as materialized (
    select * from json_to_recordset($2::json) as e(id text, type text, made_at bigint, job_id text, revision int,
      state text, actor_kind text, actor_id text, leaf text, commitment text, salt text, payload text)
  ), payloads as (
    insert into audit_payloads (tenant, commitment, salt, payload)
    select $1, commitment, decode(salt, 'hex'), payload from facts
  )
  insert into audit_events (tenant, id, type, at, job_id, revision, state, actor_kind, actor_id, leaf, commitment)
  select $1, id, type, made_at, job_id, revision, state, actor_kind, actor_id, leaf, commitment from facts`,
);
export const notify: Statement = statement("notify", "select pg_notify('holdpoint', $1)");
const policyColumns = "digest, source, policy, author, message, rules, created_at";
/** Everything but the long texts: a page of policies would hold gigabytes of them. */
const policyHeadColumns = "digest, '' as source, '' as policy, author, message, rules, created_at";
export const keyColumns = `k.id, k.secret_hash, k.kind, k.subject, k.name, k.owner, k.created_by, k.roles, k.scopes,
  k.created_at, k.expires_at, k.revoked_at, k.last_used_at, p.id as person_id, p.email, p.name as person_name`;
export const keySource = `api_keys k left join people p on k.kind = 'person' and p.tenant = k.tenant and p.id = k.subject`;

export async function appendEvents(
  session: Session,
  tenant: string,
  events: readonly SealedEvent[],
): Promise<void> {
  const rows = events.map((event, at) => inputOfEvent(at, event));
  await session.query(addEvents, [tenant, JSON.stringify(rows)]);
}

export function noticeOf(tenant: string, topic: "policy" | "keys" | "rosters" | "agents"): string {
  return JSON.stringify({ tenant, topic });
}

type PolicyCalls = Pick<Store, "activePolicy" | "findPolicy" | "listPolicies">;

export function policyCalls(database: Database): PolicyCalls {
  return {
    activePolicy: async (tenant) => {
      const text = "select digest, bundle, revision from active_policy where tenant = $1";
      const [row] = await database.query<ActiveRow>(tenant, statement("active_policy", text), [
        tenant,
      ]);
      return row ?? null;
    },
    findPolicy: async (tenant, digest) => {
      const text = `select ${policyColumns} from policies where tenant = $1 and digest = $2`;
      const [row] = await database.query<PolicyRow>(tenant, statement("find_policy", text), [
        tenant,
        digest,
      ]);
      return row === undefined ? null : policyOf(row);
    },
    listPolicies: async (tenant, limit) => {
      const text = `select ${policyHeadColumns} from policies where tenant = $1 order by created_at desc, digest limit $2`;
      const rows = await database.query<PolicyRow>(tenant, statement("list_policies", text), [
        tenant,
        limit,
      ]);
      return rows.map(policyOf);
    },
  };
}

/** The row that every activation changes, so that one follows the other. */
export async function lockActive(session: Session, tenant: string): Promise<ActiveRow | null> {
  const text = "select digest, bundle, revision from active_policy where tenant = $1 for update";
  const [row] = await session.query<ActiveRow>(statement("lock_active", text), [tenant]);
  return row ?? null;
}

interface ActiveRow extends Row, ActivePolicy {}

type KeyCalls = Pick<
  Store,
  "findKey" | "listKeys" | "addKey" | "revokeKey" | "touchKey" | "findPerson"
>;

export function keyCalls(database: Database): KeyCalls {
  return {
    findKey: async (tenant, secretHash) => {
      const [row] = await database.query<AgentKeyRow>(tenant, findKey, [tenant, secretHash]);
      return row === undefined ? null : { ...keyOf(row), ...lookOf(row) };
    },
    listKeys: async (tenant) => {
      const text = `select ${keyColumns} from ${keySource} where k.tenant = $1 order by k.created_at desc, k.id limit 1000`;
      return (await database.query<KeyRow>(tenant, statement("list_keys", text), [tenant])).map(
        keyOf,
      );
    },
    addKey: (tenant, key, event, registration = null) =>
      database.transaction(tenant, (session) =>
        addKey(session, { tenant, key, event, registration }),
      ),
    revokeKey: (tenant, id, now, event) =>
      database.transaction(tenant, async (session) => {
        const update =
          "update api_keys set revoked_at = $3 where tenant = $1 and id = $2 and revoked_at is null returning id";
        const changed = await session.query(statement("revoke_key", update), [tenant, id, now]);
        if (changed.length > 0) {
          await appendEvents(session, tenant, [event]);
          await session.query(notify, [noticeOf(tenant, "keys")]);
        }
        const text = `select ${keyColumns} from ${keySource} where k.tenant = $1 and k.id = $2`;
        const [row] = await session.query<KeyRow>(statement("find_key_by_id", text), [tenant, id]);
        return row === undefined ? null : keyOf(row);
      }),
    touchKey: async (tenant, id, now) => {
      const text = "update api_keys set last_used_at = $3 where tenant = $1 and id = $2";
      await database.query(tenant, statement("touch_key", text), [tenant, id, now]);
    },
    findPerson: async (tenant, name) => {
      const text =
        "select id, email, name from people where tenant = $1 and (id = $2 or lower(email) = lower($2))";
      const [row] = await database.query<PersonRow>(tenant, statement("find_person", text), [
        tenant,
        name,
      ]);
      return row ?? null;
    },
  };
}

interface KeyAddition {
  readonly tenant: string;
  readonly key: KeyRecord;
  readonly event: SealedEvent;
  readonly registration: KeyRegistration | null;
}

async function addKey(
  session: Session,
  { tenant, key, event, registration }: KeyAddition,
): Promise<"written" | "killed"> {
  if (registration !== null && (await registerIn(session, tenant, registration)) === "killed") {
    return "killed";
  }
  const subject = key.person === null ? key.subject : await addPerson(session, tenant, key);
  await insertKey(session, tenant, { key, subject });
  await appendEvents(session, tenant, [event]);
  await session.query(notify, [noticeOf(tenant, "keys")]);
  return "written";
}

const agentState = statement(
  "agent_state",
  "select state from agents where tenant = $1 and id = $2 for share",
);

/** The agent of a new key is registered with it; one that was killed gets no key. */
async function registerIn(
  session: Session,
  tenant: string,
  { agent, event }: KeyRegistration,
): Promise<"written" | "killed"> {
  const isNew = await addAgent(session, tenant, agent);
  if (isNew) await appendEvents(session, tenant, [event]);
  const [row] = await session.query<{ state: string }>(agentState, [tenant, agent.id]);
  return row?.state === "killed" ? "killed" : "written";
}

/** `subject` is the one under which the person behind the key is known. */
export async function insertKey(
  session: Session,
  tenant: string,
  { key, subject }: { readonly key: KeyRecord; readonly subject: string },
): Promise<void> {
  const text = `insert into api_keys (tenant, id, secret_hash, kind, subject, name, owner, created_by, roles, scopes,
      created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`;
  await session.query(statement("add_key", text), [
    tenant,
    key.id,
    key.secretHash,
    key.kind,
    subject,
    key.name,
    key.owner,
    key.createdBy,
    key.roles,
    key.scopes,
    key.createdAt,
    key.expiresAt,
  ]);
}

/**
 * The id of the person behind a key. SECURITY: two keys for one email are one person, also when
 * both are made at the same moment: whoever comes second takes the person that is there.
 */
async function addPerson(session: Session, tenant: string, key: KeyRecord): Promise<string> {
  const { person } = key;
  if (person === null) return key.subject;
  await session.query(
    statement(
      "add_person",
      "insert into people (tenant, id, email, name, created_at) values ($1, $2, $3, $4, $5) on conflict do nothing",
    ),
    [tenant, person.id, person.email, person.name, key.createdAt],
  );
  const text =
    "select id from people where tenant = $1 and (id = $2 or lower(email) = lower($3)) order by id <> $2";
  const values = [tenant, person.id, person.email];
  const [row] = await session.query<{ id: string }>(statement("person_of", text), values);
  return row?.id ?? key.subject;
}

type SigningCalls = Pick<Store, "signingKeys" | "addSigningKey">;

export function signingCalls(database: Database): SigningCalls {
  return {
    signingKeys: async (tenant) => {
      const text =
        "select kid, private_jwk, public_jwk, created_at, retired_at from signing_keys where tenant = $1 order by created_at, kid";
      const rows = await database.query<SigningRow>(tenant, statement("signing_keys", text), [
        tenant,
      ]);
      return rows.map((row): SigningKeyRecord => ({
        kid: row.kid,
        privateJwk: row.private_jwk,
        publicJwk: row.public_jwk,
        createdAt: row.created_at,
        retiredAt: row.retired_at,
      }));
    },
    addSigningKey: (tenant, key) =>
      database.transaction(tenant, async (session) => {
        // One at a time, so that of several processes that start at once one makes the key.
        const lock = "select pg_advisory_xact_lock(hashtextextended('signing_keys ' || $1, 0))";
        await session.query(statement("lock_signing_keys", lock), [tenant]);
        const text = `insert into signing_keys (tenant, kid, private_jwk, public_jwk, created_at)
          select $1, $2, $3, $4, $5 where not exists (select from signing_keys where tenant = $1 and retired_at is null)`;
        const values = [tenant, key.kid, key.privateJwk, key.publicJwk, key.createdAt];
        await session.query(statement("add_signing_key", text), values);
      }),
  };
}

interface PolicyRow extends Row {
  readonly digest: string;
  readonly source: string;
  readonly policy: string;
  readonly author: string;
  readonly message: string | null;
  readonly rules: number;
  readonly created_at: number;
}

interface PersonRow extends Row {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
}

interface SigningRow extends Row {
  readonly kid: string;
  readonly private_jwk: string;
  readonly public_jwk: string;
  readonly created_at: number;
  readonly retired_at: number | null;
}

/** With the agent that the key is for, and all above it, as one statement saw them. */
const findKey = statement(
  "find_key",
  `select ${keyColumns}, a.record as agent_record,
      case when a.id is null then null else ${chainSql("a.id")} end as agent_chain
    from ${keySource} left join agents a on k.kind = 'agent' and a.tenant = k.tenant and a.id = k.subject
    where k.tenant = $1 and k.secret_hash = $2`,
);

interface AgentKeyRow extends KeyRow {
  readonly agent_record: string | null;
  readonly agent_chain: string | null;
}

function lookOf(row: AgentKeyRow): { registered?: AgentLook } {
  if (row.agent_record === null || row.agent_chain === null) return {};
  const { limits, isLocalAllowed } = detailOf(row.agent_record);
  const chain = JSON.parse(row.agent_chain) as AgentLook["chain"];
  return { registered: { chain, limits, isLocalAllowed } };
}

export interface KeyRow extends Row {
  readonly id: string;
  readonly secret_hash: string;
  readonly kind: KeyRecord["kind"];
  readonly subject: string;
  readonly name: string | null;
  readonly owner: string | null;
  readonly created_by: string | null;
  readonly roles: string[];
  readonly scopes: string[];
  readonly created_at: number;
  readonly expires_at: number;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
  readonly person_id: string | null;
  readonly email: string | null;
  readonly person_name: string | null;
}

function policyOf(row: PolicyRow): PolicyRecord {
  return {
    digest: row.digest,
    source: row.source,
    policy: row.policy,
    author: row.author,
    message: row.message,
    rules: row.rules,
    createdAt: row.created_at,
  };
}

export function keyOf(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    secretHash: row.secret_hash,
    kind: row.kind,
    subject: row.subject,
    name: row.name,
    owner: row.owner,
    createdBy: row.created_by,
    roles: row.roles,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    person:
      row.person_id === null
        ? null
        : { id: row.person_id, email: row.email, name: row.person_name },
  };
}
