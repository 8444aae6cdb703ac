// The page of one job: its whole way from propose to record.

import "../features/timeline/timeline.css";
import "../features/card/card.css";
import type { ReactNode } from "react";
import { useMemo } from "react";
import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import type { JobView } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import { asProblem } from "../api/problem.ts";
import { getDecisions, getJob, getJobEvents, keys } from "../api/queries.ts";
import { takeoverWords } from "../features/card/takeover-words.ts";
import { Execution } from "../features/job/execution.tsx";
import { LocalNotice, RunFacts } from "../features/job/run-facts.tsx";
import { EntryList } from "../features/timeline/entry-list.tsx";
import { entriesOf, stagesOf } from "../features/timeline/flow.ts";
import { FlowStrip } from "../features/timeline/flow-strip.tsx";
import { paths } from "../paths.ts";
import { JsonTable } from "../ui/json-view.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { useShortcuts } from "../ui/shortcuts.ts";
import { StateBadge } from "../ui/state-badge.tsx";
import { Untrusted } from "../ui/untrusted.tsx";

export function JobRoute(): ReactNode {
  const { id = "" } = useParams();
  const job = useQuery({ queryKey: keys.job(id), queryFn: ({ signal }) => getJob(id, signal) });
  const navigate = useNavigate();
  useShortcuts({ u: () => void navigate(paths.inbox) });
  usePageTitle(`Job ${id}`);
  if (job.isError && asProblem(job.error).status === 404) {
    return (
      <Empty title="There is no such job">
        <p>
          <Link to={paths.activity}>See what agents proposed</Link>
        </p>
      </Empty>
    );
  }
  return (
    <div className="hp-stack">
      <p className="hp-small">
        <Link to={paths.activity}>← Activity</Link>
      </p>
      {job.isError && job.data === undefined && (
        <ProblemNotice fault={job.error} retry={() => void job.refetch()} />
      )}
      {job.isPending && (
        <output className="hp-stack" aria-label="Loading the job">
          <div className="hp-skeleton" style={{ height: 30, width: "60%" }} />
          <div className="hp-skeleton" style={{ height: 90 }} />
          <div className="hp-skeleton" style={{ height: 260 }} />
        </output>
      )}
      {job.data !== undefined && <JobParts job={job.data} />}
    </div>
  );
}

function JobParts({ job }: { job: JobView }): ReactNode {
  const { id, state } = job.job;
  return (
    <>
      <header className="hp-card-top">
        <h1>
          <Untrusted text={job.decision_summary.title} />
        </h1>
        <div className="hp-row-wrap">
          <StateBadge state={state} />
          <span className="hp-code hp-muted">{job.action.topic}</span>
          <span className="hp-code hp-muted">{id}</span>
        </div>
        <p>
          <Untrusted text={job.decision_summary.next_effect} />
        </p>
        <Beside job={job} />
        {job.approval_required && (
          <p>
            <Link to={paths.approval(id)}>
              {isWaiting(state) ? "Open the card to decide" : "See the card that people decided on"}
            </Link>
          </p>
        )}
      </header>
      <Way job={job} />
      <Execution job={job} />
      <section className="hp-panel hp-stack-tight" aria-label="The action">
        <h2>The action</h2>
        <JsonTable value={job.action.params} empty="The action has no parameters." />
        <dl className="hp-pairs">
          <div>
            <dt>Job hash</dt>
            <dd className="hp-code">{job.job_hash}</dd>
          </div>
          <div>
            <dt>Policy snapshot</dt>
            <dd className="hp-code">
              <Untrusted text={job.policy_snapshot} />
            </dd>
          </div>
          <div>
            <dt>Agent</dt>
            <dd>
              <Untrusted text={job.action.agent.id} />
            </dd>
          </div>
          <RunFacts job={job} />
        </dl>
      </section>
    </>
  );
}

/** What this job stands in for, what stands in for it, and who does it by hand. */
function Beside({ job }: { job: JobView }): ReactNode {
  const links: readonly (readonly [string, string | null])[] = [
    ["It was proposed in place of", job.replaces],
    ["In its place the agent proposed", job.replaced_by],
    ["It is near to one that people rejected:", job.watch?.near ?? null],
  ];
  return (
    <>
      {links.map(([words, id]) =>
        id === null ? null : (
          <p key={words}>
            {words}{" "}
            <Link to={paths.job(id)} className="hp-code">
              {id}
            </Link>
          </p>
        ),
      )}
      {job.takeover !== null && (
        <p>
          {takeoverWords[job.takeover.state]}. <Link to={paths.takeovers}>See the takeover</Link>
        </p>
      )}
    </>
  );
}

function Way({ job }: { job: JobView }): ReactNode {
  const { id } = job.job;
  const decisions = useQuery({
    queryKey: keys.decisions(id),
    queryFn: ({ signal }) => getDecisions(id, signal),
  });
  const events = useInfiniteQuery({
    queryKey: keys.jobEvents(id),
    queryFn: ({ pageParam, signal }) => getJobEvents(id, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const told = useMemo(() => events.data?.pages.flatMap((page) => page.items) ?? [], [events.data]);
  const entries = useMemo(
    () => entriesOf(told, decisions.data?.items ?? []),
    [told, decisions.data],
  );
  const stages = useMemo(() => stagesOf(job, entries), [job, entries]);
  const fault = events.error ?? decisions.error;
  return (
    <>
      <LocalNotice events={told} />
      <section className="hp-panel" aria-label="Flow">
        <FlowStrip stages={stages} />
      </section>
      <section className="hp-panel hp-stack-tight" aria-label="Timeline">
        <h2>What happened</h2>
        {fault !== null && (
          <ProblemNotice
            fault={fault}
            retry={() => {
              void events.refetch();
              void decisions.refetch();
            }}
          />
        )}
        {entries.length > 0 && <EntryList entries={entries} />}
        {events.isPending && <div className="hp-skeleton" style={{ height: 160 }} />}
        {events.hasNextPage && (
          <div className="hp-buttons">
            <Button
              variant="default"
              loading={events.isFetchingNextPage}
              onClick={() => void events.fetchNextPage()}
            >
              Load more
            </Button>
          </div>
        )}
      </section>
    </>
  );
}
