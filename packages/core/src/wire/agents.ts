// The registry of agents on the wire: one agent, all of them, what is written about one, the switches, new keys.

import { z } from "zod";
import type { AgentRecord } from "../agent/agent.ts";
import { agentStates, type Standing } from "../agent/agent.ts";
import { isoOf } from "../base/clock.ts";
import {
  agentPendingMax,
  agentPerMinuteMax,
  pageSizeDefault,
  pageSizeMax,
} from "../base/limits.ts";
import { orNull, text } from "./parts.ts";
import { keyCreated, keyView } from "./response.ts";
import { duration, instant, reason, word } from "./shape.ts";
import { isoOrNull } from "./view.ts";

/** What is left out stays as it is; null takes it away. */
export const agentRequest = z.strictObject({
  name: z.string().min(1).max(200).nullish(),
  description: z.string().max(2_000).nullish(),
  /** Person, by id or email. */
  owner: word.nullish(),
  /** Agent that delegates to this one; it has to be registered. */
  parent: word.nullish(),
  limits: z
    .strictObject({
      /** Holds that may wait at once. */
      pending: z.int().min(0).max(agentPendingMax).nullish(),
      /** Proposals within any minute. */
      per_minute: z.int().min(0).max(agentPerMinuteMax).nullish(),
    })
    .optional(),
  webhook: z
    .strictObject({
      url: z.string().min(1).max(2_048),
      /** Standard Webhooks secret; without one the server makes it, and answers it this once. */
      secret: z.string().max(200).optional(),
    })
    .nullish(),
  /** False keeps the agent from deciding anything by itself. */
  local: z.boolean().optional(),
  /** Revision that the registration must still have. */
  revision: z.int().positive().optional(),
});
export const agentTurnRequest = z.strictObject({ reason });
export const agentKeyRequest = z.strictObject({
  name: z.string().max(200).optional(),
  scopes: z
    .array(z.enum(["propose", "redeem", "read"]))
    .min(1)
    .optional(),
  expires_in: duration.optional(),
  /** Key of the agent that this one takes the place of. */
  replaces: word.optional(),
  /** How long the replaced key goes on beside the new one; `0s` ends it at once. */
  overlap: z
    .string()
    .regex(/^(0s|[1-9][0-9]{0,6}(ms|s|m|h|d))$/)
    .optional(),
});
export const agentsQuery = z.strictObject({
  state: z.enum(agentStates).optional(),
  limit: z.coerce.number().int().min(1).max(pageSizeMax).default(pageSizeDefault),
  cursor: z.string().max(256).optional(),
});

export const agentView = z.object({
  id: text,
  revision: z.int(),
  /** Of the agent itself. */
  state: z.enum(agentStates),
  /** Whether it may act: `paused` too while one above it is paused or killed. */
  standing: z.enum(agentStates),
  /** Agent because of which it may not; null while it may. */
  halted_by: orNull(text),
  state_reason: orNull(text),
  state_by: orNull(text),
  state_at: orNull(instant),
  name: orNull(text),
  description: orNull(text),
  owner: orNull(text),
  parent: orNull(text),
  limits: z.object({ pending: orNull(z.int()), per_minute: orNull(z.int()) }),
  webhook: orNull(z.object({ url: text })),
  local: z.boolean(),
  created_by: text,
  created_at: instant,
  updated_at: instant,
});
export const agentPage = z.object({ items: z.array(agentView), next_cursor: orNull(text) });
/** `webhook_secret` is there when the server made or was given one in this very call. */
export const agentWritten = z.object({ ...agentView.shape, webhook_secret: orNull(text) });
export const agentDetailView = z.object({
  ...agentView.shape,
  /** Holds that wait, counted up to the largest limit. */
  pending: z.int(),
  /** Agents above it, the nearest first. */
  delegators: z.array(z.object({ id: text, state: z.enum(agentStates), owner: orNull(text) })),
  /** Agents that it delegates to, directly. */
  children: z.array(text),
  keys: z.array(keyView),
});
/** `ended`: what this call took away; the rest follows when `is_complete` is false. */
export const agentKilled = z.object({
  ...agentView.shape,
  ended: z.object({
    keys: z.int(),
    jobs: z.int(),
    resumptions: z.int(),
    is_complete: z.boolean(),
  }),
});
export const agentKeyCreated = z.object({
  ...keyCreated.shape,
  /** When the replaced key ends; null when none was replaced. */
  replaced_ends_at: orNull(instant),
});

export type AgentRequest = z.infer<typeof agentRequest>;
export type AgentKeyRequest = z.infer<typeof agentKeyRequest>;
export type AgentsQuery = z.infer<typeof agentsQuery>;
export type AgentView = z.infer<typeof agentView>;
export type AgentPage = z.infer<typeof agentPage>;
export type AgentWritten = z.infer<typeof agentWritten>;
export type AgentDetailView = z.infer<typeof agentDetailView>;
export type AgentKilled = z.infer<typeof agentKilled>;
export type AgentKeyCreated = z.infer<typeof agentKeyCreated>;

export function agentViewOf(agent: AgentRecord, standing: Standing): AgentView {
  const { limits } = agent;
  return {
    id: agent.id,
    revision: agent.revision,
    state: agent.state,
    standing: standing.kind,
    halted_by: standing.because,
    state_reason: agent.stateReason,
    state_by: agent.stateBy,
    state_at: isoOrNull(agent.stateAt),
    name: agent.name,
    description: agent.description,
    owner: agent.owner,
    parent: agent.parent,
    limits: { pending: limits.pending, per_minute: limits.perMinute },
    webhook: agent.webhookUrl === null ? null : { url: agent.webhookUrl },
    local: agent.isLocalAllowed,
    created_by: agent.createdBy,
    created_at: isoOf(agent.createdAt),
    updated_at: isoOf(agent.updatedAt),
  };
}
