// The active policy as it was written, with line numbers, colours and marks where a check found something.

import type { ReactNode } from "react";
import { useMemo, useState } from "react";
import type { FindingView } from "@holdpoint/core/wire/response";
import { segmentsOf } from "../../ui/visible-text.ts";
import { FindingItem } from "../../ui/finding-item.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { tokensOf } from "./yaml-tokens.ts";

/** A policy may have tens of thousands of lines; the page draws them in parts. */
const linesStep = 1_500;

export function SourceView({
  source,
  findings,
}: {
  source: string;
  findings: readonly FindingView[];
}): ReactNode {
  const lines = useMemo(() => source.replace(/\n$/, "").split("\n"), [source]);
  const [shown, setShown] = useState(linesStep);
  const severities = useMemo(
    () => new Map(findings.map((finding) => [finding.line, finding.severity])),
    [findings],
  );
  return (
    <section className="hp-source" aria-label="Policy source">
      <table>
        <tbody>
          {lines.slice(0, shown).map((line, index) => (
            <tr key={index} id={`line-${index + 1}`} data-severity={severities.get(index + 1)}>
              <td>{index + 1}</td>
              <td>
                <Line line={line} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > shown && (
        <button type="button" className="hp-more" onClick={() => setShown(shown + linesStep)}>
          Show more of the {lines.length.toLocaleString("en")} lines
        </button>
      )}
    </section>
  );
}

function Line({ line }: { line: string }): ReactNode {
  if (segmentsOf(line, true).some((segment) => segment.kind === "hidden")) {
    return <Untrusted text={line} lines />;
  }
  return tokensOf(line).map((token, index) => (
    <span key={index} className={`hp-token-${token.kind}`}>
      {token.text}
    </span>
  ));
}

export function Findings({ findings }: { findings: readonly FindingView[] }): ReactNode {
  if (findings.length === 0) {
    return (
      <p className="hp-muted hp-small">It loads without a warning. Drafts are checked for more.</p>
    );
  }
  return (
    <ul className="hp-stack-tight">
      {findings.map((finding, index) => (
        <FindingItem
          key={index}
          finding={finding}
          place={<a href={`#line-${finding.line}`}>line {finding.line}</a>}
        />
      ))}
    </ul>
  );
}
