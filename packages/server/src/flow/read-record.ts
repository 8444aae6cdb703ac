// Reads the record: events page by page, the decisions of one job, and the stream that follows.

import { isoOf } from "@holdpoint/core/base/clock";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { EventsQuery } from "@holdpoint/core/wire/request";
import type {
  DecisionEntry,
  DecisionsView,
  EventPage,
  EventView,
  TraceView,
} from "@holdpoint/core/wire/response";
import { decisionWordOf } from "@holdpoint/core/wire/view";
import type { DecisionKind } from "@holdpoint/core/policy/decision";
import type { EventPosition, StoredEvent } from "../storage/store.ts";
import { type Context, requireViewer } from "./context.ts";
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
  return { items: events.map(eventView), next_cursor: isFull ? cursorOf(last) : null };
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
  return {
    job: { id: job.id, state: job.state, revision: job.revision },
    items: events.flatMap((event) => decisionEntries(event)),
  };
}

export function eventView(event: StoredEvent): EventView {
  return {
    cursor: cursorOf(event),
    id: event.id,
    type: event.type,
    at: isoOf(event.at),
    job_id: event.jobId,
    revision: event.revision,
    state: event.state,
    actor: { kind: event.actorKind, id: event.actorId },
    leaf: event.leaf,
    payload: event.payload === null ? null : (JSON.parse(event.payload) as JsonObject),
  };
}

export function cursorOf(position: EventPosition): string {
  return `${position.txid}-${position.seq}`;
}

export function readPosition(text: string): EventPosition {
  const found = /^([0-9]{1,15})-([0-9]{1,15})$/.exec(text);
  if (found === null) {
    throw new HoldpointError("cursor_invalid", {
      message: "use the `cursor` of an event or the `next_cursor` of a page, unchanged",
    });
  }
  return { txid: Number(found[1]), seq: Number(found[2]) };
}

const policyTypes = new Set(["job.proposed", "job.modified", "job.returned"]);
const resolutionTypes = new Set([
  "job.approved",
  "job.rejected",
  "job.expired",
  "job.cancelled",
  "job.revoked",
]);

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
