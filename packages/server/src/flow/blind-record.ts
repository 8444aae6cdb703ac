// The record as a reader may have it: what tells of the votes of a blind hold is covered until they voted.

import type { Directory } from "@holdpoint/core/approval/authority";
import { hiddenFrom } from "@holdpoint/core/approval/blind";
import type { Person } from "@holdpoint/core/approval/review";
import type { JobFile } from "@holdpoint/core/job/job";
import type { EventView } from "@holdpoint/core/wire/response";
import type { StoredEvent } from "../storage/store.ts";
import type { Engine } from "./context.ts";
import { eventView } from "./event-view.ts";

/** Events that say who voted, how, or with which words; a refused vote is a vote that was tried. */
const tellingTypes = new Set(["review.submitted", "job.modified", "attempt.refused"]);

/** Stands in the place of a covered actor; no id of a person begins like this. */
const covered = "(hidden)";

/** Open blind holds among the jobs of some events, and by whom people are known. */
export interface BlindHolds {
  readonly files: ReadonlyMap<string, JobFile>;
  readonly directory: Directory;
}

/** Null when no event can tell a vote: then nothing is looked up. */
export async function blindHoldsOf(
  engine: Engine,
  tenant: string,
  events: readonly StoredEvent[],
): Promise<BlindHolds | null> {
  const ids = new Set<string>();
  for (const { type, jobId } of events) {
    if (jobId !== null && tellingTypes.has(type)) ids.add(jobId);
  }
  if (ids.size === 0) return null;
  const files = await engine.store.blindHolds(tenant, [...ids]);
  if (files.length === 0) return null;
  const { directory } = await engine.policies.active(tenant);
  return { files: new Map(files.map((file) => [file.job.id, file])), directory };
}

/** SECURITY: the leaf names the actor as well; it can be had once the hold is decided. */
export function eventFor(
  reader: Person | null,
  event: StoredEvent,
  blind: BlindHolds | null,
): EventView {
  const view = eventView(event);
  if (blind === null || !isCovered(reader, event, blind)) return view;
  return {
    ...view,
    actor: { kind: event.actorKind, id: covered },
    leaf: "",
    payload: { hidden: true },
  };
}

/** What the reader did themselves is theirs to see. */
export function isCovered(
  reader: Person | null,
  event: Pick<StoredEvent, "type" | "jobId" | "actorKind" | "actorId">,
  { files, directory }: BlindHolds,
): boolean {
  if (!tellingTypes.has(event.type) || event.actorKind !== "person") return false;
  const file = event.jobId === null ? undefined : files.get(event.jobId);
  if (file === undefined || !hiddenFrom(file, reader, directory)) return false;
  const own = reader && directory.canonical(reader);
  return own?.id !== event.actorId && reader?.id !== event.actorId;
}
