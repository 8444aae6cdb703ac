// What became of each hold of a batch: each was answered by itself.

import type { ReactNode } from "react";
import { Button } from "@mantine/core";
import type { BatchAnswer } from "@holdpoint/core/wire/hold";
import type { CardView } from "@holdpoint/core/wire/response";
import { ApiProblem, inWords } from "../../api/problem.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";

type Item = BatchAnswer["items"][number];

export function BatchResults({
  items,
  cards,
  onClose,
}: {
  items: readonly Item[];
  cards: readonly CardView[];
  onClose: () => void;
}): ReactNode {
  const titles = new Map(cards.map((card) => [card.job.id, card.decision_summary.title]));
  const done = items.filter(({ code }) => code === null).length;
  return (
    <div className="hp-stack">
      <output className="hp-dialog-title">
        {done} of {items.length} taken
      </output>
      <ul className="hp-batch-list" aria-label="Results">
        {items.map((item) => (
          <li key={item.job_id}>
            <div className="hp-row-wrap">
              <Untrusted text={titles.get(item.job_id) ?? item.job_id} />
              {item.state !== null && <StateBadge state={item.state} />}
            </div>
            {item.code !== null && <Refused item={item} code={item.code} />}
          </li>
        ))}
      </ul>
      <div className="hp-buttons hp-form-buttons">
        <Button onClick={onClose}>Close</Button>
      </div>
    </div>
  );
}

function Refused({ item, code }: { item: Item; code: string }): ReactNode {
  const problem = new ApiProblem({ status: item.status, code, title: item.detail ?? code });
  return (
    <p className="hp-small">
      <strong>Not taken: </strong>
      {inWords(problem)} <span className="hp-code hp-muted">{code}</span>
    </p>
  );
}
