// Part 3 of the card: the rule that fired, what it checked, what was on trial.

import type { ReactNode } from "react";
import type { CardView } from "@holdpoint/core/wire/response";
import { Clauses, TraceView, Warnings } from "../../ui/trace-view.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { Section } from "./section.tsx";

export function WhySection({ card }: { card: CardView }): ReactNode {
  const winner = card.trace?.rules.find((rule) => rule.won);
  return (
    <Section title="Why it is held">
      <p>
        <Untrusted text={card.policy_reason} />
      </p>
      <p className="hp-small hp-muted">
        {card.policy_rule_id === null ? (
          "No rule matched; the default of the policy asks for people."
        ) : (
          <>
            Rule{" "}
            <span className="hp-code">
              <Untrusted text={card.policy_rule_id} />
            </span>
          </>
        )}
        {" · policy "}
        <span className="hp-code" title={card.policy_snapshot}>
          {shortSnapshot(card.policy_snapshot)}
        </span>
      </p>
      {winner && <Clauses clauses={winner.clauses} />}
      {card.warnings.length > 0 && (
        <div>
          <h3>Rules on trial that matched</h3>
          <Warnings warnings={card.warnings} />
        </div>
      )}
      {card.trace !== null && (
        <details>
          <summary>All rules that were checked</summary>
          <TraceView trace={card.trace} />
        </details>
      )}
    </Section>
  );
}

export function shortSnapshot(snapshot: string): string {
  const at = snapshot.lastIndexOf("sha256:");
  return at < 0 ? snapshot : snapshot.slice(at + 7, at + 19);
}
