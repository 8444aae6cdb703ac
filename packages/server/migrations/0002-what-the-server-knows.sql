-- Adds what the server knows beside an action: the tool registry, sliding counts, facts and history of jobs.
-- On a running system: new columns without a default take their lock for a moment; the indexes on jobs stop
-- writers while they are built, about two seconds per million jobs. Reversible while nothing uses it. Jobs that
-- were written before have no facts, and history does not know their targets and parameters.

-- One document per state of the registry, named by its content, like a policy.
create table tool_registries (
  tenant text not null,
  digest text not null,
  registry text not null,
  author text not null,
  created_at bigint not null,
  primary key (tenant, digest)
);

-- The name of everything that decides at one moment: policy, tools, and what else is active beside them.
alter table active_policy add column bundle text;
alter table active_policy no force row level security;
update active_policy set bundle = digest;
alter table active_policy force row level security;
alter table active_policy alter column bundle set not null;

-- The newest proposals of one key, at most one more than its rule counts; room for updates in place.
create table velocity (
  tenant text not null,
  key text not null,
  revision bigint not null,
  hits bigint[] not null,
  expires_at bigint not null,
  primary key (tenant, key)
) with (fillfactor = 70);

alter table jobs add column facts text;
alter table jobs add column enrichment text;
alter table jobs add column remediates text;
alter table jobs add column resource_key text;
alter table jobs add column numbers text;
create index jobs_history on jobs (tenant, agent, topic, created_at);
create index jobs_target on jobs (tenant, agent, resource_key) where resource_key is not null;
create index jobs_rejected on jobs (tenant, agent, topic, updated_at) where state = 'REJECTED';
create index jobs_remediates on jobs (tenant, remediates) where remediates is not null;

do $$
declare t text;
begin
  foreach t in array array['tool_registries', 'velocity'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant_wall on %I using (tenant = current_setting(''holdpoint.tenant'', true))'
      ' with check (tenant = current_setting(''holdpoint.tenant'', true))', t);
  end loop;
end $$;

grant select, insert on tool_registries to holdpoint_app;
grant select, insert, update, delete on velocity to holdpoint_app;
