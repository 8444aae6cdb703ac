// What is chosen in the queue, at the foot of the page, and the two answers that all of it can have.

import type { ReactNode } from "react";
import { Button } from "@mantine/core";

interface Props {
  readonly count: number;
  onAnswer(verdict: "approve" | "reject"): void;
  onClear(): void;
}

export function BatchBar({ count, onAnswer, onClear }: Props): ReactNode {
  return (
    <section className="hp-batch-bar" aria-label="Chosen holds">
      <output>
        <strong className="hp-num">{count}</strong> chosen
        {count === 0 && <span className="hp-muted">: of one rule, topic and agent</span>}
      </output>
      <div className="hp-buttons">
        <Button variant="default" onClick={onClear}>
          Cancel
        </Button>
        <Button
          className="hp-reject"
          variant="default"
          disabled={count === 0}
          onClick={() => onAnswer("reject")}
        >
          Reject all…
        </Button>
        <Button disabled={count === 0} onClick={() => onAnswer("approve")}>
          Approve all…
        </Button>
      </div>
    </section>
  );
}
