// Whether an agent may act, and because of which one it may not.

import type { ReactNode } from "react";
import { Link } from "react-router";
import type { AgentView } from "@holdpoint/core/wire/agents";
import { paths } from "../../paths.ts";
import { Ago } from "../../ui/time.tsx";
import { MixedWarning, Untrusted } from "../../ui/untrusted.tsx";

const looks = {
  active: ["May act", "go"],
  paused: ["Paused", "hold"],
  killed: ["Killed", "stop"],
} as const;

export function AgentStateBadge({
  agent: { state, standing },
}: {
  agent: Pick<AgentView, "state" | "standing">;
}): ReactNode {
  const [words, tone] = looks[state === "active" ? standing : state];
  const isHalted = state === "active" && standing !== "active";
  return (
    <span className={`hp-badge hp-tone-${tone}`}>{isHalted ? "Halted from above" : words}</span>
  );
}

/** Who turned it, when and why; or the agent above that halts it. */
export function StateWords({ agent }: { agent: AgentView }): ReactNode {
  const { state, standing, halted_by: halted, state_reason: reason } = agent;
  return (
    <>
      {state !== "active" && agent.state_at !== null && (
        <p className="hp-small">
          {state === "killed" ? "Killed" : "Paused"} by{" "}
          <Untrusted text={agent.state_by ?? "the server"} />, <Ago at={agent.state_at} />
          {reason !== null && (
            <>
              : <Untrusted text={reason} />
            </>
          )}
        </p>
      )}
      {standing !== "active" && halted !== null && halted !== agent.id && (
        <p className="hp-small">
          May not act because of <AgentLink id={halted} />, above it.
        </p>
      )}
    </>
  );
}

export function AgentLink({ id, name = null }: { id: string; name?: string | null }): ReactNode {
  return (
    <Link to={paths.agent(id)}>
      <Untrusted text={name ?? id} />
      <MixedWarning text={name ?? id} />
    </Link>
  );
}

export function limitsInWords({ pending, per_minute: perMinute }: AgentView["limits"]): string {
  const said = [
    ...(pending === null ? [] : [`${pending} waiting at once`]),
    ...(perMinute === null ? [] : [`${perMinute} proposals a minute`]),
  ];
  return said.length === 0 ? "none" : said.join(", ");
}
