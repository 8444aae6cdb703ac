// Lets somebody decide in another's place for a time.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Modal, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { DelegationRequest, EntryView } from "@holdpoint/core/wire/people";
import { delegate, getPeople, peopleKeys } from "../../api/people.ts";
import { serverNow } from "../../api/server-clock.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { writtenOut } from "../../ui/visible-text.ts";

interface Plan {
  readonly to: string;
  readonly starts: string;
  readonly ends: string;
  readonly reason: string;
}

const weekMs = 604_800_000;

/** `isOwn`: the reader delegates; otherwise an admin does it for `from`. */
export function DelegationDialog({
  from,
  isOwn,
  onClose,
}: {
  from: string;
  isOwn: boolean;
  onClose: () => void;
}): ReactNode {
  const client = useQueryClient();
  const people = useQuery({
    queryKey: peopleKeys.list,
    queryFn: ({ signal }) => getPeople(signal),
  });
  const [plan, setPlan] = useState<Plan>(() => ({
    to: "",
    starts: "",
    ends: localMinute(serverNow() + weekMs),
    reason: "",
  }));
  const send = useMutation({
    mutationFn: () => delegate(requestOf(plan, isOwn ? null : from)),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: peopleKeys.all });
      onClose();
    },
  });
  useFocusReturn();
  const write = (part: Partial<Plan>): void => setPlan({ ...plan, ...part });
  const others = people.data?.items.filter((one) => one.active && one.id !== from) ?? [];
  return (
    <Modal
      opened
      onClose={onClose}
      title={isOwn ? "Let somebody decide for you" : `Let somebody decide for ${from}`}
    >
      <form
        className="hp-stack"
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate();
        }}
      >
        <p className="hp-muted">
          They may what {isOwn ? "you" : "this person"} may, within the limits of both, and never
          what they are excluded from. Together they are one person in a quorum.
        </p>
        <PlanFields plan={plan} others={others} write={write} />
        {people.isError && <ProblemNotice fault={people.error} />}
        {send.isError && <ProblemNotice fault={send.error} />}
        <div className="hp-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            disabled={plan.to === "" || plan.ends === ""}
            loading={send.isPending}
          >
            Delegate
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function PlanFields({
  plan,
  others,
  write,
}: {
  plan: Plan;
  others: readonly EntryView[];
  write: (part: Partial<Plan>) => void;
}): ReactNode {
  const choices = others.map((one) => ({ value: one.id, label: labelOf(one) }));
  return (
    <>
      <NativeSelect
        label="To"
        required
        data-autofocus
        data={[{ value: "", label: "Choose a person" }, ...choices]}
        value={plan.to}
        onChange={(event) => write({ to: event.currentTarget.value })}
      />
      <TextInput
        type="datetime-local"
        label="From"
        description="Your local time; empty: from now on"
        value={plan.starts}
        onChange={(event) => write({ starts: event.currentTarget.value })}
      />
      <TextInput
        type="datetime-local"
        label="Until"
        required
        value={plan.ends}
        onChange={(event) => write({ ends: event.currentTarget.value })}
      />
      <TextInput
        label="Reason"
        description="Such as vacation; the record keeps it"
        value={plan.reason}
        onChange={(event) => write({ reason: event.currentTarget.value })}
      />
    </>
  );
}

function requestOf({ to, starts, ends, reason }: Plan, from: string | null): DelegationRequest {
  return {
    to,
    ends: new Date(ends).toISOString(),
    ...(from === null ? {} : { from }),
    ...(starts === "" ? {} : { starts: new Date(starts).toISOString() }),
    ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
  };
}

function labelOf({ id, name }: EntryView): string {
  return name === null ? id : `${writtenOut(name, false)} (${id})`;
}

/** `2026-11-28T09:30` by the reader's clock. */
function localMinute(at: number): string {
  const offsetMs = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - offsetMs).toISOString().slice(0, 16);
}
