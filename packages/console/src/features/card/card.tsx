// The card of one hold, in the order of spec 03: action, effect, rule, unusual, who, claims, time, decision.

import "./card.css";
import "./hold.css";
import type { ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import type { CardView } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import { RevealProvider, useUnseen } from "../../ui/reveal.tsx";
import { useShortcuts } from "../../ui/shortcuts.ts";
import { RiskBadge, StateBadge } from "../../ui/state-badge.tsx";
import { MixedWarning, Untrusted } from "../../ui/untrusted.tsx";
import { AskedSection } from "./asked.tsx";
import { ClaimLine } from "./claim-line.tsx";
import { ClaimsSection } from "./claims.tsx";
import { CourseSection, TimeSection } from "./clock.tsx";
import { Comments } from "./comments.tsx";
import { UnusualSection, WhoSection } from "./context.tsx";
import { DecideSection } from "./decide-bar.tsx";
import type { Verb } from "./decide-dialog.tsx";
import { CardDialog } from "./decide-dialog.tsx";
import { EffectSection } from "./effect.tsx";
import { nearId } from "./near-rejected.tsx";
import { OutcomeBanner } from "./outcome.tsx";
import { OverrideSection } from "./override.tsx";
import { isPublicationCard } from "./publication.tsx";
import { Questions } from "./questions.tsx";
import { StaleNotice } from "./stale-notice.tsx";
import { WhySection } from "./why.tsx";

interface Props {
  readonly card: CardView;
  readonly stale: boolean;
  onReload(): void;
}

export function Card(props: Props): ReactNode {
  return (
    <RevealProvider>
      <CardParts {...props} />
    </RevealProvider>
  );
}

function CardParts({ card, stale, onReload }: Props): ReactNode {
  const [verb, setVerb] = useState<Verb | null>(null);
  const unseen = useUnseen();
  const waiting = isWaiting(card.job.state);
  const mayDecide = waiting && !stale && card.you.may_review;
  const decide = (chosen: Verb): void => {
    if (mayDecide) setVerb(chosen);
  };
  useShortcuts({
    a: () => {
      if (unseen === 0 && card.you.vote === null) decide("approve");
    },
    r: () => decide("reject"),
    m: () => {
      if (!isPublicationCard(card) && card.may.modify.allowed) decide("modify");
    },
  });
  const reload = (): void => {
    setVerb(null);
    onReload();
  };
  return (
    <article className="hp-card">
      {stale && <StaleNotice reload={onReload} />}
      <CardLine card={card} />
      {waiting && <ClaimLine card={card} />}
      <div className="hp-card-body">
        <div className="hp-card-column">
          <EffectSection card={card} />
          <WhySection card={card} />
          <AskedSection card={card} />
          <UnusualSection card={card} />
          <WhoSection card={card} />
          {!isPublicationCard(card) && <ClaimsSection card={card} />}
          {!isPublicationCard(card) && <Questions card={card} />}
          {waiting && <CourseSection card={card} />}
        </div>
        <div className="hp-decide" data-locked={!waiting}>
          {waiting ? (
            <>
              <TimeSection card={card} />
              <DecideSection card={card} stale={stale} onDecide={decide} />
            </>
          ) : (
            <OutcomeBanner card={card} />
          )}
        </div>
        <div className="hp-card-after">
          <Comments card={card} onReload={onReload} />
          <OverrideSection card={card} stale={stale} />
        </div>
      </div>
      {verb !== null && (
        <CardDialog card={card} verb={verb} onClose={() => setVerb(null)} onReload={reload} />
      )}
    </article>
  );
}

/** Part 1; it has the focus first, so that no key press can decide before anything is read. */
function CardLine({ card }: { card: CardView }): ReactNode {
  const line = useRef<HTMLHeadingElement>(null);
  useEffect(() => line.current?.focus({ preventScroll: true }), []);
  const { action } = card;
  const name = `${action.target.resource ?? ""} ${action.target.environment ?? ""}`;
  return (
    <header className="hp-card-top">
      <h1 ref={line} tabIndex={-1} className="hp-card-line">
        <Untrusted text={card.decision_summary.title} />
      </h1>
      <div className="hp-row-wrap">
        <StateBadge state={card.job.state} />
        <RiskBadge level={card.risk.level} />
        {action.target.environment !== null && (
          <span className="hp-tag">
            <Untrusted text={action.target.environment} />
          </span>
        )}
        <span className="hp-code hp-muted">{action.topic}</span>
        {isWaiting(card.job.state) && card.watch?.overdue === true && (
          <span className="hp-badge hp-tone-stop">Overdue</span>
        )}
        {card.watch?.near != null && (
          <a href={`#${nearId}`} className="hp-badge hp-tone-stop">
            Near to a rejected one
          </a>
        )}
        <MixedWarning text={name} />
      </div>
    </header>
  );
}
