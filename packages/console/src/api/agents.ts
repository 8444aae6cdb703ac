// What the pages about agents ask of the server: the registry, its switches, keys.

import type {
  AgentDetailView,
  AgentKeyCreated,
  AgentKeyRequest,
  AgentPage,
  AgentView,
} from "@holdpoint/core/wire/agents";
import { get, post, query } from "./client.ts";

export const agentKeys = {
  all: ["agents"],
  list: (state: string) => ["agents", "list", state],
  one: (id: string) => ["agents", "one", id],
} as const;

export type AgentTurn = "pause" | "resume" | "kill";

export function getAgents(
  state: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<AgentPage> {
  return get<AgentPage>(`/agents${query({ state, cursor: cursor ?? undefined })}`, signal);
}

export function getAgent(id: string, signal: AbortSignal): Promise<AgentDetailView> {
  return get<AgentDetailView>(`/agents/${encodeURIComponent(id)}`, signal);
}

export function turnAgent(id: string, turn: AgentTurn, reason: string): Promise<AgentView> {
  return post<AgentView>(`/agents/${encodeURIComponent(id)}/${turn}`, { reason });
}

export function rotateKey(id: string, request: AgentKeyRequest): Promise<AgentKeyCreated> {
  return post<AgentKeyCreated>(`/agents/${encodeURIComponent(id)}/keys`, request);
}
