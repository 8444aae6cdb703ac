// Asks for the reason and the incident of an override, and says what it does before it does it.

import type { ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import { Checkbox, Modal, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { CardView } from "@holdpoint/core/wire/response";
import { getIncidents, oversightKeys } from "../../api/governance.ts";
import { overrideHold } from "../../api/holds.ts";
import { asProblem } from "../../api/problem.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { Notice, ProblemNotice } from "../../ui/notice.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { writtenOut } from "../../ui/visible-text.ts";
import { reasonMax, SendButtons } from "./form-parts.tsx";
import { targetWords } from "./target-words.ts";
import { useCall } from "./use-call.ts";

const elsewhere = "";

export function OverrideDialog({
  card,
  onClose,
}: {
  card: CardView;
  onClose: () => void;
}): ReactNode {
  const { id } = card.job;
  const [reason, setReason] = useState("");
  const [incident, setIncident] = useState(elsewhere);
  const [sure, setSure] = useState(false);
  const [asked, setAsked] = useState(false);
  useFocusReturn();
  const call = useCall<void>(
    id,
    () =>
      overrideHold(id, {
        reason: reason.trim(),
        job_hash: card.job_hash,
        ...(incident.trim() === "" ? {} : { incident: incident.trim() }),
      }),
    onClose,
  );
  const isWhole = reason.trim() !== "" && incident.trim() !== "" && sure;
  const send = (): void => {
    setAsked(true);
    if (isWhole) call.send();
  };
  return (
    <Modal opened onClose={onClose} title="Override in an emergency" size="lg">
      <div className="hp-stack">
        <Title text={card.decision_summary.title} />
        <Notice tone="stop" title="This releases the action now, by you alone">
          {passedOver(card)} are told that they were not waited for, and so are those who judge
          overrides. It cannot be taken back once the agent has begun.
        </Notice>
        <IncidentField value={incident} asked={asked} change={setIncident} />
        <Textarea
          label="Reason"
          description="Why it cannot wait; stands in the record and in the message to everybody"
          required
          rows={3}
          maxLength={reasonMax}
          value={reason}
          error={asked && reason.trim() === "" ? "An override needs a reason" : undefined}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Checkbox
          label="I release this without those who were asked, and answer for it"
          checked={sure}
          error={asked && !sure ? "Say so first" : undefined}
          onChange={(event) => setSure(event.currentTarget.checked)}
        />
        {call.fault !== null && <Refused fault={call.fault} />}
        <SendButtons
          label="Override"
          color="brick"
          sending={call.sending}
          onCancel={onClose}
          onSend={send}
        />
      </div>
    </Modal>
  );
}

function passedOver({ watch, requirements }: CardView): string {
  const asked = watch?.asked ?? [];
  const words = asked.map((target) => writtenOut(targetWords(target), false));
  if (words.length === 0 || requirements.length === 0) return "Those asked";
  const list = words.join(", ");
  return `${list.charAt(0).toUpperCase()}${list.slice(1)}`;
}

/** Has the focus first: no key that was already pressed can override. */
function Title({ text }: { text: string }): ReactNode {
  const title = useRef<HTMLParagraphElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <p ref={title} className="hp-dialog-title" data-autofocus tabIndex={-1}>
      <Untrusted text={text} />
    </p>
  );
}

function IncidentField({
  value,
  asked,
  change,
}: {
  value: string;
  asked: boolean;
  change: (value: string) => void;
}): ReactNode {
  const [isTyped, setIsTyped] = useState(false);
  const incidents = useQuery({
    queryKey: oversightKeys.incidents("open"),
    queryFn: ({ signal }) => getIncidents("open", signal),
  });
  const open = incidents.data?.items ?? [];
  const error = asked && value.trim() === "" ? "An override needs an incident" : undefined;
  return (
    <>
      {open.length > 0 && (
        <NativeSelect
          label="Incident"
          required
          data={[
            { value: elsewhere, label: isTyped ? "Another…" : "Choose the incident" },
            ...open.map(({ id, title }) => ({
              value: id,
              label: `${id}: ${writtenOut(title, false)}`.slice(0, 120),
            })),
          ]}
          value={isTyped ? elsewhere : value}
          error={isTyped ? undefined : error}
          onChange={(event) => {
            setIsTyped(false);
            change(event.currentTarget.value);
          }}
        />
      )}
      {isTyped || (open.length === 0 && !incidents.isPending) ? (
        <TextInput
          label="Name of the incident"
          description="None is open here. Rules that ask for an open incident refuse then."
          required
          value={value}
          error={error}
          onChange={(event) => change(event.currentTarget.value)}
        />
      ) : (
        <div>
          <button
            type="button"
            className="hp-more"
            onClick={() => {
              setIsTyped(true);
              change(elsewhere);
            }}
          >
            It is not among these
          </button>
        </div>
      )}
    </>
  );
}

function Refused({ fault }: { fault: unknown }): ReactNode {
  const { code } = asProblem(fault);
  return (
    <div className="hp-stack-tight">
      <ProblemNotice fault={fault} />
      {code === "override_refused" && (
        <p className="hp-small">
          Open the incident under Oversight first, if there is one that the rule asks for.
        </p>
      )}
    </div>
  );
}
