// One answer with one reason for several holds alike: what they share, what differs, and what each answered.

import type { ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import { Modal, Textarea } from "@mantine/core";
import { useMutation, useQueries, useQueryClient } from "@tanstack/react-query";
import type { BatchAnswer } from "@holdpoint/core/wire/hold";
import type { CardView } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import { reviewBatch } from "../../api/holds.ts";
import { getCard, keys, refreshJob } from "../../api/queries.ts";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { Notice, ProblemNotice } from "../../ui/notice.tsx";
import { RevealProvider, useUnseen } from "../../ui/reveal.tsx";
import { UnseenNote } from "../card/approve-form.tsx";
import { reasonMax, SendButtons } from "../card/form-parts.tsx";
import { whyNot } from "../card/why-not.ts";
import { BatchCards } from "./batch-cards.tsx";
import { BatchResults } from "./batch-results.tsx";

type Verdict = "approve" | "reject";

interface Props {
  readonly ids: readonly string[];
  readonly verdict: Verdict;
  onClose(): void;
  /** Something was sent: the choice is used up. */
  onSent(): void;
}

const titles = { approve: "Approve these actions?", reject: "Reject these actions" } as const;

export function BatchDialog({ ids, verdict, onClose, onSent }: Props): ReactNode {
  const answers = useQueries({
    queries: ids.map((id) => ({
      queryKey: [...keys.card(id), "batch"],
      queryFn: ({ signal }: { signal: AbortSignal }) => getCard(id, signal),
      // INVARIANT: what is sent is what was shown, so these do not change while they are read.
      staleTime: Infinity,
      gcTime: 0,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
    })),
  });
  useFocusReturn();
  const fault = answers.find(({ error }) => error !== null)?.error ?? null;
  const cards = answers.flatMap(({ data }) => (data === undefined ? [] : [data]));
  const [shown, setShown] = useState<readonly CardView[] | null>(null);
  if (shown === null && cards.length === ids.length) setShown(cards);
  return (
    <Modal opened onClose={onClose} title={titles[verdict]} size="xl">
      <RevealProvider>
        {fault !== null && <ProblemNotice fault={fault} />}
        {shown === null && fault === null && <output>Loading {ids.length} actions…</output>}
        {shown !== null && (
          <BatchForm cards={shown} verdict={verdict} onClose={onClose} onSent={onSent} />
        )}
      </RevealProvider>
    </Modal>
  );
}

function BatchForm({
  cards,
  verdict,
  onClose,
  onSent,
}: Omit<Props, "ids"> & { readonly cards: readonly CardView[] }): ReactNode {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const unseen = useUnseen();
  const open = cards.filter((card) => isWaiting(card.job.state) && card.you.may_review);
  const words = reason.trim();
  const send = useMutation({
    mutationFn: () =>
      reviewBatch({
        verdict,
        ...(words === "" ? {} : { reason: words }),
        items: open.map(({ job, job_hash: hash }) => ({ job_id: job.id, job_hash: hash })),
      }),
    onSuccess: onSent,
    onSettled: () => {
      for (const { job } of cards) refreshJob(client, job.id);
      void client.invalidateQueries({ queryKey: ["inbox-head"] });
    },
  });
  if (send.data !== undefined) {
    return <Done answer={send.data} cards={cards} onClose={onClose} />;
  }
  const isReject = verdict === "reject";
  const press = (): void => {
    const lacks = isReject && words === "";
    setMissing(lacks);
    if (!lacks && !send.isPending) send.mutate();
  };
  return (
    <div className="hp-stack">
      <Count open={open.length} all={cards} />
      <BatchCards cards={open} />
      <Textarea
        label={isReject ? "Reason" : "Note"}
        description={
          isReject ? "One for all; the agent is told this" : "Optional; goes into each record"
        }
        required={isReject}
        rows={2}
        maxLength={reasonMax}
        value={reason}
        error={missing && words === "" ? "A rejection needs a reason" : undefined}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {!isReject && unseen > 0 && <UnseenNote unseen={unseen} />}
      {send.isError && <ProblemNotice fault={send.error} />}
      <SendButtons
        label={`${isReject ? "Reject" : "Approve"} ${open.length}`}
        {...(isReject ? { color: "brick" } : {})}
        disabled={open.length === 0 || (!isReject && unseen > 0)}
        sending={send.isPending}
        onCancel={onClose}
        onSend={press}
      />
    </div>
  );
}

/** Has the focus first: no key that was already pressed can decide. */
function Count({ open, all }: { open: number; all: readonly CardView[] }): ReactNode {
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => line.current?.focus(), []);
  const others = all.filter((card) => !isWaiting(card.job.state) || !card.you.may_review);
  return (
    <>
      <p ref={line} className="hp-dialog-title" data-autofocus tabIndex={-1}>
        {open === 1 ? "1 action" : `${open} actions`}, each reviewed by itself
      </p>
      {others.length > 0 && (
        <Notice tone="hold" title={`${others.length} left out`}>
          {[...new Set(others.map((card) => whyNot(card.you.why_not)))].join(" ")}
        </Notice>
      )}
    </>
  );
}

function Done({
  answer,
  cards,
  onClose,
}: {
  answer: BatchAnswer;
  cards: readonly CardView[];
  onClose: () => void;
}): ReactNode {
  return <BatchResults items={answer.items} cards={cards} onClose={onClose} />;
}
