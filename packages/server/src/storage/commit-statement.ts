// The one statement that writes: jobs by compare-and-set, and with them reviews, record, outbox, notices.

import { haltedSql } from "./agent-row.ts";
import type { Statement } from "./database.ts";
import { isHeardSql } from "./message-store.ts";
import { outputSql } from "./outputs-store.ts";
import { runsSql } from "./run-step.ts";

const jobFields = `id text, revision int, state text, round int, held boolean, agent text, topic text,
  environment text, risk_tags text[], rule_id text, title text, job_hash text, proposed_hash text,
  presented_hash text, idempotency_key text, snapshot text, action text, proposed_action text,
  facts text, enrichment text, remediates text, replaces text, resumption text, watch text, action_key text, resource_key text, numbers text, decision text, requester text, resolution text, grant_record text, execution text, outcome text,
  created_at bigint, updated_at bigint, due_at bigint`;
const insertColumns = `id, revision, state, round, held, agent, topic, environment, risk_tags, rule_id,
  title, job_hash, proposed_hash, presented_hash, idempotency_key, snapshot, action, proposed_action,
  facts, enrichment, remediates, replaces, watch, action_key, resource_key, numbers, decision, requester, resolution, grant_record, execution, outcome, created_at, updated_at, due_at`;

/** Rows of all changes of one flush, by table; `at` ties rows of one change together. */
export interface CommitRows {
  /** `expected` null inserts; a number updates only that revision; without `id` nothing but facts. */
  readonly jobs: readonly CommitJob[];
  /** In the order of their keys, in which rows are locked; no key twice. */
  readonly velocity: readonly object[];
  readonly reviews: readonly object[];
  readonly events: readonly object[];
  readonly outbox: readonly object[];
  readonly tasks: readonly object[];
  /** Answers that suspended runs wait for, and jobs that move from one run to another. */
  readonly runs: readonly object[];
  readonly answers: readonly object[];
  readonly outputs: readonly object[];
  /** Payload of the NOTIFY; empty for none. */
  readonly notice: string;
}

export interface CommitJob {
  readonly at: number;
  readonly id?: string;
  readonly expected: number | null;
  /** Bundle that must still be active; null when it does not matter. */
  readonly bundle: string | null;
  /** Agent that must not be halted; undefined when it does not matter. */
  readonly acting: string | undefined;
  /** Key that must be live when the job is written; undefined when it does not matter. */
  readonly credential: string | undefined;
  /** Since when nothing else of the topic may have been rejected, but these jobs. */
  readonly memory_since: number | undefined;
  readonly memory_known: readonly string[] | undefined;
}

interface Part {
  readonly letter: string;
  readonly isNeeded: boolean;
  /** JSON text that the part reads as its parameter; null when it reads none. */
  readonly rows: readonly object[] | null;
  readonly sql: (parameter: string) => string;
}

/**
 * The statement for just what these rows need: executing parts that have nothing to do would cost
 * more than the work itself. What belongs to a change that did not hold is not written. Answers the
 * `at` of each change that was written. There are few shapes, each prepared once per connection.
 */
export function commitStatement(
  tenant: string,
  rows: CommitRows,
): { statement: Statement; values: unknown[] } {
  const parts = [...jobParts(rows), ...attachedParts(rows)].filter((part) => part.isNeeded);
  const isTold = rows.notice !== "";
  const values: unknown[] = [tenant];
  for (const part of parts) if (part.rows !== null) values.push(JSON.stringify(part.rows));
  if (isTold) values.push(rows.notice);
  const shape = parts.map((part) => part.letter).join("") + (isTold ? "t" : "");
  const text = texts.get(shape) ?? textOf(parts, isTold);
  texts.set(shape, text);
  return { statement: { name: `commit_${shape}`, text }, values };
}

/** By the shape, which says all of it. */
const texts = new Map<string, string>();

