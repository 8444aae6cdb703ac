// Changes the action in two steps: edit, then see the difference and the new decision before sending.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { CardView } from "@holdpoint/core/wire/response";
import { asProblem } from "../../api/problem.ts";
import { previewModify } from "../../api/queries.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { StaleNotice } from "./stale-notice.tsx";
import { reasonMax } from "./form-parts.tsx";
import type { Edit } from "./modify-edit.ts";
import { readEdit, startEdit, toFields, toRaw } from "./modify-edit.ts";
import { ModifyPreview } from "./modify-preview.tsx";
import { HiddenNote, ParamFields } from "./param-fields.tsx";

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
      <EditFields edit={edit} onChange={setEdit} />
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

function EditFields({ edit, onChange }: { edit: Edit; onChange: (edit: Edit) => void }): ReactNode {
  const [why, setWhy] = useState<string | null>(null);
  const swap = (): void => {
    const next = edit.raw === null ? toRaw(edit) : toFields(edit);
    setWhy(next.ok ? null : next.why);
    if (next.ok) onChange(next.value);
  };
  return (
    <div className="hp-stack">
      <div className="hp-head">
        <h3>Parameters</h3>
        <button type="button" className="hp-more" onClick={swap}>
          {edit.raw === null ? "Edit as JSON" : "Edit as a form"}
        </button>
      </div>
      {why !== null && (
        <p className="hp-danger" role="alert">
          {why}
        </p>
      )}
      {edit.raw === null ? (
        <ParamFields fields={edit.fields} onChange={(fields) => onChange({ ...edit, fields })} />
      ) : (
        <div>
          <Textarea
            aria-label="Parameters as JSON"
            rows={Math.min(18, Math.max(5, edit.raw.split("\n").length))}
            spellCheck={false}
            value={edit.raw}
            styles={{ input: { fontFamily: "var(--hp-mono)", fontSize: 14 } }}
            onChange={(event) => onChange({ ...edit, raw: event.currentTarget.value })}
          />
          <HiddenNote text={edit.raw} />
        </div>
      )}
      {edit.amount !== null && (
        <TextInput
          label={`Cost in ${edit.currency}`}
          inputMode="decimal"
          value={edit.amount}
          onChange={(event) => onChange({ ...edit, amount: event.currentTarget.value })}
        />
      )}
      {edit.resource !== null && (
        <TextInput
          label="Target"
          value={edit.resource}
          onChange={(event) => onChange({ ...edit, resource: event.currentTarget.value })}
        />
      )}
    </div>
  );
}
