// Part 2 of the card: what changes, whether it can be undone, how far it reaches, what bounds it.

import type { ReactNode } from "react";
import { isWaiting } from "@holdpoint/core/job/state";
import type { CardView } from "@holdpoint/core/wire/response";
import { ChangeList, DiffText } from "../../ui/diff-view.tsx";
import { JsonTable } from "../../ui/json-view.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { EffectChanged } from "./effect-changed.tsx";
import { isPublicationCard, PublicationFacts } from "./publication.tsx";
import { Fact, Section } from "./section.tsx";

export function EffectSection({ card }: { card: CardView }): ReactNode {
  return (
    <Section title="What changes">
      <Effect card={card} />
    </Section>
  );
}

/** Also shown where someone approves without opening the card. */
export function Effect({ card }: { card: CardView }): ReactNode {
  const { action, diff, constraints } = card;
  const { effect } = action;
  const isPublished = isPublicationCard(card);
  return (
    <div className="hp-stack-tight">
      {isWaiting(card.job.state) && <EffectChanged id={card.job.id} />}
      <p className="hp-effect-text" data-permanent={action.reversible === false}>
        <Untrusted text={card.effect_text} lines />
      </p>
      {isPublished && <PublicationFacts card={card} />}
      {diff.length > 0 && (
        <div>
          <h3>{card.proposed_action === null ? "Before and after" : "Changed by people"}</h3>
          <ChangeList changes={diff} mustSee />
        </div>
      )}
      {effect !== null && effect.diff !== null && effect.diff !== "" && (
        <div>
          <h3>{isPublished ? "Change of the text" : "Preview from the tool"}</h3>
          <DiffText text={effect.diff} mustSee />
        </div>
      )}
      <dl className="hp-pairs">
        <Fact name="Target">
          <Untrusted text={action.target.resource ?? "not named"} />
          {action.target.environment !== null && (
            <>
              {" in "}
              <strong>
                <Untrusted text={action.target.environment} />
              </strong>
            </>
          )}
        </Fact>
        {action.tool !== null && (
          <Fact name="Tool">
            <span className="hp-code">
              <Untrusted
                text={[action.tool.server, action.tool.name]
                  .filter((part) => part !== null)
                  .join(" / ")}
              />
            </span>
          </Fact>
        )}
      </dl>
      <h3>Exact parameters</h3>
      <JsonTable value={action.params} empty="The action has no parameters." mustSee />
      {constraints !== null && Object.keys(constraints).length > 0 && (
        <>
          <h3>Bounds while it runs</h3>
          <JsonTable value={constraints} empty="" />
        </>
      )}
    </div>
  );
}
