// Writes what people and agents are told into the outbox of the change; a worker sends it afterwards.

import { isoOf } from "@holdpoint/core/base/clock";
import type { Change } from "@holdpoint/core/job/change";
import { approvalItem } from "@holdpoint/core/wire/view";
import type { OutboxMessage } from "../storage/store.ts";
import type { Engine } from "./context.ts";

const kinds = {
  held: "approval.requested",
  returned: "approval.requested",
  resolved: "approval.resolved",
  unknown: "execution.unknown",
  escalated: "approval.escalated",
  reminded: "approval.reminded",
  overdue: "approval.overdue",
  assigned: "approval.assigned",
  silent: "approval.silent",
  answered: "approval.answered",
  overridden: "approval.resolved",
} as const;

/** One message per channel that the rule names, or per configured channel when it names none. */
export function notify(ctx: Engine, change: Change): readonly OutboxMessage[] {
  const { job, notice } = change;
  if (notice === null || !job.held) return [];
  const kind = kinds[notice];
  const body = JSON.stringify({
    type: kind,
    timestamp: isoOf(job.updatedAt),
    data: { ...approvalItem(job), url: `${ctx.publicUrl}/approvals/${job.id}` },
  });
  return channelsFor(ctx, job.decision.notify).map((channel) => ({
    id: ctx.ids.delivery(),
    jobId: job.id,
    channel,
    kind,
    body,
    dueAt: job.updatedAt,
  }));
}

/** A name that is not configured is never silence: its message goes to every channel there is. */
export function channelsFor(ctx: Engine, named: readonly string[]): readonly string[] {
  const known = named.filter((name) => ctx.channels.includes(name));
  const isWhole = named.length > 0 && known.length === named.length;
  const chosen = isWhole ? known : ctx.channels;
  return [...new Set(["log", ...chosen])];
}
