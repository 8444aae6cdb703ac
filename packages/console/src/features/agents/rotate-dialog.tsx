// Makes a key for an agent, and shows its secret once: nothing keeps it after the dialog is closed.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Modal, NativeSelect } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { AgentDetailView, AgentKeyCreated } from "@holdpoint/core/wire/agents";
import { agentKeys, rotateKey } from "../../api/agents.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { Notice, ProblemNotice } from "../../ui/notice.tsx";
import { At } from "../../ui/time.tsx";

interface Props {
  readonly agent: string;
  /** Null makes one more. */
  readonly replaced: AgentDetailView["keys"][number] | null;
  onClose(): void;
}

const overlaps = [
  { value: "24h", label: "for another day" },
  { value: "1h", label: "for another hour" },
  { value: "0s", label: "not at all: it was stolen" },
];

export function RotateDialog({ agent, replaced, onClose }: Props): ReactNode {
  const client = useQueryClient();
  const [overlap, setOverlap] = useState("24h");
  const make = useMutation({
    mutationFn: () => rotateKey(agent, replaced === null ? {} : { replaces: replaced.id, overlap }),
    gcTime: 0,
    onSettled: () => void client.invalidateQueries({ queryKey: agentKeys.all }),
  });
  useFocusReturn();
  const title = replaced === null ? "Make another key" : "Rotate this key";
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      // A click beside the dialog must not lose what is shown only once.
      closeOnClickOutside={make.data === undefined}
      closeOnEscape={make.data === undefined}
      withCloseButton={make.data === undefined}
    >
      {make.data !== undefined ? (
        <Made made={make.data} onClose={onClose} />
      ) : (
        <div className="hp-stack">
          {replaced !== null && (
            <>
              <p>
                The new key has the rights of <span className="hp-code">{replaced.id}</span>.
              </p>
              <NativeSelect
                label="The old key goes on"
                data={overlaps}
                value={overlap}
                data-autofocus
                onChange={(event) => setOverlap(event.currentTarget.value)}
              />
            </>
          )}
          {replaced === null && <p>The keys that it has stay as they are.</p>}
          {make.isError && <ProblemNotice fault={make.error} />}
          <div className="hp-buttons hp-form-buttons">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button loading={make.isPending} onClick={() => make.mutate()}>
              Make the key
            </Button>
          </div>
        </div>
      )}
    </Modal>
  );
}

function Made({ made, onClose }: { made: AgentKeyCreated; onClose: () => void }): ReactNode {
  return (
    <div className="hp-stack">
      <Notice tone="hold" title="Copy it now: it is not shown again">
        Give it to the agent as HOLDPOINT_API_KEY.
      </Notice>
      <div>
        <code className="hp-code hp-secret" aria-label="The secret">
          {made.secret}
        </code>{" "}
        <CopyButton text={made.secret} label="the secret" />
      </div>
      {made.replaced_ends_at !== null && (
        <p>
          The old key ends <At at={made.replaced_ends_at} />.
        </p>
      )}
      <div className="hp-buttons hp-form-buttons">
        <Button onClick={onClose}>I have copied it</Button>
      </div>
    </div>
  );
}
