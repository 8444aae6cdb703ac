// What people do by hand after a rejection that asks for it.

import type { ReactNode } from "react";
import { useState } from "react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getTakeovers, oversightKeys, type Shown } from "../api/governance.ts";
import { CasesLoading, More, ShownSwitch } from "../features/oversight/parts.tsx";
import { TakeoverCase } from "../features/oversight/takeover-case.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";

export function TakeoversRoute(): ReactNode {
  usePageTitle("Takeovers");
  const [shown, setShown] = useState<Shown>("open");
  const pages = useInfiniteQuery({
    queryKey: oversightKeys.takeovers(shown),
    queryFn: ({ pageParam, signal }) => getTakeovers(shown, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const tasks = pages.data?.pages.flatMap((page) => page.items);
  return (
    <section className="hp-stack" aria-label="Takeovers">
      <div className="hp-head">
        <p className="hp-muted">
          An agent was refused, and its rule asks people to go on. Do it by hand, or give it back.
        </p>
        <ShownSwitch shown={shown} change={setShown} />
      </div>
      {pages.isError && <ProblemNotice fault={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <CasesLoading label="Loading the takeovers" />}
      {tasks?.length === 0 && (
        <Empty title={shown === "open" ? "Nothing to take over" : "There was no takeover yet"}>
          <p>
            A rejection under a rule with <span className="hp-code">on_reject: escalate</span> opens
            one.
          </p>
        </Empty>
      )}
      <ul className="hp-cases">
        {tasks?.map((task) => (
          <TakeoverCase key={task.id} task={task} />
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
