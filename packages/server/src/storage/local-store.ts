// Batches of local decisions that were taken, and the topics that no agent decides about by itself.

import type { Database, Statement } from "./database.ts";
import type { LocalStore } from "./local.ts";

const findBatch: Statement = {
  name: "find_local_batch",
  text: "select true as found from local_batches where tenant = $1 and agent = $2 and id = $3",
};
const addBatch: Statement = {
  name: "add_local_batch",
  text: `insert into local_batches (tenant, agent, id, records, received_at) values ($1, $2, $3, $4, $5)
    on conflict do nothing`,
};
const forgetBatches: Statement = {
  name: "forget_local_batches",
  text: "delete from local_batches where tenant = $1 and received_at < $2",
};

// From topic to topic along the index, so that many rejections of one topic cost no more than one.
const topics: Statement = {
  name: "rejected_topics",
  text: `with recursive found as (
    (select j.topic from jobs j where j.tenant = $1 and j.state = 'REJECTED' order by j.topic limit 1)
    union all
    select (select j.topic from jobs j where j.tenant = $1 and j.state = 'REJECTED'
      and j.topic > f.topic order by j.topic limit 1)
    from found f where f.topic is not null
  )
  select f.topic from found f where f.topic is not null and exists (select from jobs j
    where j.tenant = $1 and j.topic = f.topic and j.state = 'REJECTED' and j.updated_at >= $2)
  order by f.topic limit $3`,
};

export function localCalls(database: Database): LocalStore {
  return {
    hasLocalBatch: async (tenant, agent, id) =>
      (await database.query(tenant, findBatch, [tenant, agent, id])).length > 0,
    addLocalBatch: async (tenant, { agent, id, records, receivedAt }) => {
      await database.query(tenant, addBatch, [tenant, agent, id, records, receivedAt]);
    },
    forgetLocalBatches: async (tenant, before) => {
      await database.query(tenant, forgetBatches, [tenant, before]);
    },
    rejectedTopics: async (tenant, since, limit) => {
      const rows = await database.query<{ topic: string }>(tenant, topics, [tenant, since, limit]);
      return rows.map(({ topic }) => topic);
    },
  };
}
