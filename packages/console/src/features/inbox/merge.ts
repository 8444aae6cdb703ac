// Keeps the list still while the queue moves: what is new is counted, what is decided stays in its place.

import type { ApprovalItem } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import type { JobState } from "@holdpoint/core/job/state";

/** What a live event said about a job that is on the screen. */
export interface Heard {
  readonly state: JobState;
  readonly revision: number;
  readonly by: string;
  readonly at: string;
}

export interface Row {
  readonly item: ApprovalItem;
  readonly state: JobState;
  /** Who changed it while it was on the screen; null when nothing was heard. */
  readonly heard: Heard | null;
  /** It left the queue, and what became of it was not heard. */
  readonly gone: boolean;
}

export interface Merged {
  readonly rows: readonly Row[];
  readonly fresh: number;
  readonly settled: number;
}

interface Input {
  /** The pages as the reader loaded them. */
  readonly shown: readonly ApprovalItem[];
  /** More pages exist below what is shown. */
  readonly more: boolean;
  /** The first page as it is now; undefined until it was fetched. */
  readonly head: readonly ApprovalItem[] | undefined;
  readonly headComplete: boolean;
  readonly heard: ReadonlyMap<string, Heard>;
}

export function mergeQueue(input: Input): Merged {
  const { shown, head, heard } = input;
  const now = new Map((head ?? []).map((item) => [item.job.id, item]));
  const ids = new Set(shown.map((item) => item.job.id));
  const rows = unique(shown).map((before) => rowOf(before, now, heard, missing(before, input)));
  const oldest = shown.at(-1)?.created_at ?? "";
  const fresh = (head ?? []).filter(
    (item) => !ids.has(item.job.id) && (!input.more || item.created_at >= oldest),
  ).length;
  const settled = rows
    .filter((row) => row.gone || row.heard !== null)
    .filter((row) => row.gone || !isWaiting(row.state)).length;
  return { rows, fresh, settled };
}

function rowOf(
  before: ApprovalItem,
  now: ReadonlyMap<string, ApprovalItem>,
  heard: ReadonlyMap<string, Heard>,
  gone: boolean,
): Row {
  const item = now.get(before.job.id) ?? before;
  const said = heard.get(before.job.id) ?? null;
  const news = said !== null && said.revision > item.job.revision ? said : null;
  return {
    item,
    state: news?.state ?? item.job.state,
    heard: said !== null && said.revision > before.job.revision ? said : null,
    gone: gone && said === null,
  };
}

/** A waiting row that the newest page should hold and does not. */
function missing(item: ApprovalItem, { head, headComplete }: Input): boolean {
  if (head === undefined || !isWaiting(item.job.state)) return false;
  if (head.some((other) => other.job.id === item.job.id)) return false;
  const last = head.at(-1);
  return headComplete || (last !== undefined && item.created_at > last.created_at);
}

function unique(items: readonly ApprovalItem[]): readonly ApprovalItem[] {
  const seen = new Set<string>();
  return items.filter((item) => !seen.has(item.job.id) && seen.add(item.job.id));
}
