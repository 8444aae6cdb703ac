// The inbox before its first hold: what will happen here, the demo, and a first action by hand.

import type { ReactNode } from "react";
import type { DemoView } from "../../api/queries.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Mark } from "../../ui/notice.tsx";
import { DemoPanel } from "../demo/demo-panel.tsx";

/** Spec 02's own example: a production write, which the default policy holds. */
function proposal(origin: string): string {
  return [
    `curl -sS -X POST ${origin}/api/v1/actions -H 'Content-Type: application/json' -d '{`,
    `  "topic": "job.db.delete", "params": {"id": "c_81"}, "risk_tags": ["prod", "write"],`,
    `  "target": {"environment": "prod", "resource": "customers/c_81"}, "reversible": false,`,
    `  "effect": {"rows": 1}, "claims": {"title": "Remove a stale customer"}}'`,
  ].join("\n");
}

export function FirstRun({
  development,
  demo,
}: {
  development: boolean;
  demo: DemoView | undefined;
}): ReactNode {
  const command = proposal(window.location.origin);
  return (
    <div className="hp-first hp-stack">
      <div className="hp-empty">
        <Mark size={48} />
        <h2>Nothing has been held yet</h2>
        <p>
          When an agent wants to do something that policy does not let pass by itself, it appears
          here at once and waits. It runs only after a person approves it.
        </p>
      </div>
      {development && demo !== undefined && <DemoPanel demo={demo} />}
      {development && (
        <section className="hp-panel hp-stack-tight hp-curl" aria-label="Propose a first action">
          <div className="hp-head">
            <h2>Or propose a first action yourself</h2>
            <CopyButton text={command} label="the command" />
          </div>
          <pre className="hp-pre">{command}</pre>
          <p className="hp-muted hp-small">
            In development mode no key is needed: the call counts as the agent <code>dev</code>, and
            you review it as somebody else.
          </p>
        </section>
      )}
    </div>
  );
}
