// Writes one entry of the tool registry.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Modal, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ToolRequest, ToolView } from "@holdpoint/core/wire/tools";
import { policyKeys, saveTool } from "../../api/policy-life.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { readRaw } from "../card/draft.ts";

interface Entry {
  readonly id: string;
  readonly kind: "topic" | "tool";
  readonly pattern: string;
  readonly title: string;
  readonly tags: string;
  readonly reversible: "" | "true" | "false";
  readonly schema: string;
  readonly summary: string;
  readonly rows: string;
  readonly recipients: string;
}

function entryOf(tool: ToolView | null): Entry {
  return {
    id: tool?.id ?? "",
    kind: tool?.tool == null ? "topic" : "tool",
    pattern: tool?.topic ?? tool?.tool ?? "",
    title: tool?.title ?? "",
    tags: tool?.risk_tags.join(", ") ?? "",
    reversible: tool?.reversible == null ? "" : tool.reversible ? "true" : "false",
    schema: tool?.params_schema == null ? "" : JSON.stringify(tool.params_schema, null, 2),
    summary: tool?.summary ?? "",
    rows: tool?.effect.rows ?? "",
    recipients: tool?.effect.recipients ?? "",
  };
}

/** What is sent; text when the schema is no JSON object. */
function requestOf(entry: Entry): ToolRequest | string {
  const schema = entry.schema.trim() === "" ? null : readRaw(entry.schema);
  if (schema?.ok === false) return schema.why;
  const optional = (name: string, text: string): Record<string, string> =>
    text.trim() === "" ? {} : { [name]: text.trim() };
  const effect = { ...optional("rows", entry.rows), ...optional("recipients", entry.recipients) };
  const tags = entry.tags.split(/[\s,]+/).filter((tag) => tag !== "");
  return {
    [entry.kind]: entry.pattern.trim(),
    ...optional("title", entry.title),
    risk_tags: tags,
    ...(entry.reversible === "" ? {} : { reversible: entry.reversible === "true" }),
    ...(schema === null ? {} : { params_schema: schema.value }),
    ...optional("summary", entry.summary),
    ...(Object.keys(effect).length === 0 ? {} : { effect }),
  };
}

export function ToolDialog({
  tool,
  onClose,
}: {
  tool: ToolView | null;
  onClose: () => void;
}): ReactNode {
  const client = useQueryClient();
  const [entry, setEntry] = useState(() => entryOf(tool));
  const [fault, setFault] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: (request: ToolRequest) => saveTool(entry.id.trim(), request),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: policyKeys.tools });
      onClose();
    },
  });
  useFocusReturn();
  const write = (part: Partial<Entry>): void => setEntry({ ...entry, ...part });
  const send = (): void => {
    const request = requestOf(entry);
    setFault(typeof request === "string" ? request : null);
    if (typeof request !== "string") save.mutate(request);
  };
  return (
    <Modal opened onClose={onClose} title={tool === null ? "Add a tool" : "Edit a tool"} size="lg">
      <div className="hp-stack">
        <Naming entry={entry} isNew={tool === null} write={write} />
        <Knowing entry={entry} fault={fault} write={write} />
        {save.isError && <ProblemNotice fault={save.error} />}
        <div className="hp-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={save.isPending} onClick={send}>
            Save
          </Button>
        </div>
      </div>
    </Modal>
  );
}

interface PartProps {
  readonly entry: Entry;
  write(part: Partial<Entry>): void;
}

function Naming({ entry, isNew, write }: PartProps & { readonly isNew: boolean }): ReactNode {
  return (
    <>
      <TextInput
        label="Id"
        required
        disabled={!isNew}
        data-autofocus={isNew}
        value={entry.id}
        onChange={(event) => write({ id: event.currentTarget.value })}
      />
      <NativeSelect
        label="It is for"
        data={[
          { value: "topic", label: "a topic" },
          { value: "tool", label: "a tool" },
        ]}
        value={entry.kind}
        onChange={(event) =>
          write({ kind: event.currentTarget.value === "tool" ? "tool" : "topic" })
        }
      />
      <TextInput
        label="Pattern"
        description={entry.kind === "topic" ? "such as job.crm.*" : "such as crm.delete_customer"}
        required
        value={entry.pattern}
        onChange={(event) => write({ pattern: event.currentTarget.value })}
      />
      <TextInput
        label="Title"
        value={entry.title}
        onChange={(event) => write({ title: event.currentTarget.value })}
      />
    </>
  );
}

const code = { input: { fontFamily: "var(--hp-mono)", fontSize: 14 } } as const;

function Knowing({
  entry,
  fault,
  write,
}: PartProps & { readonly fault: string | null }): ReactNode {
  return (
    <>
      <TextInput
        label="Risk tags"
        description="Divided by commas"
        value={entry.tags}
        onChange={(event) => write({ tags: event.currentTarget.value })}
      />
      <NativeSelect
        label="Can it be undone?"
        data={[
          { value: "", label: "not said" },
          { value: "true", label: "yes" },
          { value: "false", label: "no" },
        ]}
        value={entry.reversible}
        onChange={(event) => {
          const { value } = event.currentTarget;
          write({ reversible: value === "true" || value === "false" ? value : "" });
        }}
      />
      <TextInput
        label="First line of the card"
        description={"Text with ${…}, such as Delete ${size(action.params.ids)} customers"}
        value={entry.summary}
        onChange={(event) => write({ summary: event.currentTarget.value })}
      />
      <TextInput
        label="Rows it touches"
        description="An expression over action"
        styles={code}
        value={entry.rows}
        onChange={(event) => write({ rows: event.currentTarget.value })}
      />
      <TextInput
        label="People it reaches"
        description="An expression over action"
        styles={code}
        value={entry.recipients}
        onChange={(event) => write({ recipients: event.currentTarget.value })}
      />
      <Textarea
        label="JSON Schema of the parameters"
        rows={6}
        spellCheck={false}
        styles={code}
        value={entry.schema}
        error={fault ?? undefined}
        onChange={(event) => write({ schema: event.currentTarget.value })}
      />
    </>
  );
}
