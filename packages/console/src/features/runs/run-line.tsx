// One suspended run in the list.

import type { ReactNode } from "react";
import { Link } from "react-router";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import { paths } from "../../paths.ts";
import { Ago } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { RunStateBadge, RunWords } from "./run-state.tsx";

export function RunLine({ run }: { run: ResumptionView }): ReactNode {
  return (
    <>
      <div className="hp-head">
        <h3>
          <Link to={paths.run(run.id)}>
            <Untrusted text={run.run ?? run.thread} />
          </Link>
        </h3>
        <RunStateBadge run={run} />
      </div>
      <p className="hp-muted hp-small">
        <Untrusted text={run.agent} />
        {" · thread "}
        <Untrusted text={run.thread} />
        {" · queue "}
        <Untrusted text={run.queue} />
        {" · suspended "}
        <Ago at={run.created_at} />
      </p>
      <RunWords run={run} />
    </>
  );
}
