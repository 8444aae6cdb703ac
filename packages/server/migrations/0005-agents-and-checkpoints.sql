-- Adds the agents' side: checkpoints and what was written beside them, resumptions, recorded outputs, the registry
-- of agents.
-- On a running system: new tables, and one column without a default, which takes its lock for a moment. Two indexes on
-- tables that have rows stop writers while they are built: the partial one of open holds by agent, about a second per
-- million holds that wait, and that of keys by their subject, which are few. Reversible while nothing uses it.

-- The resumption that takes up the run of this job; null while the agent's process waits by itself.
alter table jobs add column resumption text;
create index jobs_open_of_agent on jobs (tenant, agent) where state = 'APPROVAL';

-- State and writes are compressed and sealed (AES-256-GCM); the digest is over the plain bytes.
create table checkpoints (
  tenant text not null,
  agent text not null,
  thread text not null,
  namespace text not null,
  id text not null,
  seq bigint generated always as identity,
  parent text,
  step integer,
  run text,
  codec text not null,
  bytes integer not null,
  digest text not null,
  sealed bytea not null,
  forked_from text,
  created_at bigint not null,
  expires_at bigint not null,
  primary key (tenant, agent, thread, namespace, id)
);
create index checkpoints_newest on checkpoints (tenant, agent, thread, namespace, seq);
create index checkpoints_expiring on checkpoints (tenant, expires_at);

create table checkpoint_writes (
  tenant text not null,
  agent text not null,
  thread text not null,
  namespace text not null,
  checkpoint text not null,
  task text not null,
  index integer not null,
  task_path text not null,
  channel text not null,
  codec text not null,
  sealed bytea not null,
  created_at bigint not null,
  expires_at bigint not null,
  primary key (tenant, agent, thread, namespace, checkpoint, task, index)
);
create index checkpoint_writes_expiring on checkpoint_writes (tenant, expires_at);

-- One row is one run that has ended at an interrupt and goes on with the outcomes of its jobs. `open` are the jobs
-- without an answer, `settled` those with one that no worker has completed yet. A claim is a lease: whoever holds
-- another fence than the row's has lost it.
create table resumptions (
  tenant text not null,
  id text not null,
  seq bigint generated always as identity,
  agent text not null,
  queue text not null,
  thread text not null,
  namespace text not null,
  checkpoint text not null,
  digest text not null,
  run text,
  mode text not null check (mode in ('each', 'all', 'first')),
  state text not null check (state in ('arming', 'waiting', 'claimed', 'completed', 'dead', 'cancelled')),
  jobs text[] not null,
  open text[] not null,
  settled text[] not null,
  -- Of the settled ones those that the newest claim was given.
  claimed text[] not null,
  handed text[] not null,
  attempts integer not null,
  fence integer not null,
  worker text,
  -- When it can be claimed; null while people think. Of a claimed one: the end of the lease.
  due_at bigint,
  last_error text,
  created_at bigint not null,
  updated_at bigint not null,
  ended_at bigint,
  primary key (tenant, id)
);
create index resumptions_due on resumptions (tenant, agent, queue, due_at) where due_at is not null;
create index resumptions_wake on resumptions (tenant, due_at)
  where state in ('arming', 'claimed') and due_at is not null;
create index resumptions_listed on resumptions (tenant, seq);
create index resumptions_thread on resumptions (tenant, agent, thread) where ended_at is null;

-- What an execution gave, sealed; a replayed call gets it in place of a second execution.
create table outputs (
  tenant text not null,
  job_id text not null,
  bytes integer not null,
  digest text not null,
  sealed bytea not null,
  created_at bigint not null,
  expires_at bigint not null,
  primary key (tenant, job_id)
);
create index outputs_expiring on outputs (tenant, expires_at);

create table agents (
  tenant text not null,
  id text not null,
  revision integer not null,
  state text not null check (state in ('active', 'paused', 'killed')),
  owner text,
  parent text,
  -- Name, description, limits, webhook, whether it may decide locally: JSON. The webhook's secret is sealed apart.
  record text not null,
  webhook_sealed bytea,
  state_reason text,
  state_by text,
  state_at bigint,
  -- Set while jobs of a killed agent may still be open.
  sweep_at bigint,
  created_by text not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (tenant, id)
);
create index agents_children on agents (tenant, parent) where parent is not null;
create index agents_to_sweep on agents (tenant, sweep_at) where sweep_at is not null;
create index api_keys_of_subject on api_keys (tenant, kind, subject);

-- Batches of decisions that an agent made itself under a signed snapshot; a batch sent again is one batch.
create table local_batches (
  tenant text not null,
  agent text not null,
  id text not null,
  records integer not null,
  received_at bigint not null,
  primary key (tenant, agent, id)
);
create index local_batches_age on local_batches (tenant, received_at);

do $$
declare t text;
begin
  foreach t in array array['checkpoints', 'checkpoint_writes', 'resumptions', 'outputs', 'agents', 'local_batches'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant_wall on %I using (tenant = current_setting(''holdpoint.tenant'', true))'
      ' with check (tenant = current_setting(''holdpoint.tenant'', true))', t);
  end loop;
end $$;

grant select, insert, update, delete on checkpoints, checkpoint_writes, outputs to holdpoint_app;
grant select, insert, update on resumptions, agents to holdpoint_app;
grant select, insert, delete on local_batches to holdpoint_app;
grant usage on all sequences in schema holdpoint to holdpoint_app;
