// Part 6 of the card, last: the agent's own words, boxed, flagged, never interpreted.

import type { ReactNode } from "react";
import type { CardView } from "@holdpoint/core/wire/response";
import { JsonTable } from "../../ui/json-view.tsx";
import { LongText, MixedWarning, Untrusted } from "../../ui/untrusted.tsx";
import { Flags } from "./flags.tsx";
import { Section } from "./section.tsx";

export function ClaimsSection({ card }: { card: CardView }): ReactNode {
  const { claims, evidence } = card;
  const texts: readonly (readonly [string, string | null])[] = [
    ["Title", claims.title],
    ["Reasoning", claims.reasoning],
    ["The instruction it follows", claims.instruction],
    ["If approved", claims.if_approved],
    ["If rejected", claims.if_rejected],
  ];
  const said = texts.filter((entry): entry is readonly [string, string] => Boolean(entry[1]));
  const signals = Object.keys(claims.signals).length > 0;
  const silent = said.length === 0 && claims.confidence === null && !signals;
  return (
    <Section title="Claimed by the agent" className="hp-claims">
      <p className="hp-small hp-muted">Not checked by anybody. Decide by what stands above.</p>
      <Flags flags={claims.flags} />
      {silent && <p className="hp-muted">The agent said nothing about it.</p>}
      <dl className="hp-claim-list">
        {said.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <LongText text={text} lines lengthMax={600} linesMax={12} label={name} />{" "}
              <MixedWarning text={text} />
            </dd>
          </div>
        ))}
        {claims.confidence !== null && (
          <div>
            <dt>Confidence, by its own account</dt>
            <dd className="hp-num">{Math.round(claims.confidence * 100)} %</dd>
          </div>
        )}
      </dl>
      {signals && (
        <details>
          <summary>Signals it reports</summary>
          <JsonTable value={claims.signals} empty="" />
        </details>
      )}
      {evidence.length > 0 && <Evidence evidence={evidence} />}
    </Section>
  );
}

/** SECURITY: an address that an agent gives is drawn as text; it is no link and is never fetched. */
function Evidence({ evidence }: { evidence: CardView["evidence"] }): ReactNode {
  return (
    <div>
      <h3>Attached by the agent</h3>
      <ul className="hp-stack-tight">
        {evidence.map((piece, index) => (
          <li key={index}>
            <strong>
              <Untrusted text={piece.label} />
            </strong>
            {piece.uri !== null && (
              <div className="hp-code hp-muted">
                <LongText text={piece.uri} label={`address of ${piece.label}`} lengthMax={160} />
              </div>
            )}
            {piece.text !== null && (
              <div className="hp-evidence">
                <LongText text={piece.text} lines label={piece.label} lengthMax={500} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
