// The rows of the queue, and what stands in their place while there are none.

import type { ReactNode } from "react";
import { useMemo } from "react";
import { Button } from "@mantine/core";
import { Empty, ProblemNotice } from "../../ui/notice.tsx";
import { useSelf } from "../card/use-self.ts";
import { useMe } from "../shell/shell.tsx";
import { InboxRow } from "./inbox-row.tsx";
import type { Batch } from "./use-batch.ts";
import type { Inbox } from "./use-inbox.ts";

/** Names that the reader goes by: of the key, and of the people document. */
function useNames(): readonly string[] {
  const key = useMe()?.person?.id;
  const person = useSelf()?.id;
  return useMemo(() => [key, person].filter((name) => typeof name === "string"), [key, person]);
}

interface QueueProps {
  readonly inbox: Inbox;
  readonly batch: Batch;
  readonly selected: string | null;
  readonly filtered: boolean;
  onFocus(id: string): void;
  clear(): void;
}

export function Queue(props: QueueProps): ReactNode {
  const { inbox, batch, selected, filtered, onFocus, clear } = props;
  const self = useNames();
  if (inbox.fault !== null && inbox.rows.length === 0) {
    return <ProblemNotice fault={inbox.fault} retry={inbox.show} />;
  }
  if (inbox.loading) return <Loading />;
  if (inbox.rows.length === 0) {
    return filtered ? (
      <Empty title="No hold matches these filters">
        <Button variant="default" onClick={clear}>
          Clear the filters
        </Button>
      </Empty>
    ) : (
      <Empty title="Nothing waits for you">
        <p>New holds appear here by themselves.</p>
      </Empty>
    );
  }
  return (
    <>
      <ul className="hp-queue" data-choosing={batch.choosing}>
        {inbox.rows.map((row) => (
          <InboxRow
            key={row.item.job.id}
            row={row}
            selected={row.item.job.id === selected}
            self={self}
            pick={batch.choosing ? batch.pickOf(row.item) : null}
            onFocus={onFocus}
          />
        ))}
      </ul>
      {inbox.more && (
        <p className="hp-buttons" style={{ justifyContent: "center", marginTop: 14 }}>
          <Button variant="default" loading={inbox.loadingMore} onClick={inbox.loadMore}>
            Load more
          </Button>
        </p>
      )}
    </>
  );
}

function Loading(): ReactNode {
  return (
    <output className="hp-queue" aria-busy="true" aria-label="Loading the queue">
      {[70, 55, 62].map((width) => (
        <div key={width} className="hp-row">
          <div className="hp-stack-tight">
            <div className="hp-skeleton" style={{ height: 18, width: `${width}%` }} />
            <div className="hp-skeleton" style={{ height: 14, width: "40%" }} />
          </div>
        </div>
      ))}
    </output>
  );
}
