// The calendars that say who is on duty or what is a holiday: when they were read, and what is wrong.

import type { ReactNode } from "react";
import type { RosterView } from "@holdpoint/core/wire/people";
import { Ago } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";

export function RosterLine({ roster }: { roster: RosterView }): ReactNode {
  const { name, source, fetched_at, error, stale } = roster;
  return (
    <div>
      <strong className="hp-code">{name}</strong>{" "}
      <span className="hp-muted hp-small">
        <Untrusted text={source} />
        {" · "}
        {fetched_at === null ? (
          "never read"
        ) : (
          <>
            read <Ago at={fetched_at} />
          </>
        )}
      </span>{" "}
      {stale && <span className="hp-badge hp-tone-hold">Out of date</span>}
      {error !== null && (
        <div className="hp-clause-error hp-small">
          <Untrusted text={error} />
        </div>
      )}
    </div>
  );
}
