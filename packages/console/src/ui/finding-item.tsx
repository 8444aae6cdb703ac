// One finding about a file: how bad it is, where, what is wrong, and what to do about it.

import type { ReactNode } from "react";
import type { FindingView } from "@holdpoint/core/wire/response";
import { Untrusted } from "./untrusted.tsx";

const tones = { error: "stop", warning: "hold", note: "quiet" } as const;

interface FindingItemProps {
  readonly finding: FindingView;
  /** The place, as text or as a way to it. */
  readonly place: ReactNode;
}

export function FindingItem({ finding, place }: FindingItemProps): ReactNode {
  return (
    <li>
      <span className={`hp-badge hp-tone-${tones[finding.severity]}`}>{finding.severity}</span>{" "}
      {place} <Untrusted text={finding.message} />{" "}
      <span className="hp-code hp-muted">{finding.code}</span>
      {finding.help !== null && (
        <div className="hp-muted hp-small">
          <Untrusted text={finding.help} />
        </div>
      )}
    </li>
  );
}