function textOf(parts: readonly Part[], isTold: boolean): string {
  let parameters = 1;
  const clauses = parts.map((part) => {
    if (part.rows !== null) parameters += 1;
    return part.sql(`$${parameters}::json`);
  });
  const told = isTold
    ? `, (select pg_notify('holdpoint', $${parameters + 1}::text)) is null as told`
    : "";
  return `with ${clauses.join(", ")}\nselect at${told} from done`;
}

function jobParts(rows: CommitRows): readonly Part[] {
  const { jobs } = rows;
  const isInsert = jobs.some((job) => job.id !== undefined && job.expected === null);
  const isUpdate = jobs.some((job) => job.id !== undefined && job.expected !== null);
  const isBare = jobs.some((job) => job.id === undefined);
  const isKeyed = rows.answers.length > 0;
  const isBound = jobs.some((job) => job.bundle !== null);
  const isActing = jobs.some((job) => job.acting !== undefined);
  const isCredited = jobs.some((job) => job.credential !== undefined);
  const isCounted = rows.velocity.length > 0;
  const isRemembered = jobs.some((job) => job.memory_since !== undefined);
  const sources = [
    isBare ? "select i.at from live i where i.id is null" : "",
    isInsert ? "select i.at from live i join inserted n on n.id = i.id and i.expected is null" : "",
    isUpdate
      ? "select i.at from live i join updated u on u.id = i.id and i.expected is not null"
      : "",
  ].filter((source) => source !== "");
  const always = { isNeeded: true, rows: null };
  return [
    {
      letter: "",
      isNeeded: true,
      rows: jobs,
      sql: (parameter) =>
        `input as materialized (select * from json_to_recordset(${parameter}) as x(at int, expected int, bundle text, acting text, credential text, memory_since bigint, memory_known text[], ${jobFields}))`,
    },
    { letter: "k", isNeeded: isKeyed, rows: rows.answers, sql: keysSql },
    { letter: "v", isNeeded: isCounted, rows: rows.velocity, sql: stepsSql },
    {
      ...always,
      letter: `${isBound ? "p" : ""}${isRemembered ? "m" : ""}${isActing ? "h" : ""}${isCredited ? "c" : ""}`,
      sql: () =>
        liveSql(isCounted ? "fit" : "live", {
          isBound,
          isKeyed,
          isCounted,
          isRemembered,
          isActing,
          isCredited,
        }),
    },
    { letter: "", isNeeded: isCounted, rows: null, sql: () => countedSql },
    { letter: "i", isNeeded: isInsert, rows: null, sql: () => insertSql },
    { letter: "u", isNeeded: isUpdate, rows: null, sql: () => updateSql },
    {
      ...always,
      letter: isBare ? "n" : "",
      sql: () => `done as materialized (${sources.join(" union all ")})`,
    },
  ];
}

function attachedParts(rows: CommitRows): readonly Part[] {
  const part = (letter: string, attached: readonly object[], sql: Part["sql"]): Part => ({
    letter,
    isNeeded: attached.length > 0,
    rows: attached,
    sql,
  });
  return [
    part("r", rows.reviews, reviewSql),
    part("e", rows.events, eventSql),
    part("o", rows.outbox, outboxSql),
    part("s", rows.tasks, taskSql),
    part("x", rows.outputs, outputSql),
    part("w", rows.runs, runsSql),
    { letter: "a", isNeeded: rows.answers.length > 0, rows: null, sql: () => answerSql },
  ];
}

interface Conditions {
  readonly isBound: boolean;
  readonly isKeyed: boolean;
  readonly isCounted: boolean;
  readonly isRemembered: boolean;
  readonly isActing: boolean;
  readonly isCredited: boolean;
}

/**
 * Changes that may still hold: their bundle is active, their request was not answered before, what
 * they count was not written before, and neither their agent nor their key has ended.
 */
