// Everything that agents proposed, newest first: also what never waited for people.

import "../features/inbox/inbox.css";
import type { ReactNode } from "react";
import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { EventView } from "@holdpoint/core/wire/response";
import { getProposals, keys } from "../api/queries.ts";
import { proposalOf } from "../features/activity/proposal.ts";
import { paths } from "../paths.ts";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { DecisionBadge } from "../ui/state-badge.tsx";
import { Ago } from "../ui/time.tsx";
import { Untrusted } from "../ui/untrusted.tsx";

export function ActivityRoute(): ReactNode {
  usePageTitle("Activity");
  const pages = useInfiniteQuery({
    queryKey: keys.activity,
    queryFn: ({ pageParam, signal }) => getProposals(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const head = useQuery({
    queryKey: keys.activityHead,
    queryFn: ({ signal }) => getProposals(null, signal),
  });
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const fresh = freshIn(head.data?.items, items);
  return (
    <div className="hp-stack">
      <h1>Activity</h1>
      <section aria-label="Proposed actions">
        <div className="hp-list-line">
          <span className="hp-muted hp-small">Every action that agents proposed, newest first</span>
          <span aria-live="polite">
            {fresh > 0 && (
              <Button size="compact-sm" onClick={() => void pages.refetch()}>
                {fresh === head.data?.items.length ? `${fresh} or more` : fresh} new — show
              </Button>
            )}
          </span>
        </div>
        {pages.isError && <ProblemNotice fault={pages.error} retry={() => void pages.refetch()} />}
        {pages.isPending && (
          <output className="hp-skeleton" style={{ height: 220 }} aria-label="Loading" />
        )}
        {pages.isSuccess && items.length === 0 && (
          <Empty title="No agent has proposed anything yet">
            <p>
              The <Link to={paths.inbox}>inbox</Link> shows how to propose a first action.
            </p>
          </Empty>
        )}
        {items.length > 0 && (
          <ul className="hp-queue">
            {items.map((event) => (
              <ProposalRow key={event.id} event={event} />
            ))}
          </ul>
        )}
        {pages.hasNextPage && (
          <p className="hp-buttons" style={{ justifyContent: "center", marginTop: 14 }}>
            <Button
              variant="default"
              loading={pages.isFetchingNextPage}
              onClick={() => void pages.fetchNextPage()}
            >
              Load more
            </Button>
          </p>
        )}
      </section>
    </div>
  );
}

function freshIn(head: readonly EventView[] | undefined, shown: readonly EventView[]): number {
  const newest = shown[0];
  if (head === undefined || newest === undefined) return 0;
  const at = head.findIndex((event) => event.id === newest.id);
  return at < 0 ? head.length : at;
}

function ProposalRow({ event }: { event: EventView }): ReactNode {
  const facts = proposalOf(event);
  return (
    <li>
      <Link to={paths.job(event.job_id ?? "")} className="hp-row hp-row-small">
        <div>
          <div className="hp-row-title hp-code">
            {facts.topic === null ? event.job_id : <Untrusted text={facts.topic} />}
          </div>
          <div className="hp-row-why">
            {facts.resource === null ? "no target named" : <Untrusted text={facts.resource} />}
            {facts.environment !== null && (
              <>
                {" in "}
                <Untrusted text={facts.environment} />
              </>
            )}
            {" · by "}
            <Untrusted text={event.actor.id} />
          </div>
        </div>
        <div className="hp-row-end">
          {facts.decision !== null && <DecisionBadge decision={facts.decision} />}
          <Ago at={event.at} />
        </div>
      </Link>
    </li>
  );
}
