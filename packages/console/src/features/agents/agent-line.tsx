// One agent in the list: whether it may act, who answers for it, what stands above it, its limits.

import type { ReactNode } from "react";
import type { AgentView } from "@holdpoint/core/wire/agents";
import { PersonLink } from "../people/names.tsx";
import { Untrusted } from "../../ui/untrusted.tsx";
import { AgentLink, AgentStateBadge, limitsInWords, StateWords } from "./agent-state.tsx";

export function AgentLine({ agent }: { agent: AgentView }): ReactNode {
  const { id, name, owner, parent } = agent;
  return (
    <>
      <div className="hp-head">
        <h3>
          <AgentLink id={id} name={name} />{" "}
          {name !== null && (
            <span className="hp-muted hp-small hp-code">
              <Untrusted text={id} />
            </span>
          )}
        </h3>
        <AgentStateBadge agent={agent} />
      </div>
      <StateWords agent={agent} />
      <p className="hp-row-wrap hp-small">
        <span>
          {owner === null ? (
            <span className="hp-muted">nobody answers for it</span>
          ) : (
            <>
              answered for by <PersonLink id={owner} name={null} />
            </>
          )}
        </span>
        {parent !== null && (
          <span>
            below <AgentLink id={parent} />
          </span>
        )}
        <span className="hp-muted">limits: {limitsInWords(agent.limits)}</span>
      </p>
    </>
  );
}
