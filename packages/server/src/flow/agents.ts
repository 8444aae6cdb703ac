// The registry of agents: read, written one by one, switched off and on again. Admins only.

import {
  type AgentRecord,
  newAgent,
  standingOf,
  turnAgent,
  type Turn,
} from "@holdpoint/core/agent/agent";
import { agentPendingMax } from "@holdpoint/core/base/limits";
import { errorOf, HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import { ownAgentPrefix } from "@holdpoint/core/policy/publish";
import {
  type AgentDetailView,
  type AgentPage,
  type AgentRequest,
  type AgentsQuery,
  type AgentView,
  type AgentWritten,
  agentViewOf,
} from "@holdpoint/core/wire/agents";
import type { AgentWrite, AgentWriteResult } from "../storage/agents.ts";
import { registrationFact, turnFacts } from "./agent-fact.ts";
import { refuseOwnRelease } from "./agent-owners.ts";
import { requireWebhookUrl, sealSecret, secretFor } from "./agent-webhook.ts";
import { type Context, type Engine, requirePerson } from "./context.ts";
import { keyView, personIdOf } from "./manage-keys.ts";
import { record } from "./record.ts";

/** Writes that meet another one are made again on top of it, this often. */
const attemptsMax = 8;
const childrenTold = 1_000;

export async function listAgents(ctx: Context, query: AgentsQuery): Promise<AgentPage> {
  requirePerson(ctx, "admin");
  const { state = null, cursor = null, limit } = query;
  const filter = { state, after: cursor, limit: limit + 1 };
  const found = await ctx.store.listAgents(ctx.caller.tenant, filter);
  const items = found
    .slice(0, limit)
    .map(({ agent, chain }) => agentViewOf(agent, standingOf(chain)));
  return { items, next_cursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}

export async function showAgent(ctx: Context, id: string): Promise<AgentDetailView> {
  requirePerson(ctx, "admin");
  const { store } = ctx;
  const { tenant } = ctx.caller;
  const found = await store.findRegistration(tenant, id);
  if (found === null) throw notFound(id);
  const [pending, children, keys] = await Promise.all([
    store.countOpenHolds(tenant, id, agentPendingMax),
    store.agentChildren(tenant, id, childrenTold),
    store.keysOfAgent(tenant, id),
  ]);
  return {
    ...agentViewOf(found.agent, standingOf(found.chain)),
    pending,
    delegators: found.chain.slice(1).map((link) => ({ ...link })),
    children: [...children],
    keys: keys.map(keyView),
  };
}

/** SECURITY: who answers for an agent decides who may not review it, so only people who administer say it. */
export async function putAgent(
  ctx: Context,
  id: string,
  request: AgentRequest,
): Promise<AgentWritten> {
  const person = requirePerson(ctx, "admin");
  refuseName(id);
  const { tenant } = ctx.caller;
  if (request.webhook != null) requireWebhookUrl(ctx.webhookRule, request.webhook.url);
  const owner =
    request.owner == null ? request.owner : await personIdOf(ctx, tenant, request.owner);
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const before = await ctx.store.findAgent(tenant, id);
    requireRevision(request, before);
    if (before?.state === "killed") throw ended(id);
    const base = before ?? blank(ctx, id, person.id);
    const agent = edited(base, { ...request, owner }, ctx.clock.now());
    await refuseOwnRelease(ctx, person, { before: base, after: agent });
    const { secret, ...sealed } = await secretOf(ctx, base, request);
    const type = before === null ? "agent.registered" : "agent.changed";
    const write: AgentWrite = {
      agent: before === null ? { ...agent, revision: 1 } : agent,
      expected: before?.revision ?? null,
      ...sealed,
      events: record(ctx, tenant, [registrationFact(type, { agent, by: personActor(person) })]),
    };
    if (await wrote(ctx, write, request)) {
      return { ...(await viewOf(ctx, id)), webhook_secret: secret };
    }
  }
  throw stale(id);
}

/** The secret to show, and what becomes of the stored one: an address that stays keeps it. */
async function secretOf(
  ctx: Context,
  base: AgentRecord,
  { webhook }: AgentRequest,
): Promise<{ secret: string | null } & Pick<AgentWrite, "webhookSealed">> {
  if (webhook === undefined) return { secret: null };
  if (webhook === null) return { secret: null, webhookSealed: null };
  if (webhook.secret === undefined && webhook.url === base.webhookUrl) return { secret: null };
  const secret = secretFor(ctx, webhook.secret);
  const { tenant } = ctx.caller;
  return { secret, webhookSealed: await sealSecret(ctx, { tenant, agent: base.id, secret }) };
}

/** False when another write was first, and it is made again on top of it. */
async function wrote(ctx: Context, write: AgentWrite, request: AgentRequest): Promise<boolean> {
  const { tenant } = ctx.caller;
  const result = await ctx.store.writeAgent(tenant, write);
  if (result === "written") {
    told(ctx, tenant, write.agent.id);
    return true;
  }
  if (result === "lost") return false;
  throw wrongParent(result, request.parent ?? "");
}

function edited(agent: AgentRecord, request: AgentRequest, now: number): AgentRecord {
  const { limits, webhook } = request;
  const given = <T>(value: T | undefined, before: T): T => (value === undefined ? before : value);
  return {
    ...agent,
    revision: agent.revision + 1,
    name: given(request.name, agent.name),
    description: given(request.description, agent.description),
    owner: given(request.owner, agent.owner),
    parent: given(request.parent, agent.parent),
    limits: {
      pending: given(limits?.pending, agent.limits.pending),
      perMinute: given(limits?.per_minute, agent.limits.perMinute),
    },
    webhookUrl: webhook === undefined ? agent.webhookUrl : (webhook?.url ?? null),
    isLocalAllowed: request.local ?? agent.isLocalAllowed,
    updatedAt: now,
  };
}

/** Stops an agent, or lets it go on. One that is not registered, but known by a key or a job, is registered by it. */
export async function turn(
  ctx: Context,
  id: string,
  { kind, reason }: { kind: "pause" | "resume"; reason: string },
): Promise<AgentView> {
  const person = requirePerson(ctx, "admin");
  const { tenant } = ctx.caller;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const { agent, expected } = await findOrBegin(ctx, id, person.id);
    const turned = turnTo(agent, { kind, reason, by: person.id, now: ctx.clock.now() });
    if (turned === null) return viewOf(ctx, id);
    const facts = turnFacts(turned, { before: agent, expected, by: personActor(person) });
    const write = { agent: turned, expected, events: record(ctx, tenant, facts) };
    if ((await ctx.store.writeAgent(tenant, write)) === "written") {
      told(ctx, tenant, id);
      return viewOf(ctx, id);
    }
  }
  throw stale(id);
}

