-- Adds the life of a policy: drafts, the history of activations, staged rollouts, shadows and their verdicts.
-- On a running system: new tables, and two columns without a default, which take their lock for a moment.
-- Reversible while no rollout runs. What is active now is the first line of its history; what was active before
-- it is in the record only, and can be published again, but not rolled back to.

-- A text that somebody works on; while it is published, also what becomes of that.
create table policy_drafts (
  tenant text not null,
  id text not null,
  revision integer not null,
  state text not null check (state in ('open', 'proposed', 'scheduled', 'activated', 'published')),
  source text not null,
  message text,
  author text not null,
  author_record text not null,
  writers text not null,
  base text,
  digest text,
  findings text not null,
  results text,
  plan text,
  job_id text,
  activate_at bigint,
  outcome text,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (tenant, id)
);
create index policy_drafts_newest on policy_drafts (tenant, updated_at);
create unique index policy_drafts_job on policy_drafts (tenant, job_id) where job_id is not null;
create index policy_drafts_busy on policy_drafts (tenant, id) where state in ('proposed', 'scheduled', 'activated');

create table policy_activations (
  tenant text not null,
  seq bigint generated always as identity,
  digest text not null,
  before text,
  kind text not null check (kind in ('publish', 'rollback', 'rollout', 'schedule', 'file', 'start')),
  author text not null,
  message text,
  job_id text,
  draft_id text,
  at bigint not null,
  primary key (tenant, seq),
  foreign key (tenant, digest) references policies (tenant, digest)
);
create index policy_activations_digest on policy_activations (tenant, digest);

-- The counts grow with a cursor over the record, so that every process counts each decision once.
create table policy_rollouts (
  tenant text not null,
  id text not null,
  revision integer not null,
  state text not null check (state in ('running', 'halted', 'finished', 'replaced')),
  base text not null,
  candidate text not null,
  percent integer not null check (percent between 1 and 100),
  author text not null,
  message text,
  job_id text,
  cursor_txid bigint not null,
  cursor_seq bigint not null,
  base_counts text not null,
  candidate_counts text not null,
  reason text,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (tenant, id),
  foreign key (tenant, base) references policies (tenant, digest),
  foreign key (tenant, candidate) references policies (tenant, digest)
);
create unique index policy_rollouts_running on policy_rollouts (tenant) where state = 'running';
create index policy_rollouts_newest on policy_rollouts (tenant, created_at);

create table policy_shadows (
  tenant text not null,
  id text not null,
  digest text not null,
  author text not null,
  started_at bigint not null,
  ended_at bigint,
  primary key (tenant, id),
  foreign key (tenant, digest) references policies (tenant, digest)
);
create unique index policy_shadows_running on policy_shadows (tenant) where ended_at is null;

create table shadow_verdicts (
  tenant text not null,
  shadow_id text not null,
  seq bigint generated always as identity,
  job_id text not null,
  topic text not null,
  agent text not null,
  live_kind text not null,
  live_rule text,
  shadow_kind text not null,
  shadow_rule text,
  shadow_reason text not null,
  is_error boolean not null,
  at bigint not null,
  primary key (tenant, shadow_id, seq)
);
create index shadow_verdicts_kind on shadow_verdicts (tenant, shadow_id, live_kind, shadow_kind, seq);

-- How far the holds were compared with what is active now.
alter table active_policy add column swept_revision integer;
alter table active_policy add column swept_seq bigint;

do $$
declare t text;
begin
  alter table active_policy no force row level security;
  alter table policies no force row level security;
  insert into policy_activations (tenant, digest, before, kind, author, message, job_id, draft_id, at)
    select a.tenant, a.digest, null, case when p.author = 'start' then 'start' when p.author = 'policy-file' then 'file'
      else 'publish' end, p.author, p.message, null, null, a.activated_at
    from active_policy a join policies p on p.tenant = a.tenant and p.digest = a.digest;
  update active_policy set swept_revision = revision;
  alter table active_policy force row level security;
  alter table policies force row level security;
  foreach t in array array['policy_drafts', 'policy_activations', 'policy_rollouts', 'policy_shadows',
    'shadow_verdicts'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant_wall on %I using (tenant = current_setting(''holdpoint.tenant'', true))'
      ' with check (tenant = current_setting(''holdpoint.tenant'', true))', t);
  end loop;
end $$;

grant select, insert, update on policy_rollouts, policy_shadows to holdpoint_app;
grant select, insert, update, delete on policy_drafts to holdpoint_app;
grant select, insert on policy_activations to holdpoint_app;
grant select, insert, delete on shadow_verdicts to holdpoint_app;
grant usage on all sequences in schema holdpoint to holdpoint_app;
