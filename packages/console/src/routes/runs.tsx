// Runs that ended at an interrupt: which wait, which a worker has, which were given up.

import type { ReactNode } from "react";
import { useMemo } from "react";
import { NativeSelect } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { getRuns, type RunFilters, runKeys } from "../api/runs.ts";
import { More } from "../features/oversight/parts.tsx";
import { RunLine } from "../features/runs/run-line.tsx";
import { paths } from "../paths.ts";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Untrusted } from "../ui/untrusted.tsx";

/** A worker takes a run up without an event. */
const lookAgainMs = 15_000;

const states = [
  { value: "", label: "any" },
  { value: "waiting", label: "waiting" },
  { value: "claimed", label: "with a worker" },
  { value: "dead", label: "given up" },
  { value: "completed", label: "went on" },
  { value: "cancelled", label: "taken back" },
];

export function RunsRoute(): ReactNode {
  usePageTitle("Suspended runs");
  const [filters, change] = useRunFilters();
  const pages = useInfiniteQuery({
    queryKey: runKeys.list(filters),
    queryFn: ({ pageParam, signal }) => getRuns(filters, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: lookAgainMs,
  });
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = Object.values(filters).some((value) => value !== "");
  return (
    <section className="hp-stack" aria-label="Suspended runs">
      <p className="hp-muted">
        Runs whose process ended while people think. A worker goes on with each from its saved state
        when its answers are there.
      </p>
      <search className="hp-fields">
        <NativeSelect
          label="State"
          data={states}
          value={filters.state}
          onChange={(event) => change({ state: event.currentTarget.value })}
        />
      </search>
      {(filters.agent !== "" || filters.thread !== "") && (
        <p className="hp-small">
          Only of <Untrusted text={[filters.agent, filters.thread].filter(Boolean).join(", ")} />.{" "}
          <Link to={paths.runs}>Show all</Link>
        </p>
      )}
      {pages.isError && <ProblemNotice fault={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && (
        <output className="hp-skeleton" style={{ height: 200 }} aria-label="Loading" />
      )}
      {pages.isSuccess && items.length === 0 && isFiltered && (
        <p className="hp-muted">Nothing fits.</p>
      )}
      {pages.isSuccess && items.length === 0 && !isFiltered && (
        <Empty title="No run is suspended">
          <p>
            An agent that calls <code>hp.interrupt</code> may end while people think, and stands
            here until it went on.
          </p>
        </Empty>
      )}
      <ul className="hp-list" aria-label="Runs">
        {items.map((run) => (
          <li key={run.id} className="hp-panel hp-stack-tight">
            <RunLine run={run} />
          </li>
        ))}
      </ul>
      <More
        isThere={pages.hasNextPage}
        loading={pages.isFetchingNextPage}
        load={() => void pages.fetchNextPage()}
      />
    </section>
  );
}

/** The filters live in the address, so that a view can be kept and shared. */
function useRunFilters(): readonly [RunFilters, (part: Partial<RunFilters>) => void] {
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(
    () => ({
      state: search.get("state") ?? "",
      agent: search.get("agent") ?? "",
      thread: search.get("thread") ?? "",
    }),
    [search],
  );
  const change = (part: Partial<RunFilters>): void => {
    const said = Object.entries({ ...filters, ...part }).filter(([, value]) => value !== "");
    setSearch(new URLSearchParams(said), { replace: true, preventScrollReset: true });
  };
  return [filters, change];
}