export interface Begun {
  readonly agent: AgentRecord;
  /** Null when the registration is written with the change. */
  readonly expected: number | null;
}

/** SECURITY: an agent of before there was a registry, or that nobody wrote down, can be stopped as any other. */
export async function findOrBegin(ctx: Context, id: string, by: string): Promise<Begun> {
  const { tenant } = ctx.caller;
  const found = await ctx.store.findAgent(tenant, id);
  if (found !== null) return { agent: found, expected: found.revision };
  const isHere = ctx.caller.isDevelopment && ctx.caller.agent?.id === id;
  if (!isHere && !(await ctx.store.isAgentKnown(tenant, id))) throw notFound(id);
  refuseName(id);
  return { agent: blank(ctx, id, by), expected: null };
}

/** Null when the agent is so already. */
export function turnTo(agent: AgentRecord, how: Turn): AgentRecord | null {
  const turned = turnAgent(agent, how);
  if (!turned.ok) throw errorOf(turned);
  return turned.agent;
}

/** This process forgets at once what it knew; the others hear of it by the notice of the commit. */
export function told(engine: Engine, tenant: string, agent: string): void {
  engine.hub.agents(tenant, agent);
  engine.hub.changed(tenant, []);
}

export async function viewOf(ctx: Context, id: string): Promise<AgentView> {
  const found = await ctx.store.findRegistration(ctx.caller.tenant, id);
  if (found === null) throw notFound(id);
  return agentViewOf(found.agent, standingOf(found.chain));
}

function blank(ctx: Context, id: string, createdBy: string): AgentRecord {
  return newAgent({ id, owner: null, createdBy, now: ctx.clock.now() });
}

function requireRevision({ revision }: AgentRequest, before: AgentRecord | null): void {
  if (revision !== undefined && revision !== (before?.revision ?? null)) {
    throw stale(before?.id ?? null);
  }
}

function refuseName(id: string): void {
  if (id.length <= 256 && !id.startsWith(ownAgentPrefix)) return;
  throw new HoldpointError("agent_invalid", {
    message: `an agent's name has at most 256 characters and does not begin with \`${ownAgentPrefix}\``,
  });
}

const parentFaults = {
  parent_missing: "is not registered; register it first",
  parent_killed: "was killed",
  parent_cycle: "is the agent itself, or stands below it",
  chain_too_long: "would make a chain of more than 8 agents",
} as const;

function wrongParent(
  result: Exclude<AgentWriteResult, "written" | "lost">,
  parent: string,
): HoldpointError {
  return new HoldpointError("agent_invalid", {
    message: `\`${parent}\` cannot be above this agent: it ${parentFaults[result]}`,
    path: "/parent",
  });
}

export function notFound(id: string): HoldpointError {
  return new HoldpointError("agent_not_found", { message: `no agent \`${id}\` is registered` });
}

export function ended(id: string): HoldpointError {
  return new HoldpointError("agent_ended", {
    message: `\`${id}\` was killed; register another agent instead`,
  });
}

export function stale(id: string | null): HoldpointError {
  return new HoldpointError("agent_stale", {
    message: `the registration${id === null ? "" : ` of \`${id}\``} is not at the revision that was named; read it and write again`,
  });
}
