// A dialog that asks for some words and sends them with one verb.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Modal, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { oversightKeys } from "../../api/governance.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { ProblemNotice } from "../../ui/notice.tsx";

const wordsMax = 4_000;

interface Props {
  readonly title: string;
  readonly label: string;
  readonly description: string;
  readonly button: string;
  readonly required: boolean;
  /** What the call makes old; default: what is shown of oversight. */
  readonly stale?: readonly unknown[];
  readonly color?: string;
  /** Above the words: what the verb does. */
  readonly children?: ReactNode;
  send(words: string): Promise<unknown>;
  onClose(): void;
}

export function NoteDialog(props: Props): ReactNode {
  const { title, label, description, button, required, send, onClose } = props;
  const { stale = oversightKeys.all, color, children } = props;
  const client = useQueryClient();
  const [words, setWords] = useState("");
  const [missing, setMissing] = useState(false);
  useFocusReturn();
  const call = useMutation({
    mutationFn: () => send(words.trim()),
    onSuccess: onClose,
    onSettled: () => void client.invalidateQueries({ queryKey: stale }),
  });
  const isMissing = required && words.trim() === "";
  return (
    <Modal opened onClose={onClose} title={title}>
      <div className="hp-stack">
        {children}
        <Textarea
          label={label}
          description={description}
          required={required}
          rows={3}
          maxLength={wordsMax}
          data-autofocus
          value={words}
          error={missing && isMissing ? "Write something first" : undefined}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        {call.isError && <ProblemNotice fault={call.error} />}
        <div className="hp-buttons hp-form-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            {...(color === undefined ? {} : { color })}
            loading={call.isPending}
            onClick={() => {
              setMissing(isMissing);
              if (!isMissing) call.mutate();
            }}
          >
            {button}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
