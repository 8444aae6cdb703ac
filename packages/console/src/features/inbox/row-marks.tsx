// The marks of a hold in the queue: who has it, overdue, widened, near to a rejected one.

import type { ReactNode } from "react";
import type { ApprovalItem } from "@holdpoint/core/wire/response";
import { Untrusted } from "../../ui/untrusted.tsx";

export function RowMarks({
  item,
  self,
}: {
  item: ApprovalItem;
  /** The names that the reader goes by. */
  self: readonly string[];
}): ReactNode {
  const { claim } = item;
  const isMine = claim !== null && self.includes(claim.person.id);
  return (
    <>
      {item.overdue && <span className="hp-badge hp-tone-stop">Overdue</span>}
      {item.near !== null && <span className="hp-badge hp-tone-stop">Near to a rejected one</span>}
      {item.level > 0 && (
        <span className="hp-badge hp-tone-hold">
          {item.level === 1 ? "Widened" : `Widened ${item.level} times`}
        </span>
      )}
      {claim !== null && (
        <span className={`hp-badge hp-tone-${isMine ? "work" : "quiet"}`}>
          {isMine ? (
            "You have it"
          ) : (
            <>
              <Untrusted text={claim.person.name ?? claim.person.id} /> has it
            </>
          )}
        </span>
      )}
    </>
  );
}
