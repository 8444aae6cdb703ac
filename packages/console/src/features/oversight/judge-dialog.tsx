// Judges an override: legitimate or not, what went wrong, how to avoid it. All three are asked for.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Modal, Radio, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { GovernanceView } from "@holdpoint/core/wire/governance";
import { closeGovernance, oversightKeys } from "../../api/governance.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";

const wordsMax = 4_000;

interface Answers {
  readonly legitimate: string;
  readonly wrong: string;
  readonly avoid: string;
}

export function JudgeDialog({
  review,
  onClose,
}: {
  review: GovernanceView;
  onClose: () => void;
}): ReactNode {
  const client = useQueryClient();
  const [answers, setAnswers] = useState<Answers>({ legitimate: "", wrong: "", avoid: "" });
  const [asked, setAsked] = useState(false);
  useFocusReturn();
  const judge = useMutation({
    mutationFn: () =>
      closeGovernance(review.id, {
        legitimate: answers.legitimate === "yes",
        what_went_wrong: answers.wrong.trim(),
        how_to_avoid: answers.avoid.trim(),
      }),
    onSuccess: onClose,
    onSettled: () => void client.invalidateQueries({ queryKey: oversightKeys.all }),
  });
  const isWhole = Object.values(answers).every((answer) => answer.trim() !== "");
  const send = (): void => {
    setAsked(true);
    if (isWhole) judge.mutate();
  };
  return (
    <Modal opened onClose={onClose} title="Judge this override" size="lg">
      <div className="hp-stack">
        <p className="hp-dialog-title">
          <Untrusted text={review.title} />
        </p>
        <Questions
          answers={answers}
          asked={asked}
          write={(part) => setAnswers({ ...answers, ...part })}
        />
        {judge.isError && <ProblemNotice fault={judge.error} />}
        <div className="hp-buttons hp-form-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={judge.isPending} onClick={send}>
            Close the review
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function Questions({
  answers,
  asked,
  write,
}: {
  answers: Answers;
  asked: boolean;
  write: (part: Partial<Answers>) => void;
}): ReactNode {
  const missing = (answer: string): string | undefined =>
    asked && answer.trim() === "" ? "This answer is missing" : undefined;
  return (
    <>
      <Radio.Group
        label="Was it legitimate?"
        required
        value={answers.legitimate}
        error={missing(answers.legitimate)}
        onChange={(value) => write({ legitimate: value })}
      >
        <div className="hp-stack-tight" style={{ marginTop: 6 }}>
          <Radio value="yes" label="Legitimate: it could not wait" />
          <Radio value="no" label="Not legitimate" />
        </div>
      </Radio.Group>
      <Textarea
        label="What went wrong?"
        description="Why those asked could not decide in time"
        required
        rows={3}
        maxLength={wordsMax}
        value={answers.wrong}
        error={missing(answers.wrong)}
        onChange={(event) => write({ wrong: event.currentTarget.value })}
      />
      <Textarea
        label="How can it be avoided?"
        description="What changes: the rule, who is on duty, the agent"
        required
        rows={3}
        maxLength={wordsMax}
        value={answers.avoid}
        error={missing(answers.avoid)}
        onChange={(event) => write({ avoid: event.currentTarget.value })}
      />
    </>
  );
}
