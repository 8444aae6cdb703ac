// Which call of which run a job is, and the suspended run that goes on with its answer.

import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { EventView, JobView } from "@holdpoint/core/wire/response";
import { getRun, runKeys } from "../../api/runs.ts";
import { paths } from "../../paths.ts";
import { Notice } from "../../ui/notice.tsx";
import { Ago } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { Fact } from "../card/section.tsx";
import { RunStateBadge } from "../runs/run-state.tsx";
import { isLocal, textIn } from "../timeline/event-words.ts";

export function RunFacts({ job }: { job: JobView }): ReactNode {
  const { call, run, thread } = job.action.agent;
  const named = [
    ["Call", call],
    ["Run", run],
    ["Thread", thread],
  ] as const;
  return (
    <>
      {named.map(([name, text]) =>
        text === null ? null : (
          <Fact key={name} name={name}>
            <span className="hp-code">
              <Untrusted text={text} />
            </span>
          </Fact>
        ),
      )}
      {job.resumption !== null && <Suspended id={job.resumption} />}
    </>
  );
}

function Suspended({ id }: { id: string }): ReactNode {
  const run = useQuery({
    queryKey: runKeys.one(id),
    queryFn: ({ signal }) => getRun(id, signal),
  });
  return (
    <>
      <Fact name="Suspended run">
        <Link to={paths.run(id)} className="hp-code">
          {id}
        </Link>{" "}
        {run.data !== undefined && <RunStateBadge run={run.data} />}
      </Fact>
      {run.data !== undefined && (
        <Fact name="Saved state">
          <span className="hp-code">
            <Untrusted text={run.data.checkpoint.id} />
          </span>
          <div className="hp-code hp-muted hp-small">{run.data.checkpoint.digest}</div>
        </Fact>
      )}
    </>
  );
}

/** What an agent decided by itself was in nobody's hands before it ran. */
export function LocalNotice({ events }: { events: readonly EventView[] }): ReactNode {
  const proposed = events.find((event) => event.type === "job.proposed");
  if (proposed === undefined || !isLocal(proposed.payload)) return null;
  const mismatch = textIn(proposed.payload, "mismatch");
  if (mismatch !== null) {
    return (
      <Notice tone="stop" title="The agent ran this by a decision of its own that does not hold">
        <Untrusted text={mismatch} />. <Link to={paths.governance}>See the finding</Link>
      </Notice>
    );
  }
  return (
    <Notice tone="plain" title="The agent decided this itself">
      By the signed policy that it held, <Ago at={proposed.at} />. It told the server afterwards,
      which decides the same.
    </Notice>
  );
}
