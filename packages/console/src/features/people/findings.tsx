// What is wrong with a people file or with one person, line by line, and a problem with its findings.

import type { ReactNode } from "react";
import type { FindingView } from "@holdpoint/core/wire/response";
import { asProblem } from "../../api/problem.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";

const tones = { error: "stop", warning: "hold", note: "quiet" } as const;

export function FindingList({ findings }: { findings: readonly FindingView[] }): ReactNode {
  if (findings.length === 0) return null;
  return (
    <ul className="hp-stack-tight" aria-label="Findings">
      {findings.map((finding, index) => (
        <li key={index}>
          <span className={`hp-badge hp-tone-${tones[finding.severity]}`}>{finding.severity}</span>{" "}
          {finding.line > 0 && <span className="hp-muted">line {finding.line}: </span>}
          <Untrusted text={finding.message} />
          {finding.help !== null && (
            <div className="hp-muted hp-small">
              <Untrusted text={finding.help} />
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

export function ProblemWithFindings({ fault }: { fault: unknown }): ReactNode {
  return (
    <div className="hp-stack-tight">
      <ProblemNotice fault={fault} />
      <FindingList findings={asProblem(fault).findings} />
    </div>
  );
}
