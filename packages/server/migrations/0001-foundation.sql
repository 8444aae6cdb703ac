-- Creates every table of the first version: jobs, reviews, record, outbox, policies, keys.
-- On a running system: new tables only, no lock on anything that exists, well under a second; not reversible
-- without losing data. Times are bigint milliseconds since 1970 (UTC). Every table carries the tenant, and row
-- level security lets a session see only the tenant that it named with set_config('holdpoint.tenant', …).

create table tenants (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  created_at bigint not null
);

create table jobs (
  tenant text not null,
  seq bigint generated always as identity,
  id text not null,
  revision integer not null,
  state text not null check (state in ('APPROVAL', 'APPROVED', 'EXECUTING', 'DENIED', 'REJECTED', 'EXPIRED',
    'CANCELLED', 'REVOKED', 'SUCCEEDED', 'FAILED', 'UNKNOWN')),
  round integer not null,
  held boolean not null,
  agent text not null,
  topic text not null,
  environment text,
  risk_tags text[] not null,
  rule_id text,
  title text not null,
  job_hash text not null,
  proposed_hash text not null,
  presented_hash text not null,
  idempotency_key text,
  snapshot text not null,
  action text not null,
  proposed_action text,
  decision text not null,
  requester text not null,
  resolution text,
  grant_record text,
  execution text,
  outcome text,
  created_at bigint not null,
  updated_at bigint not null,
  due_at bigint,
  primary key (tenant, id)
);
create unique index jobs_idempotency on jobs (tenant, agent, idempotency_key) where idempotency_key is not null;
create index jobs_pending on jobs (tenant, seq) where state = 'APPROVAL';
create index jobs_held on jobs (tenant, seq) where held;
create index jobs_due on jobs (tenant, due_at) where due_at is not null;
create index jobs_topic on jobs (tenant, topic, seq) where held;

create table reviews (
  tenant text not null,
  seq bigint generated always as identity,
  id text not null,
  job_id text not null,
  round integer not null,
  job_hash text not null,
  person text not null,
  person_record text not null,
  kind text not null check (kind in ('approve', 'reject', 'modify', 'comment', 'abstain')),
  reason text,
  code text,
  note text,
  at bigint not null,
  primary key (tenant, id),
  foreign key (tenant, job_id) references jobs (tenant, id)
);
create index reviews_job on reviews (tenant, job_id, seq);

-- The leaf is final: the log sequences it unchanged. txid orders by commit, so that a reader with a cursor
-- never passes over an event that commits late.
create table audit_events (
  tenant text not null,
  seq bigint generated always as identity,
  txid bigint not null default (pg_current_xact_id()::text::bigint),
  id text not null,
  type text not null,
  at bigint not null,
  job_id text,
  revision integer,
  state text,
  actor_kind text not null,
  actor_id text not null,
  leaf text not null,
  commitment text not null,
  primary key (tenant, seq)
);
create index audit_events_job on audit_events (tenant, job_id, seq) where job_id is not null;
create index audit_events_order on audit_events (tenant, txid, seq);

create table audit_payloads (
  tenant text not null,
  commitment text not null,
  salt bytea not null,
  payload text not null,
  primary key (tenant, commitment)
);

create table outbox (
  tenant text not null,
  seq bigint generated always as identity,
  id text not null,
  job_id text,
  channel text not null,
  kind text not null,
  body text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
  attempts integer not null default 0,
  due_at bigint not null,
  last_error text,
  created_at bigint not null,
  settled_at bigint,
  primary key (tenant, id)
);
create index outbox_due on outbox (tenant, due_at, seq) where state = 'pending';
create index outbox_job on outbox (tenant, job_id) where job_id is not null;

create table policies (
  tenant text not null,
  digest text not null,
  source text not null,
  policy text not null,
  author text not null,
  message text,
  rules integer not null,
  created_at bigint not null,
  primary key (tenant, digest)
);

create table active_policy (
  tenant text primary key,
  digest text not null,
  revision integer not null,
  activated_at bigint not null,
  foreign key (tenant, digest) references policies (tenant, digest)
);

create table people (
  tenant text not null,
  id text not null,
  email text,
  name text,
  created_at bigint not null,
  primary key (tenant, id)
);
create unique index people_email on people (tenant, lower(email)) where email is not null;

-- An agent's credential can never review, publish policy or make keys: the database says so too.
create table api_keys (
  tenant text not null,
  id text not null,
  secret_hash text not null,
  kind text not null check (kind in ('agent', 'person', 'enforcement_point')),
  subject text not null,
  name text,
  owner text,
  created_by text,
  roles text[] not null,
  scopes text[] not null,
  created_at bigint not null,
  expires_at bigint not null,
  revoked_at bigint,
  last_used_at bigint,
  primary key (tenant, id),
  check (kind = 'person' or not (scopes && array['review', 'admin'])),
  check (kind <> 'person' or not (scopes && array['propose', 'redeem']))
);
create unique index api_keys_secret on api_keys (tenant, secret_hash);

create table idempotency (
  tenant text not null,
  subject text not null,
  key text not null,
  request_hash text not null,
  status integer not null,
  answer text not null,
  created_at bigint not null,
  primary key (tenant, subject, key)
);
create index idempotency_age on idempotency (tenant, created_at);

create table signing_keys (
  tenant text not null,
  kid text not null,
  private_jwk text not null,
  public_jwk text not null,
  created_at bigint not null,
  retired_at bigint,
  primary key (tenant, kid)
);

-- The record only grows: nothing in the product may change or remove an event.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit events are append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_events_append_only before update or delete on audit_events
  for each row execute function refuse_change();
create trigger audit_events_keep before truncate on audit_events
  for each statement execute function refuse_change();

do $$
declare t text;
begin
  foreach t in array array['jobs', 'reviews', 'audit_events', 'audit_payloads', 'outbox', 'policies',
    'active_policy', 'people', 'api_keys', 'idempotency', 'signing_keys'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant_wall on %I using (tenant = current_setting(''holdpoint.tenant'', true))'
      ' with check (tenant = current_setting(''holdpoint.tenant'', true))', t);
  end loop;
  -- The registry of tenants is what the clocks walk through: names only, readable, never writable across.
  alter table tenants enable row level security;
  alter table tenants force row level security;
  create policy tenant_names on tenants for select using (true);
  create policy tenant_wall on tenants for insert
    with check (id = current_setting('holdpoint.tenant', true));
end $$;

grant select, insert, update on jobs, outbox, active_policy, api_keys, people, signing_keys to holdpoint_app;
grant select, insert on reviews, audit_events, audit_payloads, policies, tenants to holdpoint_app;
grant select, insert, delete on idempotency to holdpoint_app;
grant delete on audit_payloads to holdpoint_app;
grant usage on all sequences in schema holdpoint to holdpoint_app;
