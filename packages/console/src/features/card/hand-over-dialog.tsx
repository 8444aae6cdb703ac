// Gives the card to somebody else who may review the hold: from those asked, or by name.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Modal, NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { CardView } from "@holdpoint/core/wire/response";
import { assignCard } from "../../api/holds.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { writtenOut } from "../../ui/visible-text.ts";
import { reasonMax } from "./form-parts.tsx";
import { useCall } from "./use-call.ts";

const elsewhere = "";

/** Those asked, whoever is on duty first, without the reader and without who has it. */
function choicesOf(card: CardView): readonly { readonly value: string; readonly label: string }[] {
  const taken = new Set([card.you.person?.id, card.watch?.claim?.person.id]);
  const people = new Map(
    card.who.flatMap(({ people: some }) => some).map((person) => [person.id, person]),
  );
  return [...people.values()]
    .filter(({ id }) => !taken.has(id))
    .toSorted((one, other) => Number(other.on_duty) - Number(one.on_duty))
    .map(({ id, name, on_duty: isThere }) => ({
      value: id,
      label: `${writtenOut(name ?? id, false)} – ${isThere ? "on duty" : "off duty"}`,
    }));
}

export function HandOverDialog({
  card,
  onClose,
}: {
  card: CardView;
  onClose: () => void;
}): ReactNode {
  const { id } = card.job;
  const choices = choicesOf(card);
  const [picked, setPicked] = useState(choices[0]?.value ?? elsewhere);
  const [typed, setTyped] = useState("");
  const [note, setNote] = useState("");
  const [asked, setAsked] = useState(false);
  useFocusReturn();
  const to = picked === elsewhere ? typed.trim() : picked;
  const call = useCall<void>(
    id,
    () => assignCard(id, { to, ...(note.trim() === "" ? {} : { note: note.trim() }) }),
    onClose,
  );
  const send = (): void => {
    setAsked(true);
    if (to !== "") call.send();
  };
  return (
    <Modal opened onClose={onClose} title="Hand this card over">
      <div className="hp-stack">
        {choices.length > 0 && (
          <NativeSelect
            label="To"
            data={[...choices, { value: elsewhere, label: "Somebody else…" }]}
            value={picked}
            onChange={(event) => setPicked(event.currentTarget.value)}
          />
        )}
        {picked === elsewhere && (
          <TextInput
            label="Who"
            description="Email or id of somebody who may review this hold"
            required
            value={typed}
            error={asked && typed.trim() === "" ? "Say who" : undefined}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        <Textarea
          label="Note"
          description="Optional; they are told this"
          rows={2}
          maxLength={reasonMax}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {call.fault !== null && <ProblemNotice fault={call.fault} />}
        <div className="hp-buttons hp-form-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={call.sending} onClick={send}>
            Hand over
          </Button>
        </div>
      </div>
    </Modal>
  );
}
