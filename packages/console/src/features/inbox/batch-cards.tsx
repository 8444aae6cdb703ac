// Several actions at a glance: what all of them have alike once, and what differs for each.

import type { ReactNode } from "react";
import { useMemo } from "react";
import { Link } from "react-router";
import type { CardView } from "@holdpoint/core/wire/response";
import { paths } from "../../paths.ts";
import { JsonTable } from "../../ui/json-view.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { compare } from "./selection.ts";

/** Everything that a decision is about, by one name each. */
function factsOf({ action, effect_text: effect }: CardView): Readonly<Record<string, unknown>> {
  const { environment, resource } = action.target;
  return {
    ...action.params,
    ...(resource === null ? {} : { "(target)": resource }),
    ...(environment === null ? {} : { "(environment)": environment }),
    ...(action.cost === null ? {} : { "(cost)": action.cost }),
    "(effect)": effect,
    ...(action.agent.on_behalf_of === null ? {} : { "(on behalf of)": action.agent.on_behalf_of }),
  };
}

export function BatchCards({ cards }: { cards: readonly CardView[] }): ReactNode {
  const { same, each } = useMemo(() => compare(cards.map(factsOf)), [cards]);
  return (
    <>
      {Object.keys(same).length > 0 && (
        <div className="hp-stack-tight">
          <h3>The same in all</h3>
          <JsonTable value={same} empty="" mustSee />
        </div>
      )}
      <div className="hp-stack-tight">
        <h3>What differs</h3>
        <ol className="hp-batch-list">
          {cards.map((card, index) => (
            <li key={card.job.id}>
              <div className="hp-row-wrap">
                <Link to={paths.approval(card.job.id)} target="_blank" rel="noreferrer">
                  <Untrusted text={card.decision_summary.title} />
                </Link>
                {card.claims.flags.length > 0 && (
                  <span className="hp-flag">⚠ its words try to steer the reader</span>
                )}
                {card.watch?.near != null && (
                  <span className="hp-badge hp-tone-stop">Near to a rejected one</span>
                )}
              </div>
              <JsonTable value={each[index] ?? {}} empty="Nothing differs." mustSee />
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}
