// A new task as the commit statement reads it.

import type { TaskRow } from "./tasks.ts";

export function inputOfTask(at: number, task: TaskRow): Record<string, unknown> {
  return {
    at,
    id: task.id,
    kind: task.kind,
    state: task.state,
    revision: task.revision,
    job_id: task.jobId,
    rule_id: task.ruleId,
    agent: task.agent,
    person: task.person,
    subject: task.subject,
    body: task.body,
    due_at: task.dueAt,
    wake_at: task.wakeAt,
    created_at: task.createdAt,
    updated_at: task.updatedAt,
  };
}
