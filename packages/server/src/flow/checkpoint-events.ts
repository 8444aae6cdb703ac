// What the record says of checkpoints: copies, and what people did with the state of an agent.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { EventActor, EventType, SealedEvent } from "@holdpoint/core/record/event";
import type { CheckpointHead, CheckpointPlace } from "../storage/checkpoints.ts";
import type { Holder } from "./checkpoint-holder.ts";
import type { Context } from "./context.ts";
import { record } from "./record.ts";

interface Told {
  readonly type: EventType;
  readonly actor: EventActor;
  /** Digests of the state that was there, and that is there now. */
  readonly before: string | null;
  readonly after: string | null;
  readonly payload: JsonObject;
}

function sealedOf(ctx: Context, told: Told): readonly SealedEvent[] {
  const at = ctx.clock.now();
  const nothing = { jobId: null, revision: null, jobHash: null, snapshot: null };
  return record(ctx, ctx.caller.tenant, [{ ...nothing, ...told, at }]);
}

export interface Fork {
  readonly from: CheckpointHead;
  readonly to: CheckpointPlace;
}

export function forkEvents(
  ctx: Context,
  { agent, person }: Holder,
  { from, to }: Fork,
): readonly SealedEvent[] {
  return sealedOf(ctx, {
    type: "checkpoint.forked",
    actor: person ?? { kind: "agent", id: agent },
    before: from.digest,
    after: from.digest,
    payload: {
      agent,
      thread: to.thread,
      namespace: to.namespace,
      checkpoint: to.id,
      from: { thread: from.thread, namespace: from.namespace, checkpoint: from.id },
    },
  });
}

/** What an agent does with its own state is its own affair; what people do with it is on the record. */
export function readEvents(
  ctx: Context,
  { person }: Holder,
  { agent, thread, namespace, id, digest }: CheckpointHead,
): readonly SealedEvent[] {
  if (person === null) return [];
  return sealedOf(ctx, {
    type: "checkpoint.read",
    actor: person,
    before: digest,
    after: digest,
    payload: { agent, thread, namespace, checkpoint: id },
  });
}

/** Of one, or of all of a thread. */
export function removalEvents(
  ctx: Context,
  { agent, person }: Holder,
  { thread, found }: { readonly thread: string; readonly found: CheckpointHead | null },
): readonly SealedEvent[] {
  if (person === null) return [];
  const { namespace = null, id = null, digest = null } = found ?? {};
  return sealedOf(ctx, {
    type: "checkpoint.removed",
    actor: person,
    before: digest,
    after: null,
    payload: { agent, thread, namespace, checkpoint: id },
  });
}
