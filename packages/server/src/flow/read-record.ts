// Reads the record: events page by page, the decisions of one job, and the stream that follows.

import { isoOf } from "@holdpoint/core/base/clock";
import type { EventsQuery } from "@holdpoint/core/wire/request";
import type {
  DecisionEntry,
  DecisionsView,
  EventPage,
  TraceView,
} from "@holdpoint/core/wire/response";
import { decisionWordOf } from "@holdpoint/core/wire/view";
import type { DecisionKind } from "@holdpoint/core/policy/decision";
import type { StoredEvent } from "../storage/store.ts";
import { type BlindHolds, blindHoldsOf, eventFor, isCovered } from "./blind-record.ts";
import { type Context, requireViewer } from "./context.ts";
import { cursorOf, readPosition } from "./event-view.ts";
import { findVisible, requireReader } from "./read-job.ts";

export async function listEvents(ctx: Context, query: EventsQuery): Promise<EventPage> {
  await requireRecordOf(ctx, query.job ?? null);
  const events = await ctx.store.listEvents(ctx.caller.tenant, {
    jobId: query.job ?? null,
    type: query.type ?? null,
    isNewestFirst: query.order === "newest",
    limit: query.limit,
    after: query.cursor === undefined ? null : readPosition(query.cursor),
  });
  const last = events.at(-1);
  const isFull = events.length === query.limit && last !== undefined;
  const { tenant, person } = ctx.caller;
  const blind = await blindHoldsOf(ctx, tenant, events);
  return {
    items: events.map((event) => eventFor(person, event, blind)),
    next_cursor: isFull ? cursorOf(last) : null,
  };
}

/** The record of everything is for people; of one job, for whoever may see the job. */
export async function requireRecordOf(ctx: Context, jobId: string | null): Promise<void> {
  if (jobId === null) return requireViewer(ctx);
  requireReader(ctx);
  await findVisible(ctx, jobId);
}

/** Everything that policy and people decided about one job, oldest first. */
export async function readDecisions(ctx: Context, jobId: string): Promise<DecisionsView> {
  requireReader(ctx);
  const { file } = await findVisible(ctx, jobId);
  const events = await ctx.store.listEvents(ctx.caller.tenant, {
    jobId,
    type: null,
    isNewestFirst: false,
    limit: 1_000,
    after: null,
  });
  const { job } = file;
  const blind = await blindHoldsOf(ctx, ctx.caller.tenant, events);
  return {
    job: { id: job.id, state: job.state, revision: job.revision },
    items: events.flatMap((event) => entriesFor(ctx, event, blind)),
  };
}

const policyTypes = new Set(["job.proposed", "job.modified", "job.returned"]);
const resolutionTypes = new Set([
  "job.approved",
  "job.rejected",
  "job.expired",
  "job.cancelled",
  "job.revoked",
]);

/** SECURITY: of a blind hold the decision that an edit brought is told, and not who made the edit. */
function entriesFor(
  ctx: Context,
  event: StoredEvent,
  blind: BlindHolds | null,
): readonly DecisionEntry[] {
  const entries = decisionEntries(event);
  if (blind === null || !isCovered(ctx.caller.person, event, blind)) return entries;
  return entries
    .filter(({ kind }) => kind === "policy")
    .map((entry) => ({ ...entry, note: null, code: null }));
}

function decisionEntries(event: StoredEvent): DecisionEntry[] {
  const payload =
    event.payload === null ? {} : (JSON.parse(event.payload) as Record<string, unknown>);
  const text = (name: string): string | null =>
    typeof payload[name] === "string" ? (payload[name] as string) : null;
  const leaf = JSON.parse(event.leaf) as { job_hash: string | null; policy: string | null };
  const base = {
    at: isoOf(event.at),
    actor: {
      kind: event.actorKind as DecisionEntry["actor"]["kind"],
      id: event.actorId,
      name: text("person_name"),
    },
    reason: text("reason"),
    note: text("note"),
    code: text("code"),
    policy_snapshot: leaf.policy,
    policy_rule_id: text("rule"),
    job_hash: leaf.job_hash as DecisionEntry["job_hash"],
    round: typeof payload["round"] === "number" ? payload["round"] : null,
    trace: null,
  };
  if (policyTypes.has(event.type)) {
    const kind = text("decision") as DecisionKind | null;
    return [
      {
        ...base,
        kind: "policy",
        actor: { kind: "policy", id: text("rule") ?? "default", name: null },
        decision: kind === null ? "ERASED" : decisionWordOf(kind),
        trace: (payload["trace"] as TraceView | undefined) ?? null,
      },
    ];
  }
  if (event.type === "review.submitted") {
    return [{ ...base, kind: "review", decision: (text("verdict") ?? "erased").toUpperCase() }];
  }
  if (resolutionTypes.has(event.type)) {
    return [{ ...base, kind: "resolution", decision: event.state ?? event.type }];
  }
  return [];
}
