// The queue as the reader sees it: frozen pages, a live first page beside them, and what events said.

import { useCallback, useEffect, useMemo, useState } from "react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { EventView } from "@holdpoint/core/wire/response";
import type { JobState } from "@holdpoint/core/job/state";
import { jobStates } from "@holdpoint/core/job/state";
import { useEvents } from "../../api/live.tsx";
import type { InboxFilters } from "../../api/queries.ts";
import { getApprovals, keys } from "../../api/queries.ts";
import type { Heard, Row } from "./merge.ts";
import { mergeQueue } from "./merge.ts";

export interface Inbox {
  readonly rows: readonly Row[];
  readonly fresh: number;
  readonly settled: number;
  /** Holds that wait in the whole tenant; null until known. */
  readonly pending: number | null;
  readonly loading: boolean;
  readonly fault: unknown;
  readonly more: boolean;
  readonly loadingMore: boolean;
  show(): void;
  loadMore(): void;
}

export function useInbox(filters: InboxFilters): Inbox {
  const [heard, setHeard] = useState<ReadonlyMap<string, Heard>>(new Map());
  const pages = useInfiniteQuery({
    queryKey: keys.inbox(filters),
    queryFn: ({ pageParam, signal }) => getApprovals(filters, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const head = useQuery({
    queryKey: keys.inboxHead(filters),
    queryFn: ({ signal }) => getApprovals(filters, null, signal),
  });

  useEvents((event) => {
    const news = heardOf(event);
    if (news === null) return;
    setHeard((before) => new Map(before).set(news.id, news.heard));
  });

  const merged = useMemo(
    () =>
      mergeQueue({
        shown: pages.data?.pages.flatMap((page) => page.items) ?? [],
        more: pages.hasNextPage,
        head: pages.isPlaceholderData ? undefined : head.data?.items,
        headComplete: head.data?.next_cursor === null,
        heard,
      }),
    [pages.data, pages.hasNextPage, pages.isPlaceholderData, head.data, heard],
  );

  const { refetch, fetchNextPage } = pages;
  const show = useCallback((): void => {
    setHeard(new Map());
    void refetch();
  }, [refetch]);

  // An empty page has nothing under the finger, so new holds may come in at once.
  const nothingShown = !pages.isPending && !pages.isFetching && merged.rows.length === 0;
  useEffect(() => {
    if (nothingShown && merged.fresh > 0) void refetch();
  }, [nothingShown, merged.fresh, refetch]);

  return {
    ...merged,
    pending: head.data?.pending ?? null,
    loading: pages.isPending,
    fault: pages.error,
    more: pages.hasNextPage,
    loadingMore: pages.isFetchingNextPage,
    show,
    loadMore: () => void fetchNextPage(),
  };
}

function heardOf(event: EventView): { id: string; heard: Heard } | null {
  const state = jobStates.find((known) => known === event.state) as JobState | undefined;
  if (event.job_id === null || event.revision === null || state === undefined) return null;
  const by = event.actor.id;
  return { id: event.job_id, heard: { state, revision: event.revision, by, at: event.at } };
}
