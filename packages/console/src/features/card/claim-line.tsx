// Who has the card, so that two people do not read the same one: take it, give it back, hand it over.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import type { CardView } from "@holdpoint/core/wire/response";
import { claimCard, releaseCard } from "../../api/holds.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Ago } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { HandOverDialog } from "./hand-over-dialog.tsx";
import { isPublicationCard } from "./publication.tsx";
import { askId } from "./questions.tsx";
import { useCall } from "./use-call.ts";
import { useSelf } from "./use-self.ts";

export function ClaimLine({ card }: { card: CardView }): ReactNode {
  const { id } = card.job;
  const [giving, setGiving] = useState(false);
  const self = useSelf();
  const take = useCall<void>(id, () => claimCard(id));
  const release = useCall<void>(id, () => releaseCard(id));
  const { watch } = card;
  if (watch === null) return null;
  const { claim } = watch;
  const own = [card.you.person?.id, self?.id];
  const isMine = claim !== null && own.includes(claim.person.id);
  const isAdmin = self?.scopes.includes("admin") === true;
  const mayMove = card.may.claim.allowed && (claim === null || isMine || isAdmin);
  return (
    <section aria-label="Who has this card" className="hp-claim-line">
      <p>
        <Holder card={card} isMine={isMine} />
      </p>
      <div className="hp-buttons">
        {card.you.may_review && !isPublicationCard(card) && (
          <a href={`#${askId}`} className="hp-small">
            Ask the agent
          </a>
        )}
        {claim === null && card.may.claim.allowed && (
          <Button
            size="compact-sm"
            variant="default"
            loading={take.sending}
            onClick={() => take.send()}
          >
            Take it
          </Button>
        )}
        {isMine && (
          <Button
            size="compact-sm"
            variant="default"
            loading={release.sending}
            onClick={() => release.send()}
          >
            Give it back
          </Button>
        )}
        {mayMove && (
          <Button size="compact-sm" variant="default" onClick={() => setGiving(true)}>
            Hand over…
          </Button>
        )}
      </div>
      {take.fault !== null && <ProblemNotice fault={take.fault} />}
      {release.fault !== null && <ProblemNotice fault={release.fault} />}
      {giving && <HandOverDialog card={card} onClose={() => setGiving(false)} />}
    </section>
  );
}

function Holder({ card, isMine }: { card: CardView; isMine: boolean }): ReactNode {
  const claim = card.watch?.claim ?? null;
  if (claim === null) return <span className="hp-muted">Nobody has this card.</span>;
  const giver = card.who.flatMap(({ people }) => people).find(({ id }) => id === claim.by);
  return (
    <>
      <strong>
        {isMine ? "You have this card" : <Untrusted text={claim.person.name ?? claim.person.id} />}
      </strong>
      {!isMine && " has this card"}, since <Ago at={claim.at} />
      {claim.by !== null && (
        <>
          {" "}
          (from <Untrusted text={giver?.name ?? claim.by} />)
        </>
      )}
      .{!isMine && <span className="hp-muted"> It keeps nobody from deciding.</span>}
    </>
  );
}
