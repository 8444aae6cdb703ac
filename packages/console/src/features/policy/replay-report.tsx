// What a policy would have decided on the record: how much of it counts first, then what changes.

import type { ReactNode } from "react";
import { Link } from "react-router";
import type { ReplayObstacle, ReplayReport, ReviewLoad } from "@holdpoint/core/policy/report";
import { paths } from "../../paths.ts";
import { DecisionBadge } from "../../ui/state-badge.tsx";
import { At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { Counts, VerdictWords } from "./report-parts.tsx";

export function ReplayReportView({ report }: { report: ReplayReport }): ReactNode {
  const { coverage } = report;
  return (
    <section className="hp-stack-tight" aria-label="Replay">
      <h3>Replay on the record</h3>
      <p>
        <strong className="hp-num">
          {coverage.replayable} of {coverage.decisions}
        </strong>{" "}
        decisions can be made again.
      </p>
      {coverage.not_replayable.length > 0 && (
        <ul className="hp-small hp-muted">
          {coverage.not_replayable.map(({ why, count }) => (
            <li key={why}>
              {count} not: {obstacleWords[why]}
            </li>
          ))}
        </ul>
      )}
      <Counts
        items={[
          { count: report.same, words: "the same" },
          {
            count: report.loosened,
            words: "loosened",
            tone: report.loosened > 0 ? "stop" : "quiet",
          },
          {
            count: report.tightened,
            words: "tightened",
            tone: report.tightened > 0 ? "hold" : "quiet",
          },
        ]}
      />
      <Transitions report={report} />
      <Load before={report.load.before} after={report.load.after} />
      <Agreement report={report} />
      <Samples report={report} />
    </section>
  );
}

const obstacleWords: Readonly<Record<ReplayObstacle, string>> = {
  input_not_recorded: "what they were decided from was not recorded",
  payload_erased: "their payload was erased",
  record_damaged: "their record cannot be read",
  masked_value: "a condition reads a value that is hidden in the record",
  history_not_recorded: "history was not looked up when they were decided",
  velocity_not_counted: "a rule counts what was not counted then",
};

function Transitions({ report }: { report: ReplayReport }): ReactNode {
  if (report.transitions.length === 0) return null;
  return (
    <div className="hp-scroll">
      <table className="hp-table">
        <caption className="hp-sr">Decisions before and after</caption>
        <thead>
          <tr>
            <th scope="col">was</th>
            <th scope="col">would be</th>
            <th scope="col">actions</th>
          </tr>
        </thead>
        <tbody>
          {report.transitions.map(({ from, to, count }) => (
            <tr key={`${from} ${to}`}>
              <td>
                <DecisionBadge decision={from.toUpperCase()} />
              </td>
              <td>
                <DecisionBadge decision={to.toUpperCase()} />
              </td>
              <td className="hp-num">{count.toLocaleString("en")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Load({ before, after }: { before: ReviewLoad; after: ReviewLoad }): ReactNode {
  const busiest = (load: ReviewLoad): number =>
    Math.max(0, ...load.reviewers.map((one) => one.busiest_hour));
  const rows = [
    { words: "cards for people", before: before.cards, after: after.cards },
    { words: "of them at night", before: before.night_pages, after: after.night_pages },
    {
      words: "most for one reviewer within an hour",
      before: busiest(before),
      after: busiest(after),
    },
  ];
  return (
    <div className="hp-scroll">
      <table className="hp-table">
        <caption className="hp-sr">Load of the reviewers</caption>
        <thead>
          <tr>
            <th scope="col">load</th>
            <th scope="col">was</th>
            <th scope="col">would be</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.words}>
              <th scope="row">{row.words}</th>
              <td className="hp-num">{row.before}</td>
              <td className="hp-num">{row.after}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Agreement({ report }: { report: ReplayReport }): ReactNode {
  const decided = report.agreement.filter(
    (one) => one.would_allow + one.would_hold + one.would_deny > 0,
  );
  if (decided.length === 0) return null;
  return (
    <ul>
      {decided.map((one) => (
        <li key={one.people}>
          What people <strong>{one.people === "expired" ? "let expire" : one.people}</strong>: would
          run {one.would_allow}, wait {one.would_hold}, be denied {one.would_deny}
        </li>
      ))}
    </ul>
  );
}

function Samples({ report }: { report: ReplayReport }): ReactNode {
  if (report.samples.length === 0) return null;
  return (
    <details>
      <summary>
        {report.samples.length} action{report.samples.length === 1 ? "" : "s"} that would change
      </summary>
      <ul className="hp-stack-tight">
        {report.samples.map((sample) => (
          <li key={sample.job} className="hp-rule">
            <p>
              <Link to={paths.job(sample.job)} className="hp-code">
                <Untrusted text={sample.job} />
              </Link>
              , <At at={sample.at} />
            </p>
            <p className="hp-row-wrap">
              <VerdictWords verdict={sample.before} /> <span aria-label="becomes">→</span>{" "}
              <VerdictWords verdict={sample.after} />
            </p>
            <p className="hp-small hp-muted">
              <Untrusted text={sample.reason} />
            </p>
          </li>
        ))}
      </ul>
    </details>
  );
}
