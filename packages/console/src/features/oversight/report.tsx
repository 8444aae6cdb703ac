// The report of overrides for a period: how many, by whom, and what became of their reviews.

import type { ReactNode } from "react";
import { useState } from "react";
import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { GovernanceReport } from "@holdpoint/core/wire/governance";
import { getReport, oversightKeys } from "../../api/governance.ts";
import { serverNow } from "../../api/server-clock.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { spanInWords } from "../../ui/span.ts";
import { Untrusted } from "../../ui/untrusted.tsx";

const dayMs = 86_400_000;
const daysShown = 30;

/** A day of the reader's calendar, as date inputs write it. */
function dayOf(ms: number): string {
  const at = new Date(ms);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Midnight at which that day, or a later one, begins where the reader is; null when it is no date. */
function beginOf(day: string, later = 0): string | null {
  const at = new Date(`${day}T00:00:00`);
  if (Number.isNaN(at.getTime())) return null;
  at.setDate(at.getDate() + later);
  return at.toISOString();
}

export function Report(): ReactNode {
  const [first, setFirst] = useState(() => dayOf(serverNow() - daysShown * dayMs));
  const [last, setLast] = useState(() => dayOf(serverNow()));
  const from = beginOf(first);
  const to = beginOf(last, 1);
  const isSpan = from !== null && to !== null && from < to;
  const report = useQuery({
    queryKey: oversightKeys.report(from ?? "", to ?? ""),
    queryFn: ({ signal }) => getReport(from ?? "", to ?? "", signal),
    enabled: isSpan,
  });
  return (
    <section className="hp-panel hp-stack" aria-label="Report">
      <h2>Report</h2>
      <div className="hp-span">
        <TextInput
          type="date"
          label="First day"
          value={first}
          onChange={(event) => setFirst(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label="Last day"
          value={last}
          onChange={(event) => setLast(event.currentTarget.value)}
        />
      </div>
      {!isSpan && <p className="hp-muted">The last day comes before the first one.</p>}
      {report.isError && <ProblemNotice fault={report.error} retry={() => void report.refetch()} />}
      {report.data !== undefined && isSpan && <Figures report={report.data} />}
    </section>
  );
}

function Figures({ report }: { report: GovernanceReport }): ReactNode {
  const { median_close_ms: median } = report;
  const figures: readonly (readonly [string, string])[] = [
    ["Overrides", String(report.overrides)],
    ["Legitimate", String(report.legitimate)],
    ["Not legitimate", String(report.not_legitimate)],
    ["Not judged yet", String(report.open)],
    ["Overdue", String(report.overdue)],
    ["Median time to judge", median === null ? "–" : spanInWords(median)],
    ["Findings opened", String(report.findings_opened)],
  ];
  return (
    <>
      {!report.complete && (
        <p className="hp-muted">The period holds more overrides than one report looks at.</p>
      )}
      <dl className="hp-figures">
        {figures.map(([name, figure]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="hp-num">{figure}</dd>
          </div>
        ))}
      </dl>
      <Counted title="By person" rows={report.by_person} />
      <Counted title="By rule" rows={report.by_rule} />
      <Counted title="By agent" rows={report.by_agent} />
    </>
  );
}

function Counted({
  title,
  rows,
}: {
  title: string;
  rows: GovernanceReport["by_person"];
}): ReactNode {
  if (rows.length === 0) return null;
  return (
    <table className="hp-table hp-counted">
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <th scope="col">Overrides</th>
          <th scope="col">Legitimate</th>
          <th scope="col">Not</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <th scope="row">
              <Untrusted text={row.name ?? row.id} />
            </th>
            <td className="hp-num">{row.overrides}</td>
            <td className="hp-num">{row.legitimate}</td>
            <td className="hp-num">{row.not_legitimate}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
