// Where the text of a policy is written: numbered lines, and findings while one writes.

import type { ReactNode, UIEvent } from "react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { FindingView } from "@holdpoint/core/wire/response";
import { checkSource } from "../../api/policy-life.ts";
import { FindingItem } from "../../ui/finding-item.tsx";

/** A pause in writing, after which the text is checked. */
const settleMs = 500;

/** What the checks say about the text as it stands; the last answer stays while one writes on. */
export function useFindings(source: string): {
  readonly findings: readonly FindingView[];
  readonly isLoading: boolean;
} {
  const [settled, setSettled] = useState(source);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(source), settleMs);
    return () => clearTimeout(timer);
  }, [source]);
  const check = useQuery({
    queryKey: ["policy-check", settled],
    queryFn: () => checkSource(settled),
    enabled: settled !== "",
    gcTime: 0,
    placeholderData: (before) => before,
  });
  return { findings: check.data?.findings ?? [], isLoading: settled !== source };
}

export function Editor({
  source,
  findings,
  isReadOnly,
  onChange,
  children,
}: {
  source: string;
  findings: readonly FindingView[];
  isReadOnly: boolean;
  onChange: (source: string) => void;
  /** What stands between the text and its findings: the buttons. */
  children?: ReactNode;
}): ReactNode {
  const id = useId();
  const gutter = useRef<HTMLPreElement>(null);
  const text = useRef<HTMLTextAreaElement>(null);
  const count = useMemo(() => source.split("\n").length, [source]);
  const marks = useMemo(() => numbered(count, findings), [count, findings]);
  const follow = (event: UIEvent<HTMLTextAreaElement>): void => {
    if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
  };
  const goTo = (line: number): void => {
    const area = text.current;
    if (area === null) return;
    const at = source.split("\n", line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    area.focus();
    area.setSelectionRange(at, at);
    area.scrollTop = ((line - 4) / count) * area.scrollHeight;
  };
  return (
    <div className="hp-stack-tight">
      <label htmlFor={id}>Policy file</label>
      <div className="hp-editor">
        <pre ref={gutter} aria-hidden="true">
          {marks}
        </pre>
        <textarea
          id={id}
          ref={text}
          value={source}
          readOnly={isReadOnly}
          rows={24}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          onScroll={follow}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </div>
      {children}
      <FindingLinks findings={findings} goTo={goTo} />
    </div>
  );
}

/** The numbers of the lines, with a sign where something was found. */
function numbered(count: number, findings: readonly FindingView[]): string {
  const marked = new Map(findings.map((finding) => [finding.line, finding.severity]));
  const signs = { error: "✕", warning: "!", note: "·" } as const;
  const lines: string[] = [];
  for (let line = 1; line <= count; line += 1) {
    const severity = marked.get(line);
    lines.push(`${severity === undefined ? " " : signs[severity]} ${line}`);
  }
  return lines.join("\n");
}

const shownMax = 60;

interface LinkProps {
  readonly findings: readonly FindingView[];
  goTo(line: number): void;
}

/** Notes ask for nothing, so they are folded away. */
function FindingLinks({ findings, goTo }: LinkProps): ReactNode {
  const notes = findings.filter(({ severity }) => severity === "note");
  const urgent = findings.filter(({ severity }) => severity !== "note");
  return (
    <div aria-live="polite" className="hp-stack-tight">
      {findings.length === 0 && <p className="hp-muted hp-small">The checks find nothing.</p>}
      <FindingList findings={urgent} goTo={goTo} />
      {notes.length > 0 && (
        <details>
          <summary>
            {notes.length} note{notes.length === 1 ? "" : "s"}
          </summary>
          <FindingList findings={notes} goTo={goTo} />
        </details>
      )}
    </div>
  );
}

function FindingList({ findings, goTo }: LinkProps): ReactNode {
  return (
    <>
      <ul className="hp-stack-tight">
        {findings.slice(0, shownMax).map((finding, index) => (
          <FindingItem
            key={index}
            finding={finding}
            place={
              <button type="button" className="hp-link" onClick={() => goTo(finding.line)}>
                line {finding.line}
              </button>
            }
          />
        ))}
      </ul>
      {findings.length > shownMax && (
        <p className="hp-muted hp-small">And {findings.length - shownMax} more.</p>
      )}
    </>
  );
}
