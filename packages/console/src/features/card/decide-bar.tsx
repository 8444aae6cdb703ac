// Parts 7 and 8 of the card: time left and what happens then; the decisions.

import type { MouseEvent, ReactNode } from "react";
import { Button } from "@mantine/core";
import type { CardView, RequirementView } from "@holdpoint/core/wire/response";
import { Notice } from "../../ui/notice.tsx";
import { useUnseen } from "../../ui/reveal.tsx";
import { thenWhat, TimeLeft } from "../../ui/time.tsx";
import { UnseenNote } from "./approve-form.tsx";
import type { Verb } from "./decide-dialog.tsx";
import { isPublicationCard } from "./publication.tsx";
import { whyNot } from "./why-not.ts";

export function TimeSection({ card }: { card: CardView }): ReactNode {
  return (
    <section aria-label="Time left" className="hp-time-left">
      {card.expires_at === null ? (
        <span>It waits without a time limit.</span>
      ) : (
        <div>
          <strong>
            <TimeLeft until={card.expires_at} />
          </strong>
          <span className="hp-muted">, {thenWhat(card.on_timeout)}</span>
        </div>
      )}
      <div className="hp-muted hp-small">{votesInWords(card.requirements)}</div>
    </section>
  );
}

export function DecideSection({
  card,
  stale,
  onDecide,
}: {
  card: CardView;
  stale: boolean;
  onDecide: (verb: Verb) => void;
}): ReactNode {
  const unseen = useUnseen();
  if (!card.you.may_review) {
    return (
      <section aria-label="Decide">
        <Notice tone="hold" title="You cannot decide on this one">
          {whyNot(card.you.why_not, isPublicationCard(card))}
        </Notice>
      </section>
    );
  }
  const voted = card.you.vote === "approve" || card.you.vote === "modify";
  const press = (verb: Verb) => (event: MouseEvent) => {
    if (event.detail <= 1) onDecide(verb);
  };
  return (
    <section aria-label="Decide" className="hp-stack-tight">
      {voted && <p className="hp-small">You approved it. It waits for somebody else.</p>}
      <div className="hp-decide-buttons">
        {!voted && (
          <Button disabled={stale || unseen > 0} onClick={press("approve")}>
            Approve…
          </Button>
        )}
        <Button className="hp-reject" variant="default" disabled={stale} onClick={press("reject")}>
          Reject…
        </Button>
        {!isPublicationCard(card) && (
          <Button variant="default" disabled={stale} onClick={press("modify")}>
            Modify…
          </Button>
        )}
      </div>
      {!voted && unseen > 0 && <UnseenNote unseen={unseen} />}
    </section>
  );
}

function votesInWords(requirements: readonly RequirementView[]): string {
  const asked = requirements.reduce((sum, one) => sum + one.count, 0);
  const have = requirements.reduce((sum, one) => sum + Math.min(one.approved, one.count), 0);
  return asked === 0 ? "" : `${have} of ${asked} approval${asked === 1 ? "" : "s"} so far`;
}
