// The rule trace: which rules were looked at, which clause matched or failed, and why.

import type { ReactNode } from "react";
import type { TraceView as Trace, JobView } from "@holdpoint/core/wire/response";
import { DecisionBadge } from "./state-badge.tsx";
import { Untrusted } from "./untrusted.tsx";

type RuleTrace = Trace["rules"][number];
type WarningView = JobView["warnings"][number];

export function TraceView({ trace }: { trace: Trace }): ReactNode {
  const matched = trace.rules.filter((rule) => rule.matched);
  const missed = trace.rules.filter((rule) => !rule.matched);
  return (
    <div className="hp-stack-tight">
      <p className="hp-muted hp-small">
        {combineWords[trace.combine]} {trace.rules_considered} of {trace.rules_total} rules came
        into question.
      </p>
      {matched.length === 0 && <p>No rule matched: the default of the policy decided.</p>}
      {matched.map((rule) => (
        <RuleBlock key={rule.rule} rule={rule} />
      ))}
      {trace.notes.length > 0 && (
        <ul className="hp-small hp-muted">
          {trace.notes.map((note) => (
            <li key={note}>
              <Untrusted text={note} />
            </li>
          ))}
        </ul>
      )}
      {missed.length > 0 && (
        <details>
          <summary>
            {missed.length} rule{missed.length === 1 ? "" : "s"} that did not match
          </summary>
          <div className="hp-stack-tight">
            {missed.map((rule) => (
              <RuleBlock key={rule.rule} rule={rule} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}

const combineWords = {
  strict: "The strictest matching rule wins.",
  first_match: "The first matching rule wins.",
} as const;

/** Rules in `warn` or `shadow` that matched: what would happen if they counted. */
export function Warnings({ warnings }: { warnings: readonly WarningView[] }): ReactNode {
  if (warnings.length === 0) return null;
  return (
    <ul className="hp-stack-tight">
      {warnings.map((warning) => (
        <li key={warning.rule} className="hp-row-wrap">
          <span className="hp-badge hp-tone-quiet">{warning.mode}</span>
          <DecisionBadge decision={warning.decision} />
          <span className="hp-code">
            <Untrusted text={warning.rule} />
          </span>
          <span className="hp-muted">
            <Untrusted text={warning.reason} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function RuleBlock({ rule }: { rule: RuleTrace }): ReactNode {
  return (
    <section className="hp-rule" data-won={rule.won} data-matched={rule.matched}>
      <header className="hp-row-wrap">
        <strong className="hp-code">
          <Untrusted text={rule.rule} />
        </strong>
        <DecisionBadge decision={rule.decision} />
        {rule.won && <span className="hp-badge hp-tone-quiet">decided</span>}
        {rule.invariant && <span className="hp-badge hp-tone-quiet">invariant</span>}
        {rule.mode !== undefined && rule.mode !== "enforce" && (
          <span className="hp-badge hp-tone-quiet">{rule.mode}: does not count</span>
        )}
        {rule.exception != null && (
          <span className="hp-badge hp-tone-hold">
            lifted by <Untrusted text={rule.exception} />
          </span>
        )}
      </header>
      <Clauses clauses={rule.clauses} />
    </section>
  );
}

export function Clauses({
  clauses,
}: {
  clauses: readonly RuleTrace["clauses"][number][];
}): ReactNode {
  if (clauses.length === 0) return <p className="hp-muted hp-small">Applies to every action.</p>;
  return (
    <ul className="hp-clauses">
      {clauses.map((clause) => (
        <li key={clause.clause + clause.because} data-matched={clause.matched}>
          <span className="hp-clause-sign" aria-hidden="true">
            {clause.error != null ? "?" : clause.matched ? "✓" : "✕"}
          </span>
          <span>
            <span className="hp-code">{clause.clause}</span>
            <span className="hp-sr">
              {clause.error != null
                ? " is not known: "
                : clause.matched
                  ? " matched: "
                  : " did not match: "}
            </span>{" "}
            <span className="hp-muted">
              <Untrusted text={clause.because} />
            </span>
            {clause.error != null && (
              <span className="hp-clause-error">
                {" "}
                could not be told: <Untrusted text={clause.error} />
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
