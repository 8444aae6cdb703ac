// What the record says of an agent: how it was registered and changed, and who switched it off or on.

import type { AgentRecord } from "@holdpoint/core/agent/agent";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { AuditFact, EventActor, EventType } from "@holdpoint/core/record/event";

const turnEvents = {
  active: "agent.resumed",
  paused: "agent.paused",
  killed: "agent.killed",
} as const;

export interface TurnBy {
  readonly before: AgentRecord;
  readonly expected: number | null;
  readonly by: EventActor;
}

export function turnFacts(agent: AgentRecord, { before, expected, by }: TurnBy): AuditFact[] {
  const fact = factOf(turnEvents[agent.state], { agent, by }, { reason: agent.stateReason });
  const turned = { ...fact, before: before.state };
  return expected === null
    ? [registrationFact("agent.registered", { agent: before, by }), turned]
    : [turned];
}

interface About {
  readonly agent: AgentRecord;
  readonly by: EventActor;
}

export function registrationFact(
  type: "agent.registered" | "agent.changed",
  about: About,
): AuditFact {
  const { agent } = about;
  const origin = agent.webhookUrl === null ? null : (URL.parse(agent.webhookUrl)?.origin ?? null);
  return factOf(type, about, {
    name: agent.name,
    owner: agent.owner,
    parent: agent.parent,
    limits: { pending: agent.limits.pending, per_minute: agent.limits.perMinute },
    // Only where to: the rest of an address is often its secret.
    webhook: origin,
    local: agent.isLocalAllowed,
  });
}

function factOf(type: EventType, { agent, by }: About, payload: JsonObject): AuditFact {
  return {
    type,
    at: agent.updatedAt,
    actor: by,
    jobId: null,
    revision: null,
    before: null,
    after: agent.state,
    jobHash: null,
    snapshot: null,
    payload: { agent: agent.id, revision: agent.revision, ...payload },
  };
}
