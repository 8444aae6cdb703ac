// Draws JSON values exactly: typed, hidden characters written out, long ones cut in the middle.

import type { ReactNode } from "react";
import { LongText, MixedWarning, Untrusted } from "./untrusted.tsx";

export function JsonValue({
  value,
  label,
  mustSee = false,
}: {
  value: unknown;
  label: string;
  mustSee?: boolean;
}): ReactNode {
  if (typeof value === "string") {
    const many = value.includes("\n");
    return (
      <span className={many ? "hp-code hp-block" : "hp-code"}>
        <span className="hp-quote">"</span>
        <LongText text={value} lines={many} label={label} mustSee={mustSee} />
        <span className="hp-quote">"</span> <MixedWarning text={value} />
      </span>
    );
  }
  if (value === undefined) return <span className="hp-muted">not there</span>;
  if (value === null || typeof value !== "object") {
    return <span className="hp-code hp-literal">{JSON.stringify(value)}</span>;
  }
  const flat = JSON.stringify(value);
  const text = flat.length <= 60 ? flat : JSON.stringify(value, null, 2);
  return (
    <span className={flat.length <= 60 ? "hp-code" : "hp-code hp-block"}>
      <LongText text={text} lines lengthMax={900} linesMax={22} label={label} mustSee={mustSee} />
    </span>
  );
}

/** The members of an object as a list of names and values. */
export function JsonTable({
  value,
  empty,
  mustSee = false,
}: {
  value: Readonly<Record<string, unknown>>;
  empty: string;
  mustSee?: boolean;
}): ReactNode {
  const entries = Object.entries(value);
  if (entries.length === 0) return <p className="hp-muted">{empty}</p>;
  return (
    <dl className="hp-pairs">
      {entries.map(([name, member]) => (
        <div key={name}>
          <dt>
            <Untrusted text={name} />
          </dt>
          <dd>
            <JsonValue value={member} label={name} mustSee={mustSee} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
