// What is wrong with a people file or with one person, line by line, and a problem with its findings.

import type { ReactNode } from "react";
import type { FindingView } from "@holdpoint/core/wire/response";
import { asProblem } from "../../api/problem.ts";
import { FindingItem } from "../../ui/finding-item.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";

export function FindingList({ findings }: { findings: readonly FindingView[] }): ReactNode {
  if (findings.length === 0) return null;
  return (
    <ul className="hp-stack-tight" aria-label="Findings">
      {findings.map((finding, index) => (
        <FindingItem
          key={index}
          finding={finding}
          place={finding.line > 0 && <span className="hp-muted">line {finding.line}: </span>}
        />
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
