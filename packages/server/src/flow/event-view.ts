// An event as the API answers it, and the cursor that names its place.

import { isoOf } from "@holdpoint/core/base/clock";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { EventView } from "@holdpoint/core/wire/response";
import type { EventPosition, StoredEvent } from "../storage/store.ts";

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
