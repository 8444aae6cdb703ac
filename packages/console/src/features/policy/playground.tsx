// Tries an action against a policy without proposing it: the active one, or the text of a draft.

import type { FormEvent, ReactNode } from "react";
import { useState } from "react";
import { Button, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ExplainView } from "@holdpoint/core/wire/response";
import { explain } from "../../api/queries.ts";
import { JsonTable } from "../../ui/json-view.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { DecisionBadge } from "../../ui/state-badge.tsx";
import { TraceView, Warnings } from "../../ui/trace-view.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { readRaw } from "../card/draft.ts";
import { Asked } from "../card/asked.tsx";

const examples: readonly { readonly name: string; readonly action: object }[] = [
  { name: "A read", action: { topic: "job.crm.list", risk_tags: [] } },
  {
    name: "A production write",
    action: {
      topic: "job.db.delete",
      params: { id: "c_81" },
      target: { environment: "prod", resource: "customers/c_81" },
      risk_tags: ["prod", "write"],
      reversible: false,
    },
  },
  {
    name: "A payment",
    action: {
      topic: "job.refund.create",
      risk_tags: ["payment"],
      cost: { amount: 1200, currency: "USD" },
    },
  },
  { name: "A call outside", action: { topic: "job.email.send", risk_tags: ["egress"] } },
];

function written(action: object): string {
  return JSON.stringify(action, null, 2);
}

interface Faults {
  readonly action: string | null;
  readonly facts: string | null;
  readonly now: string | null;
}

const noFaults: Faults = { action: null, facts: null, now: null };

const factsExample = written({
  history: {
    first_time: { agent: false, topic: false, target: true },
    count: { hour: 3, day: 40 },
    usual: { "params.amount": { count: 40, low: 5, high: 900 } },
    last_outcome: "SUCCEEDED",
    since_rejection_ms: null,
  },
});

interface Question {
  readonly action: string;
  readonly facts: string;
  readonly now: string;
}

/** What is sent, or what is wrong with what was written. */
function readQuestion(
  { action, facts, now }: Question,
  source: string | undefined,
): { readonly faults: Faults; readonly send: Parameters<typeof explain>[0] | null } {
  const what = readRaw(action);
  const known = facts.trim() === "" ? null : readRaw(facts);
  const at = now === "" ? null : new Date(now);
  const faults: Faults = {
    action: what.ok ? null : what.why,
    facts: known === null || known.ok ? null : known.why,
    now: at === null || !Number.isNaN(at.getTime()) ? null : "This is no time",
  };
  if (!what.ok || faults.facts !== null || faults.now !== null) return { faults, send: null };
  return {
    faults,
    send: {
      action: what.value,
      ...(source === undefined ? {} : { source }),
      ...(known?.ok === true ? { facts: known.value } : {}),
      ...(at === null ? {} : { now: at.toISOString() }),
    },
  };
}

/** `source` is the policy to ask; without it the active one answers. */
export function Playground({ source }: { source?: string }): ReactNode {
  const [question, setQuestion] = useState<Question>(() => ({
    action: written(examples[1]?.action ?? {}),
    facts: "",
    now: "",
  }));
  const [faults, setFaults] = useState(noFaults);
  const asking = useMutation({ mutationFn: explain });
  const ask = (event: FormEvent): void => {
    event.preventDefault();
    const read = readQuestion(question, source);
    setFaults(read.faults);
    if (read.send !== null) asking.mutate(read.send);
  };
  const write = (part: Partial<Question>): void => setQuestion({ ...question, ...part });
  return (
    <section className="hp-panel hp-stack" aria-label="Playground">
      <div>
        <h2>Try an action</h2>
        <p className="hp-muted hp-small">
          {source === undefined ? "The active policy answers" : "The text of this draft answers"}.
          Nothing is proposed, recorded or run.
        </p>
      </div>
      <fieldset className="hp-buttons hp-plain-set">
        <legend className="hp-sr">Examples</legend>
        {examples.map((example) => (
          <Button
            key={example.name}
            size="compact-sm"
            variant="default"
            onClick={() => write({ action: written(example.action) })}
          >
            {example.name}
          </Button>
        ))}
      </fieldset>
      <form className="hp-stack-tight" onSubmit={ask}>
        <Textarea
          label="Action as JSON"
          rows={13}
          spellCheck={false}
          value={question.action}
          error={faults.action ?? undefined}
          styles={codeInput}
          onChange={(event) => write({ action: event.currentTarget.value })}
        />
        <Assumptions question={question} faults={faults} write={write} />
        <div className="hp-buttons">
          <Button type="submit" loading={asking.isPending}>
            Ask the policy
          </Button>
        </div>
      </form>
      <div aria-live="polite">
        {asking.isError && <ProblemNotice fault={asking.error} />}
        {asking.data !== undefined && <Answer answer={asking.data} />}
      </div>
    </section>
  );
}

function Assumptions({
  question,
  faults,
  write,
}: {
  question: Question;
  faults: Faults;
  write: (part: Partial<Question>) => void;
}): ReactNode {
  return (
    <details>
      <summary>History and time that policy should assume</summary>
      <div className="hp-stack-tight">
        <Textarea
          label="Facts as JSON"
          description="Empty: nothing is known of the history"
          rows={6}
          spellCheck={false}
          value={question.facts}
          error={faults.facts ?? undefined}
          styles={codeInput}
          onChange={(event) => write({ facts: event.currentTarget.value })}
        />
        <div className="hp-buttons">
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => write({ facts: factsExample })}
          >
            Fill in an example
          </Button>
        </div>
        <TextInput
          type="datetime-local"
          label="Time"
          description="Your local time; empty: now"
          value={question.now}
          error={faults.now ?? undefined}
          onChange={(event) => write({ now: event.currentTarget.value })}
        />
      </div>
    </details>
  );
}

const codeInput = { input: { fontFamily: "var(--hp-mono)", fontSize: 14 } } as const;

function Answer({ answer }: { answer: ExplainView }): ReactNode {
  return (
    <div className="hp-stack-tight">
      <p className="hp-row-wrap">
        <DecisionBadge decision={answer.decision} />
        <span>
          <Untrusted text={answer.policy_reason} />
        </span>
      </p>
      {answer.unenforced !== null && (
        <p className="hp-row-wrap">
          The policy is not enforced; it would say <DecisionBadge decision={answer.unenforced} />
        </p>
      )}
      <Asked requirements={answer.requirements} />
      <Warnings warnings={answer.warnings} />
      {answer.constraints !== null && Object.keys(answer.constraints).length > 0 && (
        <>
          <h3>Bounds while it runs</h3>
          <JsonTable value={answer.constraints} empty="" />
        </>
      )}
      <TraceView trace={answer.trace} />
    </div>
  );
}