function liveSql(name: string, conditions: Conditions): string {
  const { isBound, isKeyed, isCounted, isRemembered, isActing, isCredited } = conditions;
  const bundle = `(i.bundle is null
    or (select a.bundle from active_policy a where a.tenant = $1) = i.bundle)`;
  const key = `not exists (select from keys k where k.at = i.at and (select true from idempotency s
    where s.tenant = $1 and s.subject = k.subject and s.key = k.key))`;
  const wheres = [
    ...(isBound ? [bundle] : []),
    ...(isKeyed ? [key] : []),
    ...(isCounted ? [isNewSql] : []),
    ...(isRemembered ? [isUnrejectedSql] : []),
    ...(isActing ? [`(i.acting is null or not ${haltedSql("i.acting")})`] : []),
    ...(isCredited ? [isLiveKeySql] : []),
  ];
  if (wheres.length === 0) return `${name} as (select * from input)`;
  return `${name} as materialized (select i.* from input i where ${wheres.join(" and ")})`;
}

/** Nothing of the topic was rejected since the proposal was compared: an index answers it. */
const isUnrejectedSql = `(i.memory_since is null or not exists (select from jobs r where r.tenant = $1
    and r.topic = i.topic and r.state = 'REJECTED' and r.updated_at >= i.memory_since
    and not (r.id = any (i.memory_known))))`;

/** What a process saw of a key a moment ago does not count here. */
const isLiveKeySql = `(i.credential is null or exists (select from api_keys c where c.tenant = $1
    and c.id = i.credential and c.revoked_at is null and c.expires_at > i.updated_at))`;

/** A proposal that was written before is not counted again. */
const isNewSql = `(i.expected is not null or i.id is null or ((select true from jobs j
    where j.tenant = $1 and j.id = i.id) is null and (select true from jobs j where j.tenant = $1
    and j.agent = i.agent and j.idempotency_key = i.idempotency_key) is null))`;

const stepsSql = (parameter: string): string => `steps as materialized (
  select * from json_to_recordset(${parameter}) as s(at int, key text, expected bigint, hits bigint[], expires_at bigint))`;

// INVARIANT: a change holds only if all its counts are still the ones that it was decided by. Rows
// are locked before any is written; new ones are made only where all others of the change are held.
const countedSql = `kept as materialized (
  select s.at, s.key, found.place from steps s cross join lateral (
    select v.ctid as place from velocity v
    where s.expected is not null and v.tenant = $1 and v.key = s.key and v.revision = s.expected for update
  ) found where s.at = any ((select array_agg(at) from fit)::int[])
), begun as (
  insert into velocity (tenant, key, revision, hits, expires_at)
  select $1, s.key, 1, s.hits, s.expires_at from steps s
  where s.expected is null and s.at = any ((select array_agg(at) from fit)::int[])
    and not exists (select from steps o where o.at = s.at and o.expected is not null
      and not exists (select from kept k where k.at = o.at and k.key = o.key))
  order by s.key on conflict do nothing returning key
), live as materialized (
  select i.* from fit i where not exists (select from steps s where s.at = i.at
    and not exists (select from kept k where k.at = s.at and k.key = s.key)
    and not exists (select from begun b where s.expected is null and b.key = s.key))
), counted as (
  update velocity v set revision = v.revision + 1, hits = s.hits, expires_at = s.expires_at
  from kept k join steps s on s.at = k.at and s.key = k.key
  where v.ctid = k.place and k.at = any ((select array_agg(at) from live)::int[]))`;

const insertSql = `inserted as (
  insert into jobs (tenant, ${insertColumns})
  select $1, ${insertColumns} from live where expected is null and id is not null order by at
  on conflict do nothing returning id)`;

