// The holds that the reader chooses for one answer.

import { useState } from "react";
import type { ApprovalItem } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import type { Pick } from "./inbox-row.tsx";
import type { Row } from "./merge.ts";
import { whyNotChosen } from "./selection.ts";

export interface Batch {
  readonly choosing: boolean;
  /** Those chosen that still wait, as they are on the page. */
  readonly chosen: readonly ApprovalItem[];
  start(): void;
  stop(): void;
  /** Begins the choice when it has not begun. */
  toggle(id: string): void;
  pickOf(item: ApprovalItem): Pick;
}

export function useBatch(rows: readonly Row[]): Batch {
  const [ids, setIds] = useState<ReadonlySet<string> | null>(null);
  const waiting = rows.filter((row) => !row.gone && isWaiting(row.state)).map(({ item }) => item);
  const chosen = waiting.filter(({ job }) => ids?.has(job.id) === true);
  const toggle = (id: string): void => {
    const item = waiting.find(({ job }) => job.id === id);
    if (item === undefined) return;
    const after = new Set(chosen.map(({ job }) => job.id));
    if (!after.delete(id) && whyNotChosen(item, chosen) === null) after.add(id);
    setIds(after);
  };
  return {
    choosing: ids !== null,
    chosen,
    start: () => setIds(new Set()),
    stop: () => setIds(null),
    toggle,
    pickOf: (item) => ({
      chosen: ids?.has(item.job.id) === true,
      whyNot: whyNotChosen(item, chosen),
      toggle,
    }),
  };
}
