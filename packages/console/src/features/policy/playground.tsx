// Tries an action against the active policy without proposing it.

import type { FormEvent, ReactNode } from "react";
import { useState } from "react";
import { Button, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ExplainView } from "@holdpoint/core/wire/response";
import { explain } from "../../api/queries.ts";
import { JsonTable } from "../../ui/json-view.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { DecisionBadge } from "../../ui/state-badge.tsx";
import { TraceView } from "../../ui/trace-view.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { readRaw } from "../card/draft.ts";
import { Asked } from "../card/why.tsx";

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

export function Playground(): ReactNode {
  const [text, setText] = useState(() => written(examples[1]?.action ?? {}));
  const [why, setWhy] = useState<string | null>(null);
  const asking = useMutation({ mutationFn: explain });
  const ask = (event: FormEvent): void => {
    event.preventDefault();
    const read = readRaw(text);
    setWhy(read.ok ? null : read.why);
    if (read.ok) asking.mutate(read.value);
  };
  const choose = (action: object): void => {
    setText(written(action));
    setWhy(null);
    asking.reset();
  };
  return (
    <section className="hp-panel hp-stack" aria-label="Playground">
      <div>
        <h2>Try an action</h2>
        <p className="hp-muted hp-small">Nothing is proposed, recorded or run.</p>
      </div>
      <fieldset className="hp-buttons hp-plain-set">
        <legend className="hp-sr">Examples</legend>
        {examples.map((example) => (
          <Button
            key={example.name}
            size="compact-sm"
            variant="default"
            onClick={() => choose(example.action)}
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
          value={text}
          error={why ?? undefined}
          styles={{ input: { fontFamily: "var(--hp-mono)", fontSize: 14 } }}
          onChange={(event) => setText(event.currentTarget.value)}
        />
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

function Answer({ answer }: { answer: ExplainView }): ReactNode {
  return (
    <div className="hp-stack-tight">
      <p className="hp-row-wrap">
        <DecisionBadge decision={answer.decision} />
        <span>
          <Untrusted text={answer.policy_reason} />
        </span>
      </p>
      <Asked requirements={answer.requirements} />
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
