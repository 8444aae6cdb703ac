// What all reports of a policy share: a verdict, a number with its words, a table that fits a phone.

import type { ReactNode } from "react";
import type { Verdict } from "@holdpoint/core/policy/report";
import { DecisionBadge } from "../../ui/state-badge.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";

/** A decision and the rule that gave it. */
export function VerdictWords({ verdict }: { verdict: Verdict }): ReactNode {
  return (
    <span className="hp-row-wrap">
      <DecisionBadge decision={verdict.decision.toUpperCase()} />
      <span className="hp-code hp-muted">
        {verdict.rule === null ? "default" : <Untrusted text={verdict.rule} />}
      </span>
    </span>
  );
}

export function Counts({
  items,
}: {
  items: readonly {
    readonly count: number;
    readonly words: string;
    readonly tone?: "go" | "stop" | "hold" | "quiet";
  }[];
}): ReactNode {
  return (
    <ul className="hp-counts">
      {items.map(({ count, words, tone = "quiet" }) => (
        <li key={words}>
          <span className={`hp-badge hp-tone-${tone} hp-num`}>{count.toLocaleString("en")}</span>{" "}
          {words}
        </li>
      ))}
    </ul>
  );
}

/** The text of an action, opened when somebody wants to read it. */
export function ActionText({ action, name }: { action: unknown; name: string }): ReactNode {
  return (
    <details>
      <summary>{name}</summary>
      <pre className="hp-code hp-block hp-small">
        <Untrusted text={JSON.stringify(action, null, 2)} lines />
      </pre>
    </details>
  );
}

/** The first letters of a digest, for people; the whole stands in the title. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}