// The row is found and locked by its key, and written by its address: no plan can scan the table.
// Parts that the change left as they are come as null (`action` tells), and what stands there stays.
const updateSql = `updated as (
  update jobs j set revision = i.revision, state = i.state, round = i.round, held = i.held,
    risk_tags = coalesce(i.risk_tags, j.risk_tags),
    rule_id = case when i.action is null then j.rule_id else i.rule_id end,
    title = coalesce(i.title, j.title),
    environment = case when i.action is null then j.environment else i.environment end,
    enrichment = case when i.action is null then j.enrichment else i.enrichment end,
    resource_key = case when i.action is null then j.resource_key else i.resource_key end,
    numbers = case when i.action is null then j.numbers else i.numbers end,
    job_hash = i.job_hash, presented_hash = i.presented_hash, snapshot = i.snapshot,
    action = coalesce(i.action, j.action), decision = coalesce(i.decision, j.decision),
    proposed_action = case when i.action is null then j.proposed_action else i.proposed_action end,
    action_key = coalesce(i.action_key, j.action_key), watch = i.watch, resumption = i.resumption,
    resolution = i.resolution, grant_record = i.grant_record, execution = i.execution,
    outcome = i.outcome, updated_at = i.updated_at, due_at = i.due_at
  from live i cross join lateral (
    select k.ctid as place from jobs k
    where i.expected is not null and k.tenant = $1 and k.id = i.id and k.revision = i.expected for update
  ) found where j.ctid = found.place
  returning j.id)`;

const reviewSql = (parameter: string): string => `reviewed as (
  insert into reviews (tenant, id, job_id, round, job_hash, person, person_record, voted_for, kind, reason, code, note, at)
  select $1, r.id, r.job_id, r.round, r.job_hash, r.person, r.person_record, r.voted_for, r.kind, r.reason, r.code, r.note, r.made_at
  from json_to_recordset(${parameter}) as r(at int, id text, job_id text, round int, job_hash text, person text,
    person_record text, voted_for text, kind text, reason text, code text, note text, made_at bigint)
  where r.at = any ((select array_agg(at) from done)::int[]))`;

const eventSql = (parameter: string): string => `facts as materialized (
  select * from json_to_recordset(${parameter}) as e(at int, id text, type text, made_at bigint, job_id text,
    revision int, state text, actor_kind text, actor_id text, leaf text, commitment text, salt text, payload text)
  where e.at = any ((select array_agg(at) from done)::int[])
), payloads as (
  insert into audit_payloads (tenant, commitment, salt, payload)
  select $1, commitment, decode(salt, 'hex'), payload from facts
), events as (
  insert into audit_events (tenant, id, type, at, job_id, revision, state, actor_kind, actor_id, leaf, commitment)
  select $1, id, type, made_at, job_id, revision, state, actor_kind, actor_id, leaf, commitment from facts)`;

const outboxSql = (parameter: string): string => `sent as (
  insert into outbox (tenant, id, job_id, channel, kind, body, level, due_at, created_at)
  select $1, o.id, o.job_id, o.channel, o.kind, o.body, o.level, o.due_at, o.due_at
  from json_to_recordset(${parameter}) as o(at int, id text, job_id text, channel text, kind text, body text, level int, due_at bigint)
  where o.at = any ((select array_agg(at) from done)::int[]) and ${isHeardSql})`;

// Of findings about one subject only one is open: a second is the same finding.
const taskSql = (parameter: string): string => `tasked as (
  insert into tasks (tenant, id, kind, state, revision, job_id, rule_id, agent, person, subject, body, due_at,
    wake_at, created_at, updated_at)
  select $1, t.id, t.kind, t.state, t.revision, t.job_id, t.rule_id, t.agent, t.person, t.subject, t.body, t.due_at,
    t.wake_at, t.created_at, t.updated_at
  from json_to_recordset(${parameter}) as t(at int, id text, kind text, state text, revision int, job_id text,
    rule_id text, agent text, person text, subject text, body text, due_at bigint, wake_at bigint,
    created_at bigint, updated_at bigint)
  where t.at = any ((select array_agg(at) from done)::int[])
  on conflict (tenant, subject) where kind = 'finding' and state = 'open' do nothing)`;

const answerSql = `answered as (
  insert into idempotency (tenant, subject, key, request_hash, status, answer, created_at)
  select $1, k.subject, k.key, k.request_hash, k.status, k.answer, k.created_at from keys k
  where k.at = any ((select array_agg(at) from done)::int[])
  on conflict do nothing)`;

const keysSql = (parameter: string): string => `keys as materialized (
  select * from json_to_recordset(${parameter}) as k(at int, subject text, key text, request_hash text,
    status int, answer text, created_at bigint))`;
