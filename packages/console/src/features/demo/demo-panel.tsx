// The demo of a development server: starts the real demo agent and shows what it is doing.

import type { ReactNode } from "react";
import { Button, Loader } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import type { DemoView } from "../../api/queries.ts";
import { getDemo, keys, startDemo } from "../../api/queries.ts";
import { paths } from "../../paths.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";

/** The demo's own steps are not in the event stream, so its page asks while it runs. */
const askEachMs = 1_000;

function isActive(demo: DemoView | undefined): boolean {
  return demo?.state === "running";
}

export function useDemo(enabled: boolean): { demo: DemoView | undefined; fault: unknown } {
  const answer = useQuery({
    queryKey: keys.demo,
    queryFn: ({ signal }) => getDemo(signal),
    enabled,
    retry: false,
    refetchInterval: (asked) => (isActive(asked.state.data) ? askEachMs : false),
  });
  return { demo: answer.data, fault: answer.error };
}

const stateWords: Readonly<Record<DemoView["state"], string>> = {
  idle: "Not started",
  running: "Running: the agent waits for you where it has to",
  done: "Done",
  failed: "Stopped",
};

export function DemoPanel({ demo }: { demo: DemoView }): ReactNode {
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: startDemo,
    onSuccess: (answer) => client.setQueryData(keys.demo, answer),
  });
  const active = isActive(demo) || start.isPending;
  return (
    <section className="hp-panel hp-stack-tight" aria-label="Demo">
      <div className="hp-head">
        <div className="hp-demo-words">
          <h2>Demo agent</h2>
          {demo.state === "idle" && (
            <p>
              A support agent with real tools reads files, sends a mail, and wants to delete
              customers and change a production file. Only what you approve happens.
            </p>
          )}
          <output className="hp-muted hp-small">
            {stateWords[demo.state]}
            {(demo.state === "done" || demo.state === "failed") && (
              <>
                {": "}
                <Untrusted text={demo.message} />
              </>
            )}
          </output>
        </div>
        {active ? (
          <Loader size="sm" aria-label="The demo runs" />
        ) : (
          <Button onClick={() => start.mutate()}>
            {demo.state === "idle" ? "Run the demo" : "Run it again"}
          </Button>
        )}
      </div>
      {start.isError && <ProblemNotice fault={start.error} />}
      <Steps steps={demo.steps} />
    </section>
  );
}

function Steps({ steps }: { steps: DemoView["steps"] }): ReactNode {
  const last = steps.at(-1);
  if (last === undefined) return null;
  return (
    <>
      <p className="hp-step-last" aria-live="polite">
        <Untrusted text={last.text} />
      </p>
      <details>
        <summary>{steps.length === 1 ? "The step so far" : `All ${steps.length} steps`}</summary>
        <ol className="hp-steps">
          {steps.map((step, index) => (
            <li key={index}>
              <span className="hp-muted hp-small">
                <At at={step.at} />
              </span>
              <span>
                <Untrusted text={step.text} lines />
                {step.job_id !== null && (
                  <>
                    {" "}
                    <Link to={paths.job(step.job_id)}>
                      See the job<span className="hp-sr"> {step.job_id}</span>
                    </Link>
                  </>
                )}
              </span>
            </li>
          ))}
        </ol>
      </details>
    </>
  );
}
