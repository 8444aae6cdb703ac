// Copies a saved state to another thread, to try from there what would happen otherwise.

import type { ReactNode } from "react";
import { useState } from "react";
import { Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { forkState, runKeys, type StatePlace } from "../../api/runs.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { Notice, ProblemNotice } from "../../ui/notice.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { SendButtons } from "../card/form-parts.tsx";

interface Props {
  readonly place: StatePlace;
  readonly id: string;
  onClose(): void;
}

export function ForkDialog({ place, id, onClose }: Props): ReactNode {
  const client = useQueryClient();
  const [thread, setThread] = useState(`${place.thread}-copy`);
  const fork = useMutation({
    mutationFn: () => forkState(place, id, { thread: thread.trim() }),
    onSettled: () => void client.invalidateQueries({ queryKey: runKeys.all }),
  });
  useFocusReturn();
  return (
    <Modal opened onClose={onClose} title="Copy this state">
      <div className="hp-stack">
        <p>
          The agent can begin again from the copy, under another thread. What waits now goes on from
          the state that it is bound to.
        </p>
        <TextInput
          label="Thread of the copy"
          required
          data-autofocus
          value={thread}
          onChange={(event) => setThread(event.currentTarget.value)}
        />
        {fork.isError && <ProblemNotice fault={fork.error} />}
        {fork.data !== undefined && (
          <Notice tone="go" title="Copied">
            <Untrusted text={fork.data.id} /> of the thread <Untrusted text={fork.data.thread} />
          </Notice>
        )}
        <SendButtons
          label="Copy it"
          disabled={thread.trim() === ""}
          sending={fork.isPending}
          onCancel={onClose}
          onSend={() => fork.mutate()}
        />
      </div>
    </Modal>
  );
}
