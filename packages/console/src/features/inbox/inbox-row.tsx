// One hold in the queue: what, why, who, and how long it still waits.

import type { ReactNode } from "react";
import { memo } from "react";
import { Checkbox } from "@mantine/core";
import { Link } from "react-router";
import type { ApprovalItem, RequirementView } from "@holdpoint/core/wire/response";
import { isWaiting } from "@holdpoint/core/job/state";
import { paths } from "../../paths.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Ago, thenWhat, TimeLeft } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { writtenOut } from "../../ui/visible-text.ts";
import type { Row } from "./merge.ts";
import { RowMarks } from "./row-marks.tsx";

interface Props {
  readonly row: Row;
  readonly selected: boolean;
  /** The names that the reader goes by. */
  readonly self: readonly string[];
  /** Null while nobody chooses several. */
  readonly pick: Pick | null;
  onFocus(id: string): void;
}

export interface Pick {
  readonly chosen: boolean;
  /** Why it cannot be chosen; null when it can. */
  readonly whyNot: string | null;
  toggle(id: string): void;
}

export const InboxRow = memo(function InboxRow(props: Props): ReactNode {
  const { row, selected, self, pick, onFocus } = props;
  const { item } = row;
  const settled = row.gone || !isWaiting(row.state);
  return (
    <li data-selected={selected}>
      {pick !== null && <PickBox item={item} pick={pick} settled={settled} />}
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
            {!settled && <RowMarks item={item} self={self} />}
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

function PickBox({
  item,
  pick,
  settled,
}: {
  item: ApprovalItem;
  pick: Pick;
  settled: boolean;
}): ReactNode {
  const why = settled ? "decided already" : pick.whyNot;
  const name = `Choose ${writtenOut(item.decision_summary.title, false)}`;
  return (
    <div className="hp-row-pick" title={why ?? undefined}>
      <Checkbox
        aria-label={why === null ? name : `${name}: ${why}`}
        checked={pick.chosen}
        disabled={why !== null && !pick.chosen}
        onChange={() => pick.toggle(item.job.id)}
      />
    </div>
  );
}

function Waiting({ item }: { item: ApprovalItem }): ReactNode {
  if (item.decision === "ALLOW_UNLESS_REJECTED") return <InWindow item={item} />;
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

/** Silence releases these, so the row says when. */
function InWindow({ item }: { item: ApprovalItem }): ReactNode {
  return (
    <>
      <span className="hp-time">
        {item.window_at === null ? "window not begun" : <TimeLeft until={item.window_at} />}
      </span>
      <span>
        {item.window_at === null
          ? "it begins when somebody is told"
          : "then it runs, unless rejected"}
      </span>
    </>
  );
}

function Settled({ row }: { row: Row }): ReactNode {
  const { item, heard } = row;
  if (row.gone) return <span className="hp-badge hp-tone-quiet">No longer in this list</span>;
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
