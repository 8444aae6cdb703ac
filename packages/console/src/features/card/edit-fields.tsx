// The inputs of a change: suggestions of the rule, a form or JSON for the parameters, cost and target.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Textarea, TextInput } from "@mantine/core";
import type { CardView } from "@holdpoint/core/wire/response";
import { Untrusted } from "../../ui/untrusted.tsx";
import type { Read } from "./draft.ts";
import type { Edit } from "./modify-edit.ts";
import { applyRemediation, toFields, toRaw } from "./modify-edit.ts";
import { HiddenNote, ParamFields } from "./param-fields.tsx";

interface Props {
  readonly edit: Edit;
  readonly remediations: CardView["remediations"];
  onChange(edit: Edit): void;
}

export function EditFields({ edit, remediations, onChange }: Props): ReactNode {
  const [why, setWhy] = useState<string | null>(null);
  const take = (next: Read<Edit>): void => {
    setWhy(next.ok ? null : next.why);
    if (next.ok) onChange(next.value);
  };
  return (
    <div className="hp-stack">
      <div className="hp-head">
        <h3>Parameters</h3>
        <button
          type="button"
          className="hp-more"
          onClick={() => take(edit.raw === null ? toRaw(edit) : toFields(edit))}
        >
          {edit.raw === null ? "Edit as JSON" : "Edit as a form"}
        </button>
      </div>
      <Suggestions
        remediations={remediations}
        onTake={(set) => take(applyRemediation(edit, set))}
      />
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
      <EffectFields edit={edit} onChange={onChange} />
    </div>
  );
}

function EffectFields({ edit, onChange }: Omit<Props, "remediations">): ReactNode {
  return (
    <>
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
    </>
  );
}

function Suggestions({
  remediations,
  onTake,
}: {
  remediations: CardView["remediations"];
  onTake: (set: CardView["remediations"][number]["set"]) => void;
}): ReactNode {
  if (remediations.length === 0) return null;
  return (
    <div className="hp-buttons">
      <span className="hp-muted hp-small">The rule suggests:</span>
      {remediations.map((one) => (
        <Button key={one.id} size="compact-sm" variant="default" onClick={() => onTake(one.set)}>
          <Untrusted text={one.title} />
        </Button>
      ))}
    </div>
  );
}
