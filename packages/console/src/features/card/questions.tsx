// Questions of reviewers to the agent; what it answers is its claim, and boxed as one.

import type { FormEvent, ReactNode } from "react";
import { useState } from "react";
import { Button, Textarea } from "@mantine/core";
import type { QuestionView } from "@holdpoint/core/wire/hold";
import type { CardView } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import { askAgent } from "../../api/holds.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { At } from "../../ui/time.tsx";
import { LongText, Untrusted } from "../../ui/untrusted.tsx";
import { Flags } from "./flags.tsx";
import { reasonMax } from "./form-parts.tsx";
import { Section } from "./section.tsx";
import { useCall } from "./use-call.ts";

/** Where the mark at the top of the card leads. */
export const askId = "ask-agent";

export function Questions({ card }: { card: CardView }): ReactNode {
  const questions = card.watch?.questions ?? [];
  const mayAsk = isWaiting(card.job.state) && card.watch !== null && card.you.may_review;
  if (!mayAsk && questions.length === 0) return null;
  return (
    <Section title="Ask the agent">
      {questions.length > 0 && (
        <ul className="hp-votes">
          {questions.map((question) => (
            <Asked key={question.id} question={question} />
          ))}
        </ul>
      )}
      {mayAsk && <AskForm id={card.job.id} />}
    </Section>
  );
}

function Asked({ question }: { question: QuestionView }): ReactNode {
  const { answer } = question;
  return (
    <li>
      <strong>
        <Untrusted text={question.by.name ?? question.by.id} />
      </strong>{" "}
      asked, <At at={question.at} />
      <div>
        <LongText text={question.text} lines label="the question" />
      </div>
      {answer === null ? (
        <p className="hp-small hp-muted">The agent has not answered.</p>
      ) : (
        <div className="hp-answer" role="note" aria-label="Claimed by the agent">
          <p className="hp-small hp-muted">
            Claimed by the agent, checked by nobody, <At at={answer.at} />
          </p>
          <Flags flags={answer.flags} />
          <LongText text={answer.text} lines lengthMax={600} linesMax={12} label="the answer" />
        </div>
      )}
    </li>
  );
}

function AskForm({ id }: { id: string }): ReactNode {
  const [text, setText] = useState("");
  const [missing, setMissing] = useState(false);
  const call = useCall<string>(
    id,
    (words) => askAgent(id, words),
    () => setText(""),
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const words = text.trim();
    setMissing(words === "");
    if (words !== "") call.send(words);
  };
  return (
    <form className="hp-stack-tight" onSubmit={submit}>
      <Textarea
        id={askId}
        label="Question to the agent"
        description="It may answer while it waits; the clocks go on"
        rows={2}
        maxLength={reasonMax}
        value={text}
        error={missing && text.trim() === "" ? "Write something first" : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {call.fault !== null && <ProblemNotice fault={call.fault} />}
      <div className="hp-buttons">
        <Button type="submit" variant="default" loading={call.sending}>
          Ask
        </Button>
      </div>
    </form>
  );
}
