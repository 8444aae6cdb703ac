-- Adds what the lists of suspended runs follow: by state, by agent, by thread.
-- On a running system: three indexes on `resumptions`, whose writers wait while they are built, a second or two per
-- million runs. Reversible at any time: nothing but the speed of the lists depends on them.

create index resumptions_state on resumptions (tenant, state, seq);
create index resumptions_agent on resumptions (tenant, agent, seq);
create index resumptions_place on resumptions (tenant, thread, seq);
