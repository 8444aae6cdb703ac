// Takes people from a file: the document is what the file says from then on.

import type { ReactNode } from "react";
import { useId, useState } from "react";
import { Button, Modal, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { PeopleImported } from "@holdpoint/core/wire/people";
import { importPeople, peopleKeys } from "../../api/people.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { Notice } from "../../ui/notice.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { FindingList, ProblemWithFindings } from "./findings.tsx";

const code = { input: { fontFamily: "var(--hp-mono)", fontSize: 13 } } as const;

export function ImportDialog({ onClose }: { onClose: () => void }): ReactNode {
  const client = useQueryClient();
  const [source, setSource] = useState("");
  const send = useMutation({
    mutationFn: () => importPeople(source),
    onSuccess: () => void client.invalidateQueries({ queryKey: peopleKeys.all }),
  });
  useFocusReturn();
  const write = (text: string): void => {
    setSource(text);
    send.reset();
  };
  return (
    <Modal opened onClose={onClose} title="Import a people file" size="lg">
      <div className="hp-stack">
        <Notice tone="hold" title="The file takes the place of what stands here">
          Whoever it does not name has left from then on. Delegations that people made stay. A file
          that does not load changes nothing.
        </Notice>
        <FileInput onText={write} />
        <Textarea
          label="People file"
          description="YAML, as docs/people/README.md describes it"
          rows={12}
          spellCheck={false}
          styles={code}
          value={source}
          onChange={(event) => write(event.currentTarget.value)}
        />
        {send.isError && <ProblemWithFindings fault={send.error} />}
        {send.isSuccess && <Imported result={send.data} />}
        <div className="hp-buttons">
          <Button variant="default" onClick={onClose}>
            {send.isSuccess ? "Close" : "Cancel"}
          </Button>
          {!send.isSuccess && (
            <Button
              disabled={source.trim() === ""}
              loading={send.isPending}
              onClick={() => send.mutate()}
            >
              Import
            </Button>
          )}
        </div>
      </div>
    </Modal>
  );
}

function FileInput({ onText }: { onText: (text: string) => void }): ReactNode {
  const id = useId();
  return (
    <div className="hp-stack-tight">
      <label htmlFor={id} className="hp-legend">
        Read from a file
      </label>
      <input
        id={id}
        type="file"
        accept=".yaml,.yml,.json"
        data-autofocus
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file !== undefined) void file.text().then(onText);
        }}
      />
    </div>
  );
}

function Imported({ result }: { result: PeopleImported }): ReactNode {
  const { people, left, findings } = result;
  return (
    <>
      <Notice tone="go" title={`There ${people === 1 ? "is one person" : `are ${people} people`}`}>
        {left.length > 0 && (
          <>
            Left: <Untrusted text={left.join(", ")} />
          </>
        )}
      </Notice>
      <FindingList findings={findings} />
    </>
  );
}
