// Approves exactly what was shown, bound by its hash.

import type { ReactNode } from "react";
import { useState } from "react";
import { Textarea } from "@mantine/core";
import type { CardView } from "@holdpoint/core/wire/response";
import { useUnseen } from "../../ui/reveal.tsx";
import { FormButtons, reasonMax, SendFault } from "./form-parts.tsx";
import { useReview } from "./use-review.ts";
import { shortSnapshot } from "./why.tsx";

export function ApproveForm({
  card,
  onClose,
  onReload,
}: {
  card: CardView;
  onClose: () => void;
  onReload: () => void;
}): ReactNode {
  const [note, setNote] = useState("");
  const unseen = useUnseen();
  const sender = useReview(card.job.id, "approve", onClose);
  const send = (): void => {
    const words = note.trim();
    sender.send({ job_hash: card.job_hash, ...(words === "" ? {} : { reason: words }) });
  };
  return (
    <div className="hp-stack">
      <Textarea
        label="Note"
        description="Optional; goes into the record"
        maxLength={reasonMax}
        rows={2}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <p className="hp-muted hp-small">
        Your approval counts for this action only, as it stands here (
        <span className="hp-code" title={card.job_hash}>
          {shortSnapshot(card.job_hash)}
        </span>
        ). {afterApproval(card)}
      </p>
      {unseen > 0 && <UnseenNote unseen={unseen} />}
      <SendFault sender={sender} onReload={onReload} />
      <FormButtons
        sender={sender}
        label="Approve"
        disabled={unseen > 0}
        onCancel={onClose}
        onSend={send}
      />
    </div>
  );
}

export function UnseenNote({ unseen }: { unseen: number }): ReactNode {
  return (
    <output className="hp-small hp-urgent">
      Show the {unseen === 1 ? "value that is" : `${unseen} values that are`} cut before you
      approve.
    </output>
  );
}

function afterApproval({ requirements }: CardView): string {
  const open = requirements.reduce((sum, one) => sum + Math.max(0, one.count - one.approved), 0);
  return open > 1 ? `It still waits for ${open - 1} more after yours.` : "It may run after that.";
}
