// Part 8 of the card: the decisions that the reader may take, or why there are none.

import type { MouseEvent, ReactNode } from "react";
import { Button } from "@mantine/core";
import type { CardView } from "@holdpoint/core/wire/response";
import { Notice } from "../../ui/notice.tsx";
import { useUnseen } from "../../ui/reveal.tsx";
import { At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { UnseenNote } from "./approve-form.tsx";
import { isVeto } from "./clock.tsx";
import type { Verb } from "./decide-dialog.tsx";
import { isPublicationCard } from "./publication.tsx";
import { useSelf } from "./use-self.ts";
import { whyNot } from "./why-not.ts";

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
  const isWindow = isVeto(card);
  const approve = (
    <Button
      variant={isWindow ? "default" : "filled"}
      disabled={stale || unseen > 0}
      onClick={press("approve")}
    >
      Approve…
    </Button>
  );
  const reject = (
    <Button
      className={isWindow ? "hp-veto" : "hp-reject"}
      {...(isWindow ? { color: "brick" } : { variant: "default" })}
      disabled={stale}
      onClick={press("reject")}
    >
      Reject…
    </Button>
  );
  return (
    <section aria-label="Decide" className="hp-stack-tight">
      <VotesFor card={card} />
      {voted && <p className="hp-small">You approved it. It waits for somebody else.</p>}
      <div className="hp-decide-buttons">
        {isWindow && reject}
        {!voted && approve}
        {!isWindow && reject}
        {!isPublicationCard(card) && card.may.modify.allowed && (
          <Button variant="default" disabled={stale} onClick={press("modify")}>
            Modify…
          </Button>
        )}
      </div>
      {!voted && unseen > 0 && <UnseenNote unseen={unseen} />}
    </section>
  );
}

/** Whoever votes by delegation knows in whose place, and until when. */
function VotesFor({ card }: { card: CardView }): ReactNode {
  const self = useSelf();
  const principal = card.you.votes_for;
  if (principal === null) return null;
  const until = self?.stands_in_for.find(({ from, live }) => live && from === principal.id)?.ends;
  return (
    <p className="hp-small">
      You vote for{" "}
      <strong>
        <Untrusted text={principal.name ?? principal.id} />
      </strong>
      {until !== undefined && (
        <>
          {" "}
          until <At at={until} />
        </>
      )}
      .
    </p>
  );
}
