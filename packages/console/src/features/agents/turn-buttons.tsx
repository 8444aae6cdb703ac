// The switches of an agent: pause, resume, kill, each with a reason that goes into the record.

import type { ReactNode } from "react";
import { useState } from "react";
import { Button } from "@mantine/core";
import type { AgentView } from "@holdpoint/core/wire/agents";
import { agentKeys, type AgentTurn, turnAgent } from "../../api/agents.ts";
import { NoteDialog } from "../oversight/note-dialog.tsx";

const turns = {
  pause: {
    title: "Pause this agent",
    button: "Pause it",
    what: "It proposes and runs nothing until somebody resumes it, also what was approved before; nor do the agents below it. What it waits for goes on waiting.",
  },
  resume: {
    title: "Let this agent act again",
    button: "Resume it",
    what: "It proposes and runs again. Agents below it do too, unless they are paused themselves.",
  },
  kill: {
    title: "End this agent for good",
    button: "Kill it",
    what: "Its keys are revoked, what it waits for is cancelled, what was approved is revoked, and its suspended runs end. Agents below it may not act any more. This cannot be undone.",
  },
} as const;

export function TurnButtons({ agent }: { agent: AgentView }): ReactNode {
  const [turn, setTurn] = useState<AgentTurn | null>(null);
  if (agent.state === "killed") return null;
  const isActive = agent.state === "active";
  return (
    <div className="hp-buttons">
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => setTurn(isActive ? "pause" : "resume")}
      >
        {isActive ? "Pause…" : "Resume…"}
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        className="hp-reject"
        onClick={() => setTurn("kill")}
      >
        Kill…
      </Button>
      {turn !== null && (
        <NoteDialog
          title={turns[turn].title}
          label="Why"
          description="Goes into the record, under your name"
          button={turns[turn].button}
          required
          stale={agentKeys.all}
          {...(turn === "kill" ? { color: "brick" } : {})}
          send={(reason) => turnAgent(agent.id, turn, reason)}
          onClose={() => setTurn(null)}
        >
          <p>{turns[turn].what}</p>
        </NoteDialog>
      )}
    </div>
  );
}
