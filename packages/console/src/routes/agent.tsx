// One agent: its switches, its chain, its limits and load, its keys.

import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import type { AgentDetailView } from "@holdpoint/core/wire/agents";
import { agentKeys, getAgent } from "../api/agents.ts";
import {
  AgentLink,
  AgentStateBadge,
  limitsInWords,
  StateWords,
} from "../features/agents/agent-state.tsx";
import { KeyList } from "../features/agents/key-list.tsx";
import { TurnButtons } from "../features/agents/turn-buttons.tsx";
import { PersonLink } from "../features/people/names.tsx";
import { Fact } from "../features/people/person-facts.tsx";
import { paths } from "../paths.ts";
import { ProblemNotice } from "../ui/notice.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { MixedWarning, Untrusted } from "../ui/untrusted.tsx";

export function AgentRoute(): ReactNode {
  const id = useParams()["id"] ?? "";
  usePageTitle(id);
  const agent = useQuery({
    queryKey: agentKeys.one(id),
    queryFn: ({ signal }) => getAgent(id, signal),
  });
  if (agent.isError && agent.data === undefined) {
    return <ProblemNotice fault={agent.error} retry={() => void agent.refetch()} />;
  }
  if (agent.data === undefined) {
    return <output className="hp-skeleton" style={{ height: 320 }} aria-label="Loading" />;
  }
  return (
    <div className="hp-stack">
      <Written agent={agent.data} />
      <KeyList agent={agent.data} />
      <p>
        <Link to={paths.runsOf(id)}>Its suspended runs</Link>
      </p>
    </div>
  );
}

function Written({ agent }: { agent: AgentDetailView }): ReactNode {
  const { id, name, description } = agent;
  return (
    <section className="hp-panel hp-stack-tight" aria-labelledby="agent-name">
      <div className="hp-head">
        <h2 id="agent-name">
          <Untrusted text={name ?? id} /> <MixedWarning text={name ?? id} />{" "}
          <AgentStateBadge agent={agent} />
        </h2>
        <TurnButtons agent={agent} />
      </div>
      <StateWords agent={agent} />
      {description !== null && (
        <p>
          <Untrusted text={description} lines />
        </p>
      )}
      <dl className="hp-pairs">
        <Fact term="Id">
          <span className="hp-code">
            <Untrusted text={id} />
          </span>
        </Fact>
        <Fact term="Answered for by">
          {agent.owner === null ? (
            <span className="hp-muted">nobody</span>
          ) : (
            <PersonLink id={agent.owner} name={null} />
          )}
        </Fact>
        <Chain agent={agent} />
        <Fact term="Limits">{limitsInWords(agent.limits)}</Fact>
        <Fact term="Waits for people">
          <span className="hp-num">{agent.pending}</span>{" "}
          {agent.pending === 1 ? "action" : "actions"}
        </Fact>
        <Fact term="Decides locally">{agent.local ? "what policy allows" : "never"}</Fact>
        <Fact term="Told by webhook">
          {agent.webhook === null ? (
            <span className="hp-muted">no</span>
          ) : (
            <Untrusted text={agent.webhook.url} />
          )}
        </Fact>
      </dl>
    </section>
  );
}

/** Who delegates to it, nearest first, and to whom it delegates. */
function Chain({ agent: { delegators, children } }: { agent: AgentDetailView }): ReactNode {
  return (
    <>
      <Fact term="Acts for">
        {delegators.length === 0 && <span className="hp-muted">no other agent</span>}
        {delegators.map((link) => (
          <div key={link.id}>
            <AgentLink id={link.id} /> {link.state !== "active" && `(${link.state}) `}
            {link.owner !== null && (
              <span className="hp-muted hp-small">
                answered for by <PersonLink id={link.owner} name={null} />
              </span>
            )}
          </div>
        ))}
      </Fact>
      {children.length > 0 && (
        <Fact term="Delegates to">
          {children.map((child) => (
            <div key={child}>
              <AgentLink id={child} />
            </div>
          ))}
        </Fact>
      )}
    </>
  );
}
