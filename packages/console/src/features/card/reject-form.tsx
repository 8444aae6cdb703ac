// Rejects with a reason that the agent is given, and a code that programs can act on.

import type { ReactNode } from "react";
import { useState } from "react";
import { NativeSelect, Textarea } from "@mantine/core";
import type { CardView } from "@holdpoint/core/wire/response";
import type { RejectRequest } from "@holdpoint/core/wire/request";
import { FormButtons, reasonMax, SendFault } from "./form-parts.tsx";
import { useReview } from "./use-review.ts";

type RejectCode = NonNullable<RejectRequest["code"]>;

const codeWords: Readonly<Record<RejectCode, string>> = {
  wrong_target: "Wrong target",
  wrong_amount: "Wrong amount",
  policy_violation: "Against policy",
  insufficient_context: "Too little context",
  not_needed: "Not needed",
  unsafe: "Unsafe",
  duplicate: "Done already, or proposed twice",
  other: "Other",
};

const choices = [
  { value: "", label: "No code" },
  ...Object.entries(codeWords).map(([value, label]) => ({ value, label })),
];

export function RejectForm({
  card,
  onClose,
  onReload,
}: {
  card: CardView;
  onClose: () => void;
  onReload: () => void;
}): ReactNode {
  const [reason, setReason] = useState("");
  const [code, setCode] = useState("");
  const [missing, setMissing] = useState(false);
  const sender = useReview(card.job.id, "reject", onClose);
  const send = (): void => {
    const words = reason.trim();
    setMissing(words === "");
    if (words === "") return;
    sender.send({ reason: words, job_hash: card.job_hash, ...(code === "" ? {} : { code }) });
  };
  return (
    <div className="hp-stack">
      <NativeSelect
        label="Code"
        description="Optional; lets the agent act on it"
        data={choices}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Textarea
        label="Reason"
        description="The agent is told this and may take another way"
        required
        maxLength={reasonMax}
        rows={3}
        value={reason}
        error={missing && reason.trim() === "" ? "A rejection needs a reason" : undefined}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <SendFault sender={sender} onReload={onReload} />
      <FormButtons sender={sender} label="Reject" color="brick" onCancel={onClose} onSend={send} />
    </div>
  );
}
