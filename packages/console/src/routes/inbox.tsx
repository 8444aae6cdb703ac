// The inbox: everything that waits for people, live, by keyboard or by hand.

import "../features/inbox/inbox.css";
import type { ReactNode } from "react";
import { useRef, useState } from "react";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { isWaiting } from "@holdpoint/core/job/state";
import { useConnection } from "../api/live.tsx";
import { getAnything, keys } from "../api/queries.ts";
import type { Verb } from "../features/card/decide-dialog.tsx";
import { DecideDialog } from "../features/card/decide-dialog.tsx";
import { DemoPanel, useDemo } from "../features/demo/demo-panel.tsx";
import { FilterBar } from "../features/inbox/filter-bar.tsx";
import { isFiltered, useFilters } from "../features/inbox/filters.ts";
import { FirstRun } from "../features/inbox/first-run.tsx";
import { BatchBar } from "../features/inbox/batch-bar.tsx";
import { BatchDialog } from "../features/inbox/batch-dialog.tsx";
import { BudgetLine } from "../features/inbox/budget-line.tsx";
import { Queue } from "../features/inbox/queue.tsx";
import type { Batch } from "../features/inbox/use-batch.ts";
import { useBatch } from "../features/inbox/use-batch.ts";
import type { Inbox } from "../features/inbox/use-inbox.ts";
import { useInbox } from "../features/inbox/use-inbox.ts";
import { useMe } from "../features/shell/shell.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { useShortcuts } from "../ui/shortcuts.ts";

export function InboxRoute(): ReactNode {
  const me = useMe();
  const { filters, change, clear } = useFilters();
  const inbox = useInbox(filters);
  const anything = useQuery({
    queryKey: keys.anything,
    queryFn: ({ signal }) => getAnything(signal),
  });
  const { demo } = useDemo(me?.development ?? false);
  const [selected, setSelected] = useState<string | null>(null);
  const [deciding, setDeciding] = useState<{ id: string; verb: Verb } | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const batch = useBatch(inbox.rows);
  usePageTitle(inbox.pending ? `(${inbox.pending}) Inbox` : "Inbox");
  useInboxKeys({ inbox, batch, selected, search, decide: setDeciding });

  const firstRun = anything.data?.items.length === 0 && !isFiltered(filters);
  return (
    <div className="hp-stack">
      <div className="hp-head">
        <h1>Inbox</h1>
      </div>
      {firstRun && inbox.rows.length === 0 ? (
        <FirstRun development={me?.development ?? false} demo={demo} />
      ) : (
        <>
          {demo !== undefined && demo.state !== "idle" && <DemoPanel demo={demo} />}
          <BudgetLine />
          <section aria-label="Holds">
            <FilterBar
              filters={filters}
              items={inbox.rows.map((row) => row.item)}
              searchRef={search}
              change={change}
              clear={clear}
            />
            <ListLine inbox={inbox} batch={batch} />
            <Queue
              inbox={inbox}
              batch={batch}
              selected={selected}
              filtered={isFiltered(filters)}
              onFocus={setSelected}
              clear={clear}
            />
            <Chosen batch={batch} />
          </section>
          {demo?.state === "idle" && <DemoPanel demo={demo} />}
        </>
      )}
      {deciding !== null && (
        <DecideDialog id={deciding.id} verb={deciding.verb} onClose={() => setDeciding(null)} />
      )}
    </div>
  );
}

/** The choice, and the dialog in which all of it is answered. */
function Chosen({ batch }: { batch: Batch }): ReactNode {
  const [verdict, setVerdict] = useState<"approve" | "reject" | null>(null);
  if (!batch.choosing && verdict === null) return null;
  return (
    <>
      {batch.choosing && (
        <BatchBar count={batch.chosen.length} onAnswer={setVerdict} onClear={batch.stop} />
      )}
      {verdict !== null && (
        <BatchDialog
          ids={batch.chosen.map(({ job }) => job.id)}
          verdict={verdict}
          onClose={() => setVerdict(null)}
          onSent={batch.stop}
        />
      )}
    </>
  );
}

/** One line of fixed height: news appear here, never between the rows. */
function ListLine({ inbox, batch }: { inbox: Inbox; batch: Batch }): ReactNode {
  const connection = useConnection();
  const news = newsOf(inbox);
  return (
    <div className="hp-list-line">
      <output className="hp-muted hp-small">
        {connection === "lost"
          ? "Disconnected: what you see may be old. Trying again…"
          : inbox.pending === null
            ? " "
            : `${inbox.pending >= 1_000 ? "1,000 or more" : inbox.pending} waiting for people`}
      </output>
      <span className="hp-buttons" aria-live="polite">
        {inbox.rows.length > 1 && !batch.choosing && (
          <Button size="compact-sm" variant="subtle" onClick={batch.start}>
            Choose several
          </Button>
        )}
        {news !== null && (
          <Button size="compact-sm" onClick={inbox.show}>
            {news}
          </Button>
        )}
      </span>
    </div>
  );
}

function newsOf({ fresh, settled, rows }: Inbox): string | null {
  if (rows.length === 0) return null;
  if (fresh > 0) return `${fresh} new — show`;
  return settled > 0 ? `${settled} decided — clear` : null;
}

interface KeyInput {
  readonly inbox: Inbox;
  readonly batch: Batch;
  readonly selected: string | null;
  readonly search: { readonly current: HTMLInputElement | null };
  decide(what: { id: string; verb: Verb }): void;
}

function useInboxKeys({ inbox, batch, selected, search, decide }: KeyInput): void {
  const at = inbox.rows.findIndex((row) => row.item.job.id === selected);
  const focusRow = (index: number): void => {
    const row = inbox.rows[Math.max(0, Math.min(index, inbox.rows.length - 1))];
    if (!row) return;
    const link = document.querySelector(`[data-job="${CSS.escape(row.item.job.id)}"]`);
    if (link instanceof HTMLElement) link.focus();
  };
  const decideOn = (verb: Verb): void => {
    const row = inbox.rows[at];
    if (!row) focusRow(0);
    else if (!row.gone && isWaiting(row.state)) decide({ id: row.item.job.id, verb });
  };
  useShortcuts({
    j: () => focusRow(at + 1),
    k: () => focusRow(at < 0 ? 0 : at - 1),
    a: () => decideOn("approve"),
    r: () => decideOn("reject"),
    m: () => decideOn("modify"),
    x: () => {
      if (selected !== null) batch.toggle(selected);
    },
    n: inbox.show,
    "/": () => search.current?.focus(),
  });
}
