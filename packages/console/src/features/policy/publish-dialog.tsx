// Publishes a draft: why, for how many agents at first, and from when on.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button, Checkbox, Modal, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { DraftView, PublishAnswer, PublishRequest } from "@holdpoint/core/wire/policy-life";
import { policyKeys, publishDraft } from "../../api/policy-life.ts";
import { keys } from "../../api/queries.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";

const shares = [
  { value: "", label: "All agents at once" },
  { value: "1", label: "1 % of the agents first" },
  { value: "10", label: "10 % of the agents first" },
  { value: "50", label: "50 % of the agents first" },
];

interface Plan {
  readonly message: string;
  readonly share: string;
  readonly at: string;
  readonly isShadow: boolean;
}

function requestOf({ message, share, at, isShadow }: Plan): PublishRequest {
  return {
    ...(message.trim() === "" ? {} : { message: message.trim() }),
    ...(share === "" ? {} : { rollout: Number(share) }),
    ...(at === "" ? {} : { activate_at: new Date(at).toISOString() }),
    ...(isShadow ? { shadow: true } : {}),
  };
}

export function PublishDialog({
  draft,
  onClose,
  onPublished,
}: {
  draft: DraftView;
  onClose: () => void;
  onPublished: (answer: PublishAnswer) => void;
}): ReactNode {
  const client = useQueryClient();
  const [plan, setPlan] = useState<Plan>({
    message: draft.message ?? "",
    share: "",
    at: "",
    isShadow: false,
  });
  const publish = useMutation({
    mutationFn: (request: PublishRequest) => publishDraft(draft.id, request),
    onSuccess: (answer) => {
      void client.invalidateQueries({ queryKey: policyKeys.all });
      void client.invalidateQueries({ queryKey: keys.policy });
      onPublished(answer);
      onClose();
    },
  });
  useFocusReturn();
  const write = (part: Partial<Plan>): void => setPlan({ ...plan, ...part });
  return (
    <Modal opened onClose={onClose} title="Publish this draft" size="lg">
      <div className="hp-stack">
        <p>
          <Untrusted text={draft.results?.change ?? "The policy changes"} />. Somebody other than
          its author has to approve it
          {(draft.results?.approvers ?? 1) > 1 && `; ${draft.results?.approvers} people in all`}.
        </p>
        <PlanFields plan={plan} write={write} />
        {publish.isError && <ProblemNotice fault={publish.error} />}
        <div className="hp-buttons">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button loading={publish.isPending} onClick={() => publish.mutate(requestOf(plan))}>
            Publish
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function PlanFields({
  plan,
  write,
}: {
  plan: Plan;
  write: (part: Partial<Plan>) => void;
}): ReactNode {
  return (
    <>
      <Textarea
        label="What changes, and why"
        description="Reviewers read it, and the record keeps it"
        rows={3}
        data-autofocus
        value={plan.message}
        onChange={(event) => write({ message: event.currentTarget.value })}
      />
      <NativeSelect
        label="Rollout"
        data={shares}
        value={plan.share}
        onChange={(event) => write({ share: event.currentTarget.value })}
      />
      <TextInput
        type="datetime-local"
        label="From"
        description="Your local time; empty: as soon as it is approved"
        value={plan.at}
        onChange={(event) => write({ at: event.currentTarget.value })}
      />
      <Checkbox
        label="Until it is approved, run it beside the active policy and compare"
        checked={plan.isShadow}
        onChange={(event) => write({ isShadow: event.currentTarget.checked })}
      />
    </>
  );
}
