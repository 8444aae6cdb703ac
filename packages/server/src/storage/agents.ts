// What storage keeps of registered agents: their records and chains, their webhooks, and what a kill leaves to end.

import type { AgentChain, AgentDetail, AgentRecord, AgentState } from "@holdpoint/core/agent/agent";
import type { SealedEvent } from "@holdpoint/core/record/event";
import type { KeyRecord } from "./store.ts";

/** What an agent's credential brings with it, read in the statement that reads the key. */
export interface AgentLook extends Pick<AgentDetail, "limits" | "isLocalAllowed"> {
  readonly chain: AgentChain;
}

export interface AgentRegistration {
  readonly agent: AgentRecord;
  readonly chain: AgentChain;
}

export interface AgentFilter {
  readonly state: AgentState | null;
  /** Id after which the page starts; null for the first. */
  readonly after: string | null;
  readonly limit: number;
}

/** The secret leaves the store sealed; `webhookOf` in flow/agent-webhook.ts opens it. */
export interface SealedWebhook {
  readonly url: string;
  readonly sealed: Uint8Array;
}

export interface AgentWrite {
  readonly agent: AgentRecord;
  /** Revision that the row must still have; null for an agent that is not registered. */
  readonly expected: number | null;
  /** Null takes the secret away; absent leaves it. */
  readonly webhookSealed?: Uint8Array | null;
  readonly events: readonly SealedEvent[];
}

/** `lost`: another write was first. The others say what is wrong with the parent; nothing is written. */
export type AgentWriteResult =
  | "written"
  | "lost"
  | "parent_missing"
  | "parent_killed"
  | "parent_cycle"
  | "chain_too_long";

export interface AgentKill extends AgentWrite {
  readonly now: number;
}

export interface KeyRotation {
  readonly agent: string;
  readonly key: KeyRecord;
  /** Key that ends at `endsAt`, or earlier if it would have; null when none is replaced. */
  readonly replaces: { readonly id: string; readonly endsAt: number } | null;
  readonly events: readonly SealedEvent[];
}

/** `no_key`: the key that is to be replaced is not a live one of this agent. */
export type RotationResult = "written" | "no_agent" | "killed" | "no_key";

export interface AgentStore {
  findAgent(tenant: string, id: string): Promise<AgentRecord | null>;
  /** The agent first, then who is above it; empty when it is not registered. */
  agentChain(tenant: string, id: string): Promise<AgentChain>;
  /** Agent and chain as one statement saw them; null when it is not registered. */
  findRegistration(tenant: string, id: string): Promise<AgentRegistration | null>;
  /** By id. */
  listAgents(tenant: string, filter: AgentFilter): Promise<readonly AgentRegistration[]>;
  /** Ids of the agents right below. */
  agentChildren(tenant: string, id: string, limit: number): Promise<readonly string[]>;
  /** True when a credential or a job names the agent, whether it is registered or not. */
  isAgentKnown(tenant: string, id: string): Promise<boolean>;
  /** Null without a webhook. */
  findAgentWebhook(tenant: string, id: string): Promise<SealedWebhook | null>;
  keysOfAgent(tenant: string, id: string): Promise<readonly KeyRecord[]>;
  /** Holds that wait, counted up to `max`. */
  countOpenHolds(tenant: string, agent: string, max: number): Promise<number>;

  writeAgent(tenant: string, write: AgentWrite): Promise<AgentWriteResult>;
  /** Writes the record, and revokes all keys of the agent with it; null when another write was first. */
  killAgent(tenant: string, kill: AgentKill): Promise<{ readonly keys: number } | null>;
  rotateKey(tenant: string, rotation: KeyRotation): Promise<RotationResult>;

  /** Killed agents that may have jobs left, the oldest kill first. */
  agentsToSweep(tenant: string, limit: number): Promise<readonly string[]>;
  /** Jobs of the agent that wait or were released, the most urgent first. */
  openJobsOf(tenant: string, agent: string, limit: number): Promise<readonly string[]>;
  /** Nothing is left of the killed agent. */
  agentSwept(tenant: string, agent: string): Promise<void>;
}
