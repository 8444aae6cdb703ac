// One input per parameter; what is not flat is edited as JSON, hidden characters are pointed out.

import type { ReactNode } from "react";
import { Switch, Textarea, TextInput } from "@mantine/core";
import { hasHidden } from "../../ui/visible-text.ts";
import { Untrusted } from "../../ui/untrusted.tsx";
import type { Field } from "./draft.ts";
import { readField } from "./draft.ts";

export function ParamFields({
  fields,
  onChange,
}: {
  fields: readonly Field[];
  onChange: (fields: readonly Field[]) => void;
}): ReactNode {
  if (fields.length === 0) {
    return <p className="hp-muted">The action has no parameters. Add some as JSON.</p>;
  }
  const change = (at: number, text: string): void =>
    onChange(fields.map((field, index) => (index === at ? { ...field, text } : field)));
  return (
    <div className="hp-stack">
      {fields.map((field, index) => (
        <ParamField key={field.name} field={field} onChange={(text) => change(index, text)} />
      ))}
    </div>
  );
}

function ParamField({
  field,
  onChange,
}: {
  field: Field;
  onChange: (text: string) => void;
}): ReactNode {
  const label = <Untrusted text={field.name} />;
  if (field.kind === "switch") {
    return (
      <Switch
        label={label}
        checked={field.text === "true"}
        onChange={(event) => onChange(String(event.currentTarget.checked))}
      />
    );
  }
  const read = readField(field);
  const error = read.ok ? undefined : read.why;
  const many = field.kind === "json" || field.text.length > 60 || field.text.includes("\n");
  return (
    <div>
      {many ? (
        <Textarea
          label={label}
          value={field.text}
          error={error}
          rows={Math.min(8, Math.max(2, field.text.split("\n").length))}
          styles={{ input: { fontFamily: "var(--hp-mono)", fontSize: 14 } }}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      ) : (
        <TextInput
          label={label}
          value={field.text}
          error={error}
          inputMode={field.kind === "number" ? "decimal" : "text"}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
      <HiddenNote text={field.text} />
    </div>
  );
}

/** An input cannot draw what has no shape, so the text is drawn once more below it. */
export function HiddenNote({ text }: { text: string }): ReactNode {
  if (!hasHidden(text, true)) return null;
  return (
    <output className="hp-small">
      Holds characters that cannot be seen: <Untrusted text={text} lines />
    </output>
  );
}
