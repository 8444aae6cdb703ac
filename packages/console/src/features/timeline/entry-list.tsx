// What happened to a job, one line each, with the rule trace and the raw event on demand.

import type { ReactNode } from "react";
import { CopyButton } from "../../ui/copy-button.tsx";
import { ChangeList } from "../../ui/diff-view.tsx";
import { JsonTable } from "../../ui/json-view.tsx";
import { gapInWords } from "../../ui/span.ts";
import { DecisionBadge } from "../../ui/state-badge.tsx";
import { At } from "../../ui/time.tsx";
import { TraceView } from "../../ui/trace-view.tsx";
import { LongText, Untrusted } from "../../ui/untrusted.tsx";
import { effectChange } from "./event-words.ts";
import type { Entry } from "./flow.ts";

export function EntryList({ entries }: { entries: readonly Entry[] }): ReactNode {
  return (
    <ol className="hp-entries" aria-label="What happened">
      {entries.map((entry, index) => (
        <EntryLine key={entry.key} entry={entry} before={entries[index - 1] ?? null} />
      ))}
    </ol>
  );
}

function EntryLine({ entry, before }: { entry: Entry; before: Entry | null }): ReactNode {
  const gapMs = before === null ? 0 : Date.parse(entry.at) - Date.parse(before.at);
  return (
    <li>
      <div className="hp-entry-time">
        <At at={entry.at} />
        {gapMs > 0 && <small className="hp-num">+ {gapInWords(gapMs)}</small>}
      </div>
      <div className="hp-entry-stage">{entry.stage}</div>
      <div className="hp-stack-tight">
        <EntryWords entry={entry} />
        {entry.quote !== null && (
          <blockquote className="hp-quote-block hp-muted">
            <LongText text={entry.quote} lines label="what was written" />
          </blockquote>
        )}
        <ChangedEffect entry={entry} />
        <EntryMore entry={entry} />
      </div>
    </li>
  );
}

function EntryWords({ entry }: { entry: Entry }): ReactNode {
  const { actor } = entry;
  if (entry.stage === "decide") {
    return (
      <div className="hp-row-wrap">
        <DecisionBadge decision={entry.words} />
        <span>
          by rule{" "}
          <span className="hp-code">
            <Untrusted text={actor.id} />
          </span>
        </span>
      </div>
    );
  }
  return (
    <div>
      <strong>
        <Untrusted text={actor.name ?? actor.id} />
      </strong>{" "}
      <span className="hp-muted hp-small">({actor.kind.replaceAll("_", " ")})</span>{" "}
      <Untrusted text={entry.words} />
      {entry.code !== null && (
        <>
          {" "}
          <span className="hp-tag">
            <Untrusted text={entry.code} />
          </span>
        </>
      )}
    </div>
  );
}

/** What was shown to people, and what would have happened. */
function ChangedEffect({ entry: { event } }: { entry: Entry }): ReactNode {
  const change = event === null ? null : effectChange(event.payload);
  return change === null ? null : <ChangeList changes={[{ path: "effect", ...change }]} />;
}

function EntryMore({ entry }: { entry: Entry }): ReactNode {
  const { event, trace } = entry;
  if (event === null && trace === null) return null;
  return (
    <div className="hp-entry-more">
      {trace !== null && (
        <details open={entry.key === "decision-0"}>
          <summary>Why: the rules</summary>
          <TraceView trace={trace} />
        </details>
      )}
      {event !== null && (
        <details>
          <summary>Recorded as {event.type}</summary>
          <div className="hp-stack-tight">
            <p className="hp-small hp-muted">
              The leaf, exactly as the log hashes it ({event.leaf.length} characters).{" "}
              <CopyButton text={event.leaf} label={`the leaf of ${event.type}`} />
            </p>
            <pre className="hp-pre">
              <Untrusted text={event.leaf} lines />
            </pre>
            <h3>Payload</h3>
            {event.payload === null ? (
              <p className="hp-muted">Erased. The leaf above still verifies.</p>
            ) : (
              <JsonTable value={event.payload} empty="This event carries no words or values." />
            )}
          </div>
        </details>
      )}
    </div>
  );
}
