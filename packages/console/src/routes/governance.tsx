// Overrides that are to be judged, findings about too many of them, and the report of a period.

import type { ReactNode } from "react";
import { useState } from "react";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { GovernanceView } from "@holdpoint/core/wire/governance";
import { getGovernance, oversightKeys, type Shown } from "../api/governance.ts";
import { Findings } from "../features/oversight/findings.tsx";
import { JudgeDialog } from "../features/oversight/judge-dialog.tsx";
import { CasesLoading, More, ShownSwitch } from "../features/oversight/parts.tsx";
import { Report } from "../features/oversight/report.tsx";
import { ReviewCase } from "../features/oversight/review-case.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";

export function GovernanceRoute(): ReactNode {
  usePageTitle("Overrides");
  const [shown, setShown] = useState<Shown>("open");
  const [judging, setJudging] = useState<GovernanceView | null>(null);
  const pages = useInfiniteQuery({
    queryKey: oversightKeys.governance(shown),
    queryFn: ({ pageParam, signal }) => getGovernance(shown, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const reviews = pages.data?.pages.flatMap((page) => page.items);
  return (
    <div className="hp-stack">
      <div className="hp-head">
        <p className="hp-muted">
          Each override is judged by somebody who had no part in it: was it legitimate, what went
          wrong, how to avoid it.
        </p>
        <ShownSwitch shown={shown} change={setShown} />
      </div>
      <Findings findings={pages.data?.pages[0]?.findings ?? []} />
      <section className="hp-stack-tight" aria-label="Overrides">
        {pages.isError && <ProblemNotice fault={pages.error} retry={() => void pages.refetch()} />}
        {pages.isPending && <CasesLoading label="Loading the overrides" />}
        {reviews?.length === 0 && (
          <Empty title={shown === "open" ? "Nothing to judge" : "Nobody has overridden a hold"}>
            <p>Whoever overrides a hold in an emergency is looked at here afterwards.</p>
          </Empty>
        )}
        <ul className="hp-cases">
          {reviews?.map((review) => (
            <ReviewCase key={review.id} review={review} onJudge={() => setJudging(review)} />
          ))}
        </ul>
        <More
          isThere={pages.hasNextPage}
          loading={pages.isFetchingNextPage}
          load={() => void pages.fetchNextPage()}
        />
      </section>
      <Report />
      {judging !== null && <JudgeDialog review={judging} onClose={() => setJudging(null)} />}
    </div>
  );
}
