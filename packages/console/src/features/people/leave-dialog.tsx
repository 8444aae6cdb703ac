// Marks a person as gone, or takes the names of somebody who left out of the document.

import type { ReactNode } from "react";
import { Button, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { EntryView } from "@holdpoint/core/wire/people";
import { peopleKeys, removePerson } from "../../api/people.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";

export function LeaveDialog({
  person,
  onClose,
  onGone,
}: {
  person: EntryView;
  onClose: () => void;
  /** The names are out of the document. */
  onGone: () => void;
}): ReactNode {
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: () => removePerson(person.id, !person.active),
    onSuccess: () => {
      onClose();
      if (!person.active) onGone();
      void client.invalidateQueries({ queryKey: peopleKeys.all });
    },
  });
  useFocusReturn();
  const name = <Untrusted text={person.name ?? person.id} />;
  return (
    <Modal opened onClose={onClose} title={person.active ? "This person left" : "Forget the names"}>
      <div className="hp-stack">
        {person.active ? (
          <p>
            Keys of {name} are refused from now on, their votes on open holds count for nothing, and
            their delegations end. The names stay, so that nobody comes back under them.
          </p>
        ) : (
          <p>
            The names of {name} are taken out of the document. A key of theirs that is still valid
            would be somebody unknown afterwards, so all of them have to be revoked first.
          </p>
        )}
        {send.isError && <ProblemNotice fault={send.error} />}
        <div className="hp-buttons">
          <Button variant="default" data-autofocus onClick={onClose}>
            Cancel
          </Button>
          <Button color="brick" loading={send.isPending} onClick={() => send.mutate()}>
            {person.active ? "They left" : "Forget them"}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
