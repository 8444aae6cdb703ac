// Where a suspended run stands: for whom it waits, who has it, what went wrong.

import type { ReactNode } from "react";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import { In } from "../../ui/time.tsx";
import { LongText, Untrusted } from "../../ui/untrusted.tsx";

const looks = {
  arming: ["Being bound", "work"],
  waiting: ["Waits for people", "hold"],
  claimed: ["With a worker", "work"],
  completed: ["Went on", "go"],
  dead: ["Given up", "stop"],
  cancelled: ["Taken back", "quiet"],
} as const;

export function RunStateBadge({ run }: { run: ResumptionView }): ReactNode {
  const [words, tone] =
    run.state === "waiting" && run.due_at !== null
      ? (["Waits for a worker", "work"] as const)
      : looks[run.state];
  return <span className={`hp-badge hp-tone-${tone}`}>{words}</span>;
}

export function RunWords({ run }: { run: ResumptionView }): ReactNode {
  const { state, jobs, open, attempts, worker, due_at: due, lease_until: lease } = run;
  return (
    <>
      <p className="hp-row-wrap hp-small">
        <span>
          {jobs.length - open.length} of {jobs.length} {jobs.length === 1 ? "call" : "calls"}{" "}
          answered
        </span>
        {state === "waiting" && due !== null && attempts > 0 && (
          <span>
            tried {attempts} {attempts === 1 ? "time" : "times"}, again <In at={due} />
          </span>
        )}
        {state === "dead" && attempts > 0 && (
          <span>
            tried {attempts} {attempts === 1 ? "time" : "times"}
          </span>
        )}
        {state === "claimed" && worker !== null && lease !== null && (
          <span>
            <Untrusted text={worker} /> has it; its lease ends <In at={lease} />
          </span>
        )}
      </p>
      {run.last_error !== null && (
        <p
          className={state === "dead" ? "hp-error-text hp-clause-error" : "hp-error-text hp-muted"}
        >
          <LongText text={run.last_error} lines linesMax={6} label="the last error" />
        </p>
      )}
    </>
  );
}
