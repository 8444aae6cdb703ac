// The one statement that writes: jobs by compare-and-set, and with them reviews, record, outbox, notices.

import type { Statement } from "./database.ts";

const jobFields = `id text, revision int, state text, round int, held boolean, agent text, topic text,
  environment text, risk_tags text[], rule_id text, title text, job_hash text, proposed_hash text,
  presented_hash text, idempotency_key text, snapshot text, action text, proposed_action text,
  decision text, requester text, resolution text, grant_record text, execution text, outcome text,
  created_at bigint, updated_at bigint, due_at bigint`;
const insertColumns = `id, revision, state, round, held, agent, topic, environment, risk_tags, rule_id,
  title, job_hash, proposed_hash, presented_hash, idempotency_key, snapshot, action, proposed_action,
  decision, requester, resolution, grant_record, execution, outcome, created_at, updated_at, due_at`;

/**
 * Takes: $1 tenant, $2 jobs, $3 reviews, $4 events, $5 outbox, $6 idempotency, $7 notice. `at` ties rows
 * of one change together; `expected` null inserts, else the update holds only if the revision is that one;
 * `policy` not null holds only while that policy is active. What belongs to a change that did not hold
 * is not written. Answers the `at` of each change that was written.
 */
export const commitStatement: Statement = {
  name: "commit",
  text: `with input as (
  select * from json_to_recordset($2::json) as x(at int, expected int, policy text, ${jobFields})
), live as (
  select i.* from input i where i.policy is null
    or exists (select from active_policy a where a.tenant = $1 and a.digest = i.policy)
), inserted as (
  insert into jobs (tenant, ${insertColumns})
  select $1, ${insertColumns} from live where expected is null and id is not null order by at
  on conflict do nothing returning id
), updated as (
  update jobs j set revision = i.revision, state = i.state, round = i.round, held = i.held,
    risk_tags = i.risk_tags, rule_id = i.rule_id, title = i.title, environment = i.environment,
    job_hash = i.job_hash, presented_hash = i.presented_hash, snapshot = i.snapshot, action = i.action,
    proposed_action = i.proposed_action, decision = i.decision, resolution = i.resolution,
    grant_record = i.grant_record, execution = i.execution, outcome = i.outcome,
    updated_at = i.updated_at, due_at = i.due_at
  from live i where i.expected is not null and j.tenant = $1 and j.id = i.id and j.revision = i.expected
  returning j.id
), done as (
  select i.at from live i where i.id is null
  union all select i.at from live i join inserted n on n.id = i.id and i.expected is null
  union all select i.at from live i join updated u on u.id = i.id and i.expected is not null
), reviewed as (
  insert into reviews (tenant, id, job_id, round, job_hash, person, person_record, kind, reason, code, note, at)
  select $1, r.id, r.job_id, r.round, r.job_hash, r.person, r.person_record, r.kind, r.reason, r.code, r.note, r.made_at
  from json_to_recordset($3::json) as r(at int, id text, job_id text, round int, job_hash text, person text,
    person_record text, kind text, reason text, code text, note text, made_at bigint)
  where r.at in (select at from done)
), facts as materialized (
  select * from json_to_recordset($4::json) as e(at int, id text, type text, made_at bigint, job_id text,
    revision int, state text, actor_kind text, actor_id text, leaf text, commitment text, salt text, payload text)
  where e.at in (select at from done)
), payloads as (
  insert into audit_payloads (tenant, commitment, salt, payload)
  select $1, commitment, decode(salt, 'hex'), payload from facts
), events as (
  insert into audit_events (tenant, id, type, at, job_id, revision, state, actor_kind, actor_id, leaf, commitment)
  select $1, id, type, made_at, job_id, revision, state, actor_kind, actor_id, leaf, commitment from facts
), sent as (
  insert into outbox (tenant, id, job_id, channel, kind, body, due_at, created_at)
  select $1, o.id, o.job_id, o.channel, o.kind, o.body, o.due_at, o.due_at
  from json_to_recordset($5::json) as o(at int, id text, job_id text, channel text, kind text, body text, due_at bigint)
  where o.at in (select at from done)
), answered as (
  insert into idempotency (tenant, subject, key, request_hash, status, answer, created_at)
  select $1, k.subject, k.key, k.request_hash, k.status, k.answer, k.created_at
  from json_to_recordset($6::json) as k(at int, subject text, key text, request_hash text, status int,
    answer text, created_at bigint)
  where k.at in (select at from done)
  on conflict do nothing
)
select at, (select pg_notify('holdpoint', $7::text) where $7::text <> '') is null as told from done`,
};
