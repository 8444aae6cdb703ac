// One hold in the queue: what, why, who, and how long it still waits.

import type { ReactNode } from "react";
import { memo } from "react";
import { Link } from "react-router";
import type { ApprovalItem, RequirementView } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import { paths } from "../../paths.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Ago, thenWhat, TimeLeft } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import type { Row } from "./merge.ts";

interface Props {
  readonly row: Row;
  readonly selected: boolean;
  onFocus(id: string): void;
}

export const InboxRow = memo(function InboxRow({ row, selected, onFocus }: Props): ReactNode {
  const { item } = row;
  const settled = row.gone || !isWaiting(row.state);
  return (
    <li data-selected={selected}>
      <Link
        to={paths.approval(item.job.id)}
        className="hp-row"
        data-job={item.job.id}
        data-risk={item.risk.level}
        data-settled={settled}
        onFocus={() => onFocus(item.job.id)}
      >
        <div>
          <div className="hp-row-title">
            <Untrusted text={item.decision_summary.title} />
          </div>
          <div className="hp-row-why">
            <Untrusted text={item.policy_reason} />
          </div>
          <div className="hp-row-meta">
            {item.environment !== null && (
              <span className="hp-tag">
                <Untrusted text={item.environment} />
              </span>
            )}
            {item.risk.level !== "low" && <span>{item.risk.level} risk</span>}
            <span className="hp-code">{item.topic}</span>
            <span>
              by <Untrusted text={item.agent} />
            </span>
          </div>
        </div>
        <div className="hp-row-end">
          {settled ? <Settled row={row} /> : <Waiting item={item} />}
        </div>
      </Link>
    </li>
  );
});

function Waiting({ item }: { item: ApprovalItem }): ReactNode {
  return (
    <>
      {item.expires_at === null ? (
        <span>no time limit</span>
      ) : (
        <>
          <span className="hp-time">
            <TimeLeft until={item.expires_at} />
          </span>
          <span>{thenWhat(item.on_timeout)}</span>
        </>
      )}
      <span>{askedInWords(item.requirements)}</span>
    </>
  );
}

function Settled({ row }: { row: Row }): ReactNode {
  const { item, heard } = row;
  if (row.gone) return <span className="hp-badge hp-tone-quiet">No longer waiting</span>;
  const by = heard?.by ?? item.resolved_by;
  const at = heard?.at ?? item.resolved_at;
  return (
    <>
      <StateBadge state={row.state} />
      {by !== null && (
        <span>
          by <Untrusted text={by} />
        </span>
      )}
      {at !== null && at !== "" && <Ago at={at} />}
    </>
  );
}

/** The list does not count votes; the card does. */
function askedInWords(requirements: readonly RequirementView[]): string {
  const asked = requirements.reduce((sum, one) => sum + one.count, 0);
  return asked === 0 ? "" : `asks for ${asked} approval${asked === 1 ? "" : "s"}`;
}
