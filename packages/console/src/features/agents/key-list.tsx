// The keys of an agent, and a new one in the place of an old one; its secret is shown this once.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import type { AgentDetailView } from "@holdpoint/core/wire/agents";
import { serverNow } from "../../api/server-clock.ts";
import { Ago, At } from "../../ui/time.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { RotateDialog } from "./rotate-dialog.tsx";

type Key = AgentDetailView["keys"][number];

export function KeyList({ agent }: { agent: AgentDetailView }): ReactNode {
  const [replacing, setReplacing] = useState<Key | "none" | null>(null);
  const mayRotate = agent.state !== "killed";
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="agent-keys">
      <div className="hp-head">
        <h2 id="agent-keys">Keys</h2>
        {mayRotate && (
          <Button size="compact-sm" variant="default" onClick={() => setReplacing("none")}>
            Make another key…
          </Button>
        )}
      </div>
      {agent.keys.length === 0 && <p className="hp-muted">It has no key, and cannot sign in.</p>}
      <ul className="hp-lines" aria-label="Keys">
        {agent.keys.map((key) => (
          <li key={key.id}>
            <KeyWords shown={key} />
            {mayRotate && isLive(key) && (
              <Button size="compact-sm" variant="default" onClick={() => setReplacing(key)}>
                Rotate…<span className="hp-sr"> {key.id}</span>
              </Button>
            )}
          </li>
        ))}
      </ul>
      {replacing !== null && (
        <RotateDialog
          agent={agent.id}
          replaced={replacing === "none" ? null : replacing}
          onClose={() => setReplacing(null)}
        />
      )}
    </section>
  );
}

function isLive({ revoked_at: revoked, expires_at: expires }: Key): boolean {
  return revoked === null && Date.parse(expires) > serverNow();
}

function KeyWords({ shown }: { shown: Key }): ReactNode {
  const { id, name, scopes, expires_at: expires, revoked_at: revoked, last_used_at: used } = shown;
  const isOver = revoked !== null && Date.parse(revoked) <= serverNow();
  return (
    <div>
      <span className="hp-code">{id}</span>{" "}
      {!isLive(shown) && <span className="hp-badge hp-tone-quiet">Ended</span>}{" "}
      {name !== null && <Untrusted text={name} />}
      <div className="hp-muted hp-small">
        {scopes.join(", ")}
        {" · "}
        {isOver ? (
          <>
            revoked <Ago at={revoked} />
          </>
        ) : (
          <>
            until <At at={expires} />
          </>
        )}
        {" · "}
        {used === null ? (
          "never used"
        ) : (
          <>
            used <Ago at={used} />
          </>
        )}
      </div>
    </div>
  );
}
