// Writes messages that belong to a change of policy rather than to a verb on a job.

import type { Session, Statement } from "./database.ts";
import type { OutboxMessage } from "./store.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

/** What is for an agent's webhook is written only where the agent has one. */
export const isHeardSql = `case when o.channel = 'agent' then exists (select from agents w where w.tenant = $1
    and w.id = o.body::json -> 'data' ->> 'agent' and w.webhook_sealed is not null) else true end`;

export async function addMessages(
  session: Session,
  tenant: string,
  messages: readonly OutboxMessage[],
): Promise<void> {
  const text = `insert into outbox (tenant, id, job_id, channel, kind, body, level, due_at, created_at)
    select $1, o.id, o.job_id, o.channel, o.kind, o.body, o.level, o.due_at, o.due_at
    from json_to_recordset($2::json) as o(id text, job_id text, channel text, kind text, body text, level int, due_at bigint)
    where ${isHeardSql}`;
  const rows = messages.map((message) => ({
    id: message.id,
    job_id: message.jobId,
    channel: message.channel,
    kind: message.kind,
    body: message.body,
    level: message.level ?? null,
    due_at: message.dueAt,
  }));
  await session.query(statement("add_messages", text), [tenant, JSON.stringify(rows)]);
}
