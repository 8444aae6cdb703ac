// What the tests of a policy say, and what they never reach.

import type { ReactNode } from "react";
import type { CoverageGap, TestReport, TestResult } from "@holdpoint/core/policy/report";
import { Clauses } from "../../ui/trace-view.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { Counts, VerdictWords } from "./report-parts.tsx";

export function TestReportView({ report }: { report: TestReport }): ReactNode {
  const failed = report.tests.filter((test) => !test.ok);
  const gaps = report.coverage.rules.filter((rule) => rule.gaps.length > 0);
  return (
    <section className="hp-stack-tight" aria-label="Tests">
      <h3>Tests</h3>
      <Counts
        items={[
          { count: report.passed, words: "passed", tone: "go" },
          { count: report.failed, words: "failed", tone: report.failed > 0 ? "stop" : "quiet" },
          { count: report.coverage.percent, words: "% of rules and conditions reached" },
        ]}
      />
      {failed.map((test) => (
        <FailedTest key={`${test.file ?? ""}/${test.name}`} test={test} />
      ))}
      {gaps.length > 0 && (
        <details>
          <summary>
            {gaps.length} rule{gaps.length === 1 ? "" : "s"} not fully tested
          </summary>
          <ul>
            {gaps.map((rule) => (
              <li key={rule.rule}>
                <span className="hp-code">
                  <Untrusted text={rule.rule} />
                </span>
                : {rule.gaps.map((gap) => gapWords[gap]).join(", ")}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

const gapWords: Readonly<Record<CoverageGap, string>> = {
  never_matched: "never matched",
  never_won: "never decided",
  condition_never_true: "condition never true",
  condition_never_false: "condition never false",
};

function FailedTest({ test }: { test: TestResult }): ReactNode {
  const { expected, actual } = test;
  const decided = test.trace.find((rule) => rule.won);
  return (
    <article className="hp-rule">
      <strong>
        <Untrusted text={test.name} />
      </strong>
      <p className="hp-small">
        Wrong: {test.wrong.join(", ").replaceAll("_", " ")}. Expected{" "}
        <span className="hp-code">
          <Untrusted text={JSON.stringify(expected)} />
        </span>
        , got <VerdictWords verdict={actual} /> <Untrusted text={actual.reason} />
      </p>
      {decided !== undefined && <Clauses clauses={decided.clauses} />}
    </article>
  );
}
