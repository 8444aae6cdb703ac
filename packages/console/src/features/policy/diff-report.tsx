// What another policy would change: the text of its rules, and which actions it loosens or tightens.

import type { ReactNode } from "react";
import type { Difference, DiffReport, SectionChange } from "@holdpoint/core/policy/report";
import { ChangeList } from "../../ui/diff-view.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { ActionText, Counts, VerdictWords } from "./report-parts.tsx";

export function DiffReportView({ report }: { report: DiffReport }): ReactNode {
  const { actions } = report;
  if (report.identical) {
    return (
      <section aria-label="Difference">
        <h3>Difference</h3>
        <p>It is the policy that is active.</p>
      </section>
    );
  }
  return (
    <section className="hp-stack-tight" aria-label="Difference">
      <h3>Difference</h3>
      <Counts
        items={[
          {
            count: actions.loosened,
            words: "actions loosened",
            tone: actions.loosened > 0 ? "stop" : "quiet",
          },
          {
            count: actions.tightened,
            words: "tightened",
            tone: actions.tightened > 0 ? "hold" : "quiet",
          },
          { count: actions.same, words: "the same" },
        ]}
      />
      <p className="hp-muted hp-small">
        Decided by both: {actions.recorded} recorded, {actions.tests} from tests,{" "}
        {actions.boundaries} made up at the edges of rules
        {actions.limited && " (more were possible)"}.
      </p>
      <Differences title="Loosened" items={report.loosened} />
      <Differences title="Tightened" items={report.tightened} />
      {report.changes.length > 0 && (
        <details>
          <summary>
            {report.changes.length} change{report.changes.length === 1 ? "" : "s"} in the file
          </summary>
          <ul className="hp-stack-tight">
            {report.changes.map((change) => (
              <li key={`${change.section}/${change.id ?? ""}`}>
                <Changed change={change} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Differences({ title, items }: { title: string; items: readonly Difference[] }): ReactNode {
  if (items.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul className="hp-stack-tight">
        {items.map((item, index) => (
          <li key={index} className="hp-rule">
            <p className="hp-row-wrap">
              <VerdictWords verdict={item.before} /> <span aria-label="becomes">→</span>{" "}
              <VerdictWords verdict={item.after} />
            </p>
            <p className="hp-muted hp-small">
              {item.count} action{item.count === 1 ? "" : "s"}; differs: {item.about.join(", ")}
            </p>
            {item.examples.slice(0, 3).map((example, at) => (
              <ActionText
                key={at}
                action={example.action}
                name={`Example, ${example.origin}: ${example.from}`}
              />
            ))}
          </li>
        ))}
      </ul>
    </>
  );
}

const kindWords = { added: "New", removed: "Gone", changed: "Changed" } as const;

function Changed({ change }: { change: SectionChange }): ReactNode {
  return (
    <>
      <p>
        {kindWords[change.kind]}:{" "}
        <span className="hp-code">
          {change.section}
          {change.id !== null && (
            <>
              {" "}
              <Untrusted text={change.id} />
            </>
          )}
        </span>
      </p>
      {change.members.length > 0 && <ChangeList changes={change.members} />}
    </>
  );
}
