// Opens an incident by hand: a title, and if wanted its name elsewhere and its labels.

import type { FormEvent, ReactNode } from "react";
import { useState } from "react";
import { Button, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { openIncident, oversightKeys } from "../../api/governance.ts";
import { ProblemNotice } from "../../ui/notice.tsx";

/** Lines of `name=value`; null when one of them is neither that nor empty. */
function labelsOf(text: string): Readonly<Record<string, string>> | null {
  const labels: Record<string, string> = {};
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const at = line.indexOf("=");
    if (at < 1) return null;
    labels[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return labels;
}

export function IncidentForm({ onClose }: { onClose: () => void }): ReactNode {
  const client = useQueryClient();
  const [title, setTitle] = useState("");
  const [id, setId] = useState("");
  const [labels, setLabels] = useState("");
  const [asked, setAsked] = useState(false);
  const read = labelsOf(labels);
  const open = useMutation({
    mutationFn: () =>
      openIncident({
        title: title.trim(),
        ...(id.trim() === "" ? {} : { id: id.trim() }),
        ...(read === null || Object.keys(read).length === 0 ? {} : { labels: { ...read } }),
      }),
    onSuccess: onClose,
    onSettled: () => void client.invalidateQueries({ queryKey: oversightKeys.all }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setAsked(true);
    if (title.trim() !== "" && read !== null) open.mutate();
  };
  return (
    <form className="hp-panel hp-stack-tight" onSubmit={submit} aria-label="New incident">
      <TextInput
        label="What is happening"
        required
        maxLength={4_000}
        value={title}
        error={asked && title.trim() === "" ? "Say what is happening" : undefined}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <TextInput
        label="Name"
        description="As it is called elsewhere, such as INC-7; made up when left out"
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
      />
      <Textarea
        label="Labels"
        description="One a line, such as severity=critical. They do not count for overrides of your own"
        rows={2}
        value={labels}
        error={read === null ? "One name=value a line" : undefined}
        onChange={(event) => setLabels(event.currentTarget.value)}
      />
      {open.isError && <ProblemNotice fault={open.error} />}
      <div className="hp-buttons hp-form-buttons">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={open.isPending}>
          Open the incident
        </Button>
      </div>
    </form>
  );
}
