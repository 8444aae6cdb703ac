// What changes: values before and after, or the lines of a computed difference.

import type { ReactNode } from "react";
import { useId, useMemo, useState } from "react";
import { JsonValue } from "./json-view.tsx";
import { useReveal } from "./reveal.tsx";
import { Untrusted } from "./untrusted.tsx";

export interface Change {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export function ChangeList({
  changes,
  mustSee = false,
}: {
  changes: readonly Change[];
  mustSee?: boolean;
}): ReactNode {
  return (
    <ul className="hp-changes">
      {changes.map((change) => (
        <li key={change.path}>
          <div className="hp-change-path hp-code">
            <Untrusted text={change.path === "" ? "whole value" : change.path} />
          </div>
          <div className="hp-change hp-minus">
            <span className="hp-change-word">before</span>
            <JsonValue value={change.before} label={`${change.path} before`} mustSee={mustSee} />
          </div>
          <div className="hp-change hp-plus">
            <span className="hp-change-word">after</span>
            <JsonValue value={change.after} label={`${change.path} after`} mustSee={mustSee} />
          </div>
        </li>
      ))}
    </ul>
  );
}

const linesShown = 24;

function toneOf(line: string): string {
  if (line.startsWith("+++") || line.startsWith("---") || line.startsWith("@@"))
    return "hp-meta-line";
  if (line.startsWith("+")) return "hp-plus";
  if (line.startsWith("-")) return "hp-minus";
  return "";
}

export function DiffText({
  text,
  mustSee = false,
}: {
  text: string;
  mustSee?: boolean;
}): ReactNode {
  const lines = useMemo(() => text.split("\n"), [text]);
  const [whole, setWhole] = useState(false);
  const id = useId();
  const long = lines.length > linesShown;
  useReveal(id, mustSee && long && !whole);
  const head = long && !whole ? lines.slice(0, linesShown - 8) : lines;
  const tail = long && !whole ? lines.slice(-8) : [];
  return (
    <div className="hp-diff">
      <div className="hp-diff-lines">
        {head.map((line, index) => (
          <div key={index} className={toneOf(line)}>
            <Untrusted text={line} lines />
          </div>
        ))}
        {tail.length > 0 && (
          <div className="hp-cut">
            … {lines.length - head.length - tail.length} lines not shown …
          </div>
        )}
        {tail.map((line, index) => (
          <div key={lines.length - tail.length + index} className={toneOf(line)}>
            <Untrusted text={line} lines />
          </div>
        ))}
      </div>
      {long && (
        <button type="button" className="hp-more" onClick={() => setWhole(!whole)}>
          {whole ? "Show less" : `Show all ${lines.length} lines`}
        </button>
      )}
    </div>
  );
}
