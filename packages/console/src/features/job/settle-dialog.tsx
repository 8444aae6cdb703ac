// A person says how an execution ended of which no outcome came, after they looked.

import type { ReactNode } from "react";
import { useState } from "react";
import { Modal, Radio, Textarea } from "@mantine/core";
import { settleJob } from "../../api/queries.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { reasonMax, SendButtons } from "../card/form-parts.tsx";
import { useCall } from "../card/use-call.ts";

type Status = "SUCCEEDED" | "FAILED";

export function SettleDialog({ id, onClose }: { id: string; onClose: () => void }): ReactNode {
  const [status, setStatus] = useState<Status | "">("");
  const [reason, setReason] = useState("");
  const call = useCall(
    id,
    (said: { status: Status; reason: string }) => settleJob(id, said.status, said.reason),
    onClose,
  );
  useFocusReturn();
  const isWhole = status !== "" && reason.trim() !== "";
  return (
    <Modal opened onClose={onClose} title="How did it end?">
      <div className="hp-stack">
        <p>
          Look where the effect would be before you say so. An agent that repeats the call is told
          what you say here, and does not run it again.
        </p>
        <Radio.Group
          label="The action"
          value={status}
          onChange={(value) => setStatus(value === "SUCCEEDED" ? "SUCCEEDED" : "FAILED")}
        >
          <div className="hp-stack-tight" style={{ marginTop: 6 }}>
            <Radio value="SUCCEEDED" label="had its effect" />
            <Radio value="FAILED" label="did not have it" />
          </div>
        </Radio.Group>
        <Textarea
          label="How you know"
          description="Goes into the record, under your name"
          required
          rows={3}
          maxLength={reasonMax}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {call.fault !== null && <ProblemNotice fault={call.fault} />}
        <SendButtons
          label="Record it"
          disabled={!isWhole}
          sending={call.sending}
          onCancel={onClose}
          onSend={() => {
            if (status !== "") call.send({ status, reason: reason.trim() });
          }}
        />
      </div>
    </Modal>
  );
}
