// The eight stations of the flow, and where this job stands.

import type { ReactNode } from "react";
import { At } from "../../ui/time.tsx";
import type { Stage, StageStatus } from "./flow.ts";

const signs: Readonly<Record<StageStatus, string>> = {
  done: "✓",
  now: "●",
  ahead: "",
  skipped: "–",
  stopped: "✕",
};
const statusWords: Readonly<Record<StageStatus, string>> = {
  done: "",
  now: "now",
  ahead: "to come",
  skipped: "not needed",
  stopped: "ended here",
};

export function FlowStrip({ stages }: { stages: readonly Stage[] }): ReactNode {
  return (
    <ol className="hp-flow" aria-label="The way of this job">
      {stages.map((stage) => (
        <li
          key={stage.name}
          data-status={stage.status}
          aria-current={stage.status === "now" ? "step" : undefined}
        >
          <span className="hp-flow-dot" aria-hidden="true">
            {signs[stage.status]}
          </span>
          <strong>{stage.name}</strong>
          <small>
            {stage.words !== "" ? (
              stage.words
            ) : stage.status === "done" && stage.at !== null ? (
              <At at={stage.at} />
            ) : (
              statusWords[stage.status]
            )}
          </small>
        </li>
      ))}
    </ol>
  );
}
