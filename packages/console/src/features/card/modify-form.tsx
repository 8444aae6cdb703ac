// Changes the action in two steps: edit, then see the difference and the new decision before sending.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { CardView } from "@holdpoint/core/wire/response";
import { asProblem } from "../../api/problem.ts";
import { previewModify } from "../../api/queries.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { StaleNotice } from "./stale-notice.tsx";
import { EditFields } from "./edit-fields.tsx";
import { reasonMax } from "./form-parts.tsx";
import type { Edit } from "./modify-edit.ts";
import { readEdit, startEdit } from "./modify-edit.ts";
import { ModifyPreview } from "./modify-preview.tsx";

export function ModifyForm({
  card,
  onClose,
  onReload,
}: {
  card: CardView;
  onClose: () => void;
  onReload: () => void;
}): ReactNode {
  const [edit, setEdit] = useState<Edit>(() => startEdit(card.action));
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const read = readEdit(edit, card.action);
  const preview = useMutation({
    mutationFn: (body: Readonly<Record<string, unknown>>) => previewModify(card.job.id, body),
  });
  const words = reason.trim();
  const body = read.ok ? { ...read.value, reason: words, job_hash: card.job_hash } : null;

  if (preview.data !== undefined && body !== null) {
    return (
      <ModifyPreview
        card={card}
        body={body}
        decision={preview.data}
        onBack={preview.reset}
        onClose={onClose}
        onReload={onReload}
      />
    );
  }
  const ask = (): void => {
    setAsked(true);
    if (body !== null && read.ok && read.changed && words !== "") preview.mutate(body);
  };
  return (
    <div className="hp-stack">
      <EditFields edit={edit} remediations={card.remediations} onChange={setEdit} />
      <Textarea
        label="Why you change it"
        required
        maxLength={reasonMax}
        rows={2}
        value={reason}
        error={asked && words === "" ? "A change needs a reason" : undefined}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {asked && !read.ok && (
        <p className="hp-danger" role="alert">
          {read.why}
        </p>
      )}
      {asked && read.ok && !read.changed && (
        <p className="hp-danger" role="alert">
          Nothing is changed yet.
        </p>
      )}
      <PreviewFault fault={preview.error} onReload={onReload} />
      <div className="hp-buttons hp-form-buttons">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={ask} loading={preview.isPending}>
          See what it would do
        </Button>
      </div>
    </div>
  );
}

function PreviewFault({ fault, onReload }: { fault: unknown; onReload: () => void }): ReactNode {
  if (fault === null) return null;
  if (asProblem(fault).code === "approval_stale_request") return <StaleNotice reload={onReload} />;
  return <ProblemNotice fault={fault} />;
}
