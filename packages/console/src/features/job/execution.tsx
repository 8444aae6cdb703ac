// What became of a released action: who ran it, how it ended and who says so; unknown ones are settled here.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import type { JobView } from "@holdpoint/core/wire/response";
import { DiffText } from "../../ui/diff-view.tsx";
import { Notice } from "../../ui/notice.tsx";
import { At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { Fact } from "../card/section.tsx";
import { useMe } from "../shell/shell.tsx";
import { SettleDialog } from "./settle-dialog.tsx";

export function Execution({ job }: { job: JobView }): ReactNode {
  const { execution, outcome } = job;
  if (execution === null && outcome === null) return null;
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="execution">
      <h2 id="execution">Execution</h2>
      {job.job.state === "UNKNOWN" && <Unknown id={job.job.id} />}
      {outcome !== null && <OutcomeWords outcome={outcome} />}
      <dl className="hp-pairs">
        {execution !== null && (
          <Fact name="Begun">
            <At at={execution.started_at} />
          </Fact>
        )}
        {execution !== null && outcome === null && (
          <Fact name="Outcome due">
            <At at={execution.deadline_at} />
          </Fact>
        )}
        {outcome !== null && (
          <Fact name="Ended">
            <At at={outcome.at} />
          </Fact>
        )}
        {outcome !== null && outcome.output_digest !== null && (
          <Fact name="Output">
            <span className="hp-code">{outcome.output_digest}</span>{" "}
            <span className="hp-muted">
              {outcome.has_output
                ? "recorded, sealed, for the agent alone"
                : "only its digest was recorded"}
            </span>
          </Fact>
        )}
        {outcome !== null && outcome.effect !== null && (
          <Fact name="Effect">
            <EffectWords effect={outcome.effect} />
          </Fact>
        )}
      </dl>
    </section>
  );
}

type Outcome = NonNullable<JobView["outcome"]>;

function OutcomeWords({ outcome }: { outcome: Outcome }): ReactNode {
  const { status, summary, settled_by: person, drift } = outcome;
  const isDone = status === "SUCCEEDED";
  return (
    <>
      <p>
        {person === null ? (
          <>The agent says that it {isDone ? "succeeded" : "failed"}.</>
        ) : (
          <>
            Nobody reported its end. <Untrusted text={person.name ?? person.id} /> says that it{" "}
            {isDone ? "had its effect" : "did not have its effect"}.
          </>
        )}
      </p>
      {summary !== null && summary !== "" && (
        <blockquote className="hp-quote-block">
          <Untrusted text={summary} lines />
        </blockquote>
      )}
      {drift && <Notice tone="hold" title="The effect is not the one that was previewed" />}
    </>
  );
}

function EffectWords({ effect }: { effect: NonNullable<Outcome["effect"]> }): ReactNode {
  const { diff, ...rest } = effect;
  const words = Object.entries(rest)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${JSON.stringify(value)} ${name}`);
  return (
    <>
      {words.length > 0 && <Untrusted text={words.join(", ")} />}
      {typeof diff === "string" && diff !== "" && <DiffText text={diff} />}
    </>
  );
}

function Unknown({ id }: { id: string }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const mayReview = useMe()?.scopes.includes("review") ?? false;
  return (
    <>
      <Notice
        tone="hold"
        title="It may have run: no outcome came"
        action={
          mayReview && (
            <Button variant="default" onClick={() => setOpen(true)}>
              Say how it ended…
            </Button>
          )
        }
      >
        Nobody runs it again before that is known. The agent may still report it, or a person says
        how it ended.
      </Notice>
      {isOpen && <SettleDialog id={id} onClose={() => setOpen(false)} />}
    </>
  );
}
