// The door to the registry of agents: read, write, pause, resume, kill, new keys.

import {
  agentDetailView,
  agentKeyCreated,
  agentKeyRequest,
  agentKilled,
  agentPage,
  agentRequest,
  agentsQuery,
  agentTurnRequest,
  agentView,
  agentWritten,
} from "@holdpoint/core/wire/agents";
import { rotateKey } from "../flow/agent-keys.ts";
import { killAgent } from "../flow/agent-kill.ts";
import { listAgents, putAgent, showAgent, turn } from "../flow/agents.ts";
import { get, ok, post, put, type Route } from "./route.ts";

const tag = "agents";
const isFreshAuth = true;

export const agentRoutes: readonly Route[] = [
  get({
    path: "/agents",
    operationId: "listAgents",
    summary: "Registered agents by name, with who answers for them and whether they may act",
    tag,
    query: agentsQuery,
    answers: { 200: agentPage },
    handle: async ({ ctx, query }) => ok(await listAgents(ctx, query)),
  }),
  get({
    path: "/agents/{id}",
    operationId: "readAgent",
    summary: "One agent with its chain, its keys and how many of its holds wait",
    tag,
    answers: { 200: agentDetailView },
    handle: async ({ ctx, params }) => ok(await showAgent(ctx, params["id"] ?? "")),
  }),
  put({
    path: "/agents/{id}",
    operationId: "putAgent",
    summary: "Register an agent, or change what is known of it; what is left out stays",
    tag,
    body: agentRequest,
    answers: { 200: agentWritten },
    isFreshAuth,
    handle: async ({ ctx, params, body }) => ok(await putAgent(ctx, params["id"] ?? "", body)),
  }),
  post({
    path: "/agents/{id}/pause",
    operationId: "pauseAgent",
    summary: "Stop an agent and all below it from acting, approvals or not, until it is resumed",
    tag,
    body: agentTurnRequest,
    answers: { 200: agentView },
    isFreshAuth,
    handle: async ({ ctx, params, body }) =>
      ok(await turn(ctx, params["id"] ?? "", { kind: "pause", reason: body.reason })),
  }),
  post({
    path: "/agents/{id}/resume",
    operationId: "resumeAgent",
    summary: "Let a paused agent act again",
    tag,
    body: agentTurnRequest,
    answers: { 200: agentView },
    isFreshAuth,
    handle: async ({ ctx, params, body }) =>
      ok(await turn(ctx, params["id"] ?? "", { kind: "resume", reason: body.reason })),
  }),
  post({
    path: "/agents/{id}/kill",
    operationId: "killAgent",
    summary: "End an agent for good: its keys, holds, grants and runs",
    tag,
    body: agentTurnRequest,
    answers: { 200: agentKilled },
    isFreshAuth,
    handle: async ({ ctx, params, body }) =>
      ok(await killAgent(ctx, params["id"] ?? "", body.reason)),
  }),
  post({
    path: "/agents/{id}/keys",
    operationId: "rotateAgentKey",
    summary: "A new key for an agent; the one that it replaces ends after an overlap",
    tag,
    body: agentKeyRequest,
    answers: { 201: agentKeyCreated },
    isFreshAuth,
    handle: async ({ ctx, params, body }) => ({
      status: 201,
      body: await rotateKey(ctx, params["id"] ?? "", body),
    }),
  }),
];
