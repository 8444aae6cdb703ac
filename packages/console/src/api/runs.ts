// What the pages about suspended runs ask of the server: runs, the state that they go on from, copies of it.

import type {
  CheckpointForkRequest,
  CheckpointPage,
  CheckpointView,
} from "@holdpoint/core/wire/checkpoint";
import type { ResumptionPage, ResumptionView } from "@holdpoint/core/wire/resumption";
import { get, post, query } from "./client.ts";

export interface RunFilters {
  readonly state: string;
  readonly agent: string;
  readonly thread: string;
}

/** Where a thread's state is: an agent's own, by its namespace. */
export interface StatePlace {
  readonly agent: string;
  readonly thread: string;
  readonly namespace: string;
}

export const runKeys = {
  all: ["runs"],
  list: (filters: RunFilters) => ["runs", "list", filters],
  one: (id: string) => ["runs", "one", id],
  states: (place: StatePlace) => ["runs", "states", place],
  state: (place: StatePlace, id: string) => ["runs", "state", place, id],
} as const;

export function getRuns(
  filters: RunFilters,
  cursor: string | null,
  signal: AbortSignal,
): Promise<ResumptionPage> {
  return get<ResumptionPage>(
    `/resumptions${query({ ...filters, cursor: cursor ?? undefined })}`,
    signal,
  );
}

export function getRun(id: string, signal: AbortSignal): Promise<ResumptionView> {
  return get<ResumptionView>(`/resumptions/${encodeURIComponent(id)}`, signal);
}

export function endRun(
  id: string,
  verb: "retry" | "cancel",
  reason: string,
): Promise<ResumptionView> {
  const body = reason === "" ? {} : { reason };
  return post<ResumptionView>(`/resumptions/${encodeURIComponent(id)}/${verb}`, body);
}

export function getStates(
  { agent, thread, namespace }: StatePlace,
  cursor: string | null,
  signal: AbortSignal,
): Promise<CheckpointPage> {
  const search = new URLSearchParams({ agent, namespace, limit: "20" });
  if (cursor !== null) search.set("cursor", cursor);
  const path = `/threads/${encodeURIComponent(thread)}/checkpoints?${search.toString()}`;
  return get<CheckpointPage>(path, signal);
}

/** Without the state itself: reading that is for those who administer, and goes into the record. */
export function getState(
  place: StatePlace,
  id: string,
  signal: AbortSignal,
): Promise<CheckpointView> {
  return get<CheckpointView>(addressOf(place, id), signal);
}

export function forkState(
  place: StatePlace,
  id: string,
  request: CheckpointForkRequest,
): Promise<CheckpointView> {
  return post<CheckpointView>(addressOf(place, id, "/fork"), request);
}

/** The namespace may be empty, which is a name too. */
function addressOf({ agent, thread, namespace }: StatePlace, id: string, verb = ""): string {
  const search = new URLSearchParams({ agent, namespace });
  const path = `/threads/${encodeURIComponent(thread)}/checkpoints/${encodeURIComponent(id)}`;
  return `${path}${verb}?${search.toString()}`;
}
