// One suspended run: its calls with their answers, its attempts, the state that it goes on from.

import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import { getJob, keys } from "../api/queries.ts";
import { getRun, runKeys } from "../api/runs.ts";
import { AgentLink } from "../features/agents/agent-state.tsx";
import { Fact } from "../features/people/person-facts.tsx";
import { RunButtons } from "../features/runs/run-buttons.tsx";
import { RunStateBadge, RunWords } from "../features/runs/run-state.tsx";
import { BoundState, ThreadStates } from "../features/runs/thread-states.tsx";
import { useMe } from "../features/shell/shell.tsx";
import { paths } from "../paths.ts";
import { ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { StateBadge } from "../ui/state-badge.tsx";
import { Ago } from "../ui/time.tsx";
import { Untrusted } from "../ui/untrusted.tsx";

/** A worker takes a run up without an event. */
const lookAgainMs = 15_000;

const modeWords = {
  all: "when all answers are there",
  each: "with each answer",
  first: "with the first answer",
} as const;

export function RunRoute(): ReactNode {
  const id = useParams()["id"] ?? "";
  usePageTitle("Suspended run");
  const isAdmin = useMe()?.scopes.includes("admin") ?? false;
  const run = useQuery({
    queryKey: runKeys.one(id),
    queryFn: ({ signal }) => getRun(id, signal),
    refetchInterval: (asked) => (asked.state.data?.ended_at === null ? lookAgainMs : false),
  });
  if (run.isError && run.data === undefined) {
    return <ProblemNotice fault={run.error} retry={() => void run.refetch()} />;
  }
  if (run.data === undefined) {
    return <output className="hp-skeleton" style={{ height: 320 }} aria-label="Loading" />;
  }
  return (
    <div className="hp-stack">
      <Written run={run.data} isAdmin={isAdmin} />
      <Calls run={run.data} />
      <BoundState run={run.data} isAdmin={isAdmin} />
      <ThreadStates run={run.data} isAdmin={isAdmin} />
    </div>
  );
}

function Written({ run, isAdmin }: { run: ResumptionView; isAdmin: boolean }): ReactNode {
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="run-name">
      <div className="hp-head">
        <h2 id="run-name">
          <Untrusted text={run.run ?? run.thread} /> <RunStateBadge run={run} />
        </h2>
        {isAdmin && <RunButtons run={run} />}
      </div>
      <RunWords run={run} />
      <dl className="hp-pairs">
        <Fact term="Agent">
          {isAdmin ? <AgentLink id={run.agent} /> : <Untrusted text={run.agent} />}
        </Fact>
        <Fact term="Goes on">{modeWords[run.mode]}</Fact>
        <Fact term="Queue">
          <Untrusted text={run.queue} />
        </Fact>
        <Fact term="Suspended">
          <Ago at={run.created_at} />
        </Fact>
        {run.ended_at !== null && (
          <Fact term="Over">
            <Ago at={run.ended_at} />
          </Fact>
        )}
        {run.worker !== null && (
          <Fact term="Last worker">
            <Untrusted text={run.worker} />, claim {run.fence}
          </Fact>
        )}
        <Fact term="Id">
          <span className="hp-code">{run.id}</span>
        </Fact>
      </dl>
    </section>
  );
}

function Calls({ run }: { run: ResumptionView }): ReactNode {
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="run-calls">
      <h2 id="run-calls">Its calls</h2>
      <ul className="hp-lines" aria-label="Calls">
        {run.jobs.map((id) => (
          <li key={id}>
            <CallLine id={id} isHanded={run.handed.includes(id)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function CallLine({ id, isHanded }: { id: string; isHanded: boolean }): ReactNode {
  const job = useQuery({ queryKey: keys.job(id), queryFn: ({ signal }) => getJob(id, signal) });
  return (
    <div>
      {job.data !== undefined && <StateBadge state={job.data.job.state} />}{" "}
      <Link to={paths.job(id)}>
        <Untrusted text={job.data?.decision_summary.title ?? id} />
      </Link>
      <div className="hp-muted hp-small">
        {isHanded ? "the run went on with its answer" : "not handed over yet"}
        {job.data?.action.agent.call != null && (
          <>
            {" · call "}
            <Untrusted text={job.data.action.agent.call} />
          </>
        )}
      </div>
    </div>
  );
}
