-- Adds people and time: who decides and who stands in, holds that go on by themselves, deliveries to persons,
-- linked identities, rosters, incidents, and the tasks that follow a decision.
-- On a running system: new tables, and new columns without a default, which take their lock for a moment; the
-- index on rejected jobs stops writers while it is built, about two seconds per million jobs; so do those of the
-- outbox, for each million messages that it keeps. Reversible while
-- nothing uses it. Holds that were opened before have no watch: they end at their deadline as they would have.

-- One document per state of the people of a tenant, named by its content, like a policy.
create table people_documents (
  tenant text not null,
  digest text not null,
  document text not null,
  author text not null,
  created_at bigint not null,
  primary key (tenant, digest)
);

alter table jobs add column watch text;
alter table jobs add column replaces text;
-- The action without its idempotency key: what a rejection is remembered by.
alter table jobs add column action_key text;
create index jobs_memory on jobs (tenant, topic, updated_at) where state = 'REJECTED';
-- Who released the last hold of a rule, for rules that rotate pairs.
create index jobs_released on jobs (tenant, rule_id, seq) where held and grant_record is not null;
create index jobs_replaces on jobs (tenant, replaces) where replaces is not null;

alter table reviews drop constraint reviews_kind_check;
alter table reviews add constraint reviews_kind_check
  check (kind in ('approve', 'reject', 'modify', 'comment', 'abstain', 'override'));
alter table reviews add column voted_for text;

-- One row is one message to one place or person. `channel` is `people` for a row that a worker turns into one
-- row for each person and channel; `ref` is what the other side calls the message, so that it can be rewritten.
alter table outbox add column person text;
alter table outbox add column address text;
alter table outbox add column level integer;
alter table outbox add column parent text;
alter table outbox add column ref text;
-- Attempts that the other side only put off; they are not what a message dies of.
alter table outbox add column waits integer;
-- Messages of one person and channel with the same word here leave as one.
alter table outbox add column gather text;
alter table outbox drop constraint outbox_state_check;
alter table outbox add constraint outbox_state_check
  check (state in ('pending', 'delivered', 'dead', 'gathered', 'dropped'));
drop index outbox_due;
create index outbox_due on outbox (tenant, channel, due_at, seq) where state = 'pending';
create index outbox_person on outbox (tenant, person, created_at) where person is not null;
create index outbox_dead on outbox (tenant, seq) where state = 'dead';
create index outbox_log on outbox (tenant, seq);

-- Who a chat account belongs to; written only by a person who is signed in.
create table identities (
  tenant text not null,
  channel text not null,
  external_id text not null,
  person text not null,
  name text,
  linked_at bigint not null,
  revoked_at bigint,
  primary key (tenant, channel, external_id)
);
create index identities_person on identities (tenant, person) where revoked_at is null;

create table link_codes (
  tenant text not null,
  code_hash text not null,
  channel text not null,
  external_id text not null,
  name text,
  expires_at bigint not null,
  used_at bigint,
  primary key (tenant, code_hash)
);

-- The last good text of each iCalendar.
create table rosters (
  tenant text not null,
  name text not null,
  source text not null,
  digest text,
  body text,
  fetched_at bigint,
  next_at bigint not null,
  error text,
  primary key (tenant, name)
);

create table incidents (
  tenant text not null,
  id text not null,
  title text not null,
  labels text not null,
  opened_by text not null,
  opened_at bigint not null,
  closed_by text,
  closed_at bigint,
  primary key (tenant, id)
);
create index incidents_open on incidents (tenant, opened_at) where closed_at is null;

-- What people have to do after a decision: takeovers, governance reviews of overrides, findings.
create table tasks (
  tenant text not null,
  seq bigint generated always as identity,
  id text not null,
  kind text not null check (kind in ('takeover', 'governance', 'finding')),
  state text not null check (state in ('open', 'claimed', 'done', 'returned', 'closed')),
  revision integer not null,
  job_id text,
  rule_id text,
  agent text,
  person text,
  -- Of a finding: what it is about, `person:…`, `rule:…` or `agent:…`.
  subject text,
  body text not null,
  due_at bigint,
  -- When the clocks look at it next; null when they need not.
  wake_at bigint,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (tenant, id)
);
create index tasks_open on tasks (tenant, kind, seq) where state in ('open', 'claimed');
create index tasks_listed on tasks (tenant, kind, seq);
create index tasks_findings on tasks (tenant, subject, updated_at) where kind = 'finding';
create index tasks_wake on tasks (tenant, wake_at) where wake_at is not null;
create index tasks_job on tasks (tenant, job_id) where job_id is not null;
create index tasks_overrides on tasks (tenant, created_at) where kind = 'governance';
create unique index tasks_finding on tasks (tenant, subject) where kind = 'finding' and state = 'open';

do $$
declare t text;
begin
  foreach t in array array['people_documents', 'identities', 'link_codes', 'rosters', 'incidents', 'tasks'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant_wall on %I using (tenant = current_setting(''holdpoint.tenant'', true))'
      ' with check (tenant = current_setting(''holdpoint.tenant'', true))', t);
  end loop;
end $$;

grant select, insert on people_documents to holdpoint_app;
grant select, insert, update on identities, link_codes, rosters, incidents, tasks to holdpoint_app;
grant delete on link_codes, rosters to holdpoint_app;
grant usage on all sequences in schema holdpoint to holdpoint_app;
