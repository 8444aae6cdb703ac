// A registered agent: its record, who stands above it, and whether it may act now.

import type { Instant } from "../base/clock.ts";
import type { JsonObject } from "../base/json/value.ts";
import { refuse, type Result } from "../base/result.ts";

export const agentStates = ["active", "paused", "killed"] as const;
export type AgentState = (typeof agentStates)[number];

/** Null is no limit. */
export interface AgentLimits {
  /** Holds of the agent that may wait for people at once. */
  readonly pending: number | null;
  /** Proposals within any minute. */
  readonly perMinute: number | null;
}

export interface AgentRecord {
  readonly id: string;
  readonly revision: number;
  readonly state: AgentState;
  readonly name: string | null;
  readonly description: string | null;
  /** Person who answers for it, and never reviews what it asks for. */
  readonly owner: string | null;
  /** Agent that delegates to it. */
  readonly parent: string | null;
  readonly limits: AgentLimits;
  /** Where it is told of its runs; the secret of the signature is kept apart, sealed. */
  readonly webhookUrl: string | null;
  /** Whether it may decide `allow` and `log` by itself, under a signed snapshot. */
  readonly isLocalAllowed: boolean;
  readonly stateReason: string | null;
  /** Id of the person who last paused, resumed or killed it. */
  readonly stateBy: string | null;
  readonly stateAt: Instant | null;
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** One of a chain: an agent, or one above it. */
export interface AgentLink {
  readonly id: string;
  readonly state: AgentState;
  readonly owner: string | null;
}

/** The agent itself first, then who delegates to it, and so on; empty when it is not registered. */
export type AgentChain = readonly AgentLink[];

/** Agents in one chain, the last one among them. */
export const agentChainMax = 8;

export interface Standing {
  readonly kind: AgentState;
  /** Agent that is paused or killed: this one, or one above it; null while all are active. */
  readonly because: string | null;
}

/**
 * INVARIANT: an agent acts only while it and all above it are active. One above it that was killed
 * stops it as a pause does: it is not killed itself, and acts again below another one.
 */
export function standingOf(chain: AgentChain): Standing {
  const [self] = chain;
  if (self?.state === "killed") return { kind: "killed", because: self.id };
  const halted = chain.find(({ state }) => state !== "active");
  if (halted !== undefined) return { kind: "paused", because: halted.id };
  // A chain that is longer than one can be made is damaged, and what is unclear is blocked.
  const beyond = chain[agentChainMax];
  return beyond === undefined
    ? { kind: "active", because: null }
    : { kind: "paused", because: beyond.id };
}

/** Owners of the agent and of all above it, each once. */
export function ownersOf(chain: AgentChain): readonly string[] {
  return [...new Set(chain.flatMap(({ owner }) => owner ?? []))];
}

/** Those above the agent, the nearest first. */
export function delegatorsOf(chain: AgentChain): readonly string[] {
  return chain.slice(1).map(({ id }) => id);
}

export const noLimits: AgentLimits = { pending: null, perMinute: null };

export interface NewAgent {
  readonly id: string;
  readonly owner: string | null;
  readonly createdBy: string;
  readonly now: Instant;
}

export function newAgent({ id, owner, createdBy, now }: NewAgent): AgentRecord {
  return {
    id,
    revision: 1,
    state: "active",
    name: null,
    description: null,
    owner,
    parent: null,
    limits: noLimits,
    webhookUrl: null,
    isLocalAllowed: true,
    stateReason: null,
    stateBy: null,
    stateAt: null,
    createdBy,
    createdAt: now,
    updatedAt: now,
  };
}

export interface Turn {
  readonly kind: "pause" | "resume" | "kill";
  readonly reason: string;
  readonly by: string;
  readonly now: Instant;
}

const stateAfter: Readonly<Record<Turn["kind"], AgentState>> = {
  pause: "paused",
  resume: "active",
  kill: "killed",
};

/** Null when the agent is so already. INVARIANT: nothing brings a killed agent back. */
export function turnAgent(
  agent: AgentRecord,
  { kind, reason, by, now }: Turn,
): Result<{ agent: AgentRecord | null }> {
  const state = stateAfter[kind];
  if (agent.state === state) return { ok: true, agent: null };
  if (agent.state === "killed") {
    return refuse("agent_ended", `\`${agent.id}\` was killed; register another agent instead`);
  }
  return {
    ok: true,
    agent: {
      ...agent,
      revision: agent.revision + 1,
      state,
      stateReason: reason,
      stateBy: by,
      stateAt: now,
      updatedAt: now,
    },
  };
}

/** What is stored of the record beside its columns. */
export function agentDetailToJson(agent: AgentRecord): JsonObject {
  return {
    name: agent.name,
    description: agent.description,
    limits: { pending: agent.limits.pending, per_minute: agent.limits.perMinute },
    webhook_url: agent.webhookUrl,
    local: agent.isLocalAllowed,
  };
}

export type AgentDetail = Pick<
  AgentRecord,
  "name" | "description" | "limits" | "webhookUrl" | "isLocalAllowed"
>;

/**
 * SECURITY: of a row that is damaged the strict reading counts: it decides nothing by itself, is told
 * nowhere, and has a queue for no hold.
 */
export function agentDetailFromJson(json: unknown): AgentDetail {
  const from = isRecord(json) ? json : {};
  const limits = isRecord(from["limits"]) ? from["limits"] : null;
  return {
    name: textOrNull(from["name"]),
    description: textOrNull(from["description"]),
    limits:
      limits === null
        ? { pending: 0, perMinute: 0 }
        : { pending: limitOf(limits["pending"]), perMinute: limitOf(limits["per_minute"]) },
    webhookUrl: textOrNull(from["webhook_url"]),
    isLocalAllowed: from["local"] === true,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function limitOf(value: unknown): number | null {
  if (value === null) return null;
  return typeof value === "number" && value >= 0 ? value : 0;
}
