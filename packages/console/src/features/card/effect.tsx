// Part 2 of the card: what changes, whether it can be undone, how far it reaches, what bounds it.

import type { ReactNode } from "react";
import type { CardView } from "@holdpoint/core/wire/response";
import { ChangeList, DiffText } from "../../ui/diff-view.tsx";
import { JsonTable } from "../../ui/json-view.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
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
  const { cost, effect } = action;
  return (
    <div className="hp-stack-tight">
      <p className="hp-effect-text">
        <Untrusted text={card.effect_text} lines />
      </p>
      {diff.length > 0 && (
        <div>
          <h3>{card.proposed_action === null ? "Before and after" : "Changed by people"}</h3>
          <ChangeList changes={diff} mustSee />
        </div>
      )}
      {effect !== null && effect.diff !== null && effect.diff !== "" && (
        <div>
          <h3>Preview from the tool</h3>
          <DiffText text={effect.diff} mustSee />
        </div>
      )}
      <dl className="hp-pairs">
        <Fact name="Can be undone">
          <Reversible reversible={action.reversible} />
        </Fact>
        <Fact name="Reach">{reachOf(card)}</Fact>
        {cost !== null && (
          <Fact name="Cost">
            <strong className="hp-num">
              {cost.amount.toLocaleString("en", { maximumFractionDigits: 8 })}{" "}
              <Untrusted text={cost.currency} />
            </strong>
          </Fact>
        )}
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

function Reversible({ reversible }: { reversible: boolean | null }): ReactNode {
  if (reversible === null) return "not stated; treat it as permanent";
  return reversible ? "yes" : <strong className="hp-danger">no, it is permanent</strong>;
}

function reachOf({ action: { effect } }: CardView): string {
  const parts: string[] = [];
  const rows = effect?.rows ?? null;
  const recipients = effect?.recipients ?? null;
  if (rows !== null) parts.push(`${rows.toLocaleString("en")} row${rows === 1 ? "" : "s"}`);
  if (recipients !== null) {
    parts.push(`${recipients.toLocaleString("en")} recipient${recipients === 1 ? "" : "s"}`);
  }
  return parts.length === 0 ? "not computed" : parts.join(", ");
}
