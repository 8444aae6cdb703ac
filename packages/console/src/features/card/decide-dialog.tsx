// The dialog of a decision: loads the card when it must, and holds the form of the chosen verb.

import type { ReactNode } from "react";
import { useEffect, useRef } from "react";
import { Modal } from "@mantine/core";
import type { CardView } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import { useFocusReturn } from "../../ui/focus-return.ts";
import { Notice, ProblemNotice } from "../../ui/notice.tsx";
import { RevealProvider } from "../../ui/reveal.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { ApproveForm } from "./approve-form.tsx";
import { isVeto } from "./clock.tsx";
import { Effect } from "./effect.tsx";
import { ModifyForm } from "./modify-form.tsx";
import { RejectForm } from "./reject-form.tsx";
import { StaleNotice } from "./stale-notice.tsx";
import { useCard } from "./use-card.ts";
import { whyNot } from "./why-not.ts";

export type Verb = "approve" | "reject" | "modify";

const titles: Readonly<Record<Verb, string>> = {
  approve: "Approve this action?",
  reject: "Reject this action",
  modify: "Modify this action",
};

interface FormsProps {
  readonly card: CardView;
  readonly verb: Verb;
  /** Shows the card's facts too: for a reader who has not opened it. */
  readonly brief: boolean;
  onClose(): void;
  onReload(): void;
}

/** For a reader who is on the list: fetches the card and shows what matters of it. */
export function DecideDialog({
  id,
  verb,
  onClose,
}: {
  id: string;
  verb: Verb;
  onClose: () => void;
}): ReactNode {
  const { card, stale, fault, reload } = useCard(id);
  useFocusReturn();
  return (
    <Modal opened onClose={onClose} title={titles[verb]} size="lg">
      <RevealProvider>
        {fault !== null && <ProblemNotice fault={fault} retry={reload} />}
        {card === null && fault === null && <output>Loading the action…</output>}
        {stale && <StaleNotice reload={reload} />}
        {card !== null && (
          <Forms
            key={card.job_hash}
            card={card}
            verb={verb}
            brief
            onClose={onClose}
            onReload={reload}
          />
        )}
      </RevealProvider>
    </Modal>
  );
}

/** For a reader who is on the card, whose content stays visible behind the dialog. */
export function CardDialog({ verb, ...rest }: Omit<FormsProps, "brief">): ReactNode {
  useFocusReturn();
  return (
    <Modal opened onClose={rest.onClose} title={titles[verb]} size="lg">
      <Forms {...rest} verb={verb} brief={false} />
    </Modal>
  );
}

function Forms({ card, verb, brief, onClose, onReload }: FormsProps): ReactNode {
  const { state } = card.job;
  if (!isWaiting(state)) {
    return (
      <p>
        <StateBadge state={state} /> It was decided in the meantime.
      </p>
    );
  }
  if (!card.you.may_review) {
    return (
      <Notice tone="hold" title="You cannot decide on this one">
        {whyNot(card.you.why_not)}
      </Notice>
    );
  }
  const form = { card, onClose, onReload };
  return (
    <div className="hp-stack">
      <DialogTitle text={card.decision_summary.title} />
      {brief && verb !== "modify" && <Effect card={card} />}
      {brief && card.claims.flags.length > 0 && (
        <Notice tone="hold" title="The agent's own words try to steer the reader">
          Open the card to read them.
        </Notice>
      )}
      {brief && <Beside card={card} />}
      {verb === "approve" && <ApproveForm {...form} />}
      {verb === "reject" && <RejectForm {...form} />}
      {verb === "modify" && <ModifyForm {...form} />}
    </div>
  );
}

/** What the card says beside the action, and somebody who has not opened it would miss. */
function Beside({ card }: { card: CardView }): ReactNode {
  const claim = card.watch?.claim ?? null;
  const rejected = card.similar.find(({ near }) => near);
  return (
    <>
      {card.watch?.near != null && (
        <Notice tone="stop" title="Near to one that people rejected">
          {rejected?.reason != null && <Untrusted text={rejected.reason} />} Open the card to see
          both.
        </Notice>
      )}
      {claim !== null && claim.person.id !== card.you.person?.id && (
        <p className="hp-small hp-muted">
          <Untrusted text={claim.person.name ?? claim.person.id} /> has this card.
        </p>
      )}
      {isVeto(card) && (
        <p className="hp-small">It runs by itself when its window is over, unless rejected.</p>
      )}
    </>
  );
}

/** Has the focus first: no key that was already pressed can decide. */
function DialogTitle({ text }: { text: string }): ReactNode {
  const title = useRef<HTMLParagraphElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <p ref={title} className="hp-dialog-title" data-autofocus tabIndex={-1}>
      <Untrusted text={text} />
    </p>
  );
}
