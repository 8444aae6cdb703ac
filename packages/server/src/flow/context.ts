// What every verb is given: the parts of the process, and who is asking.

import type { Clock } from "@holdpoint/core/base/clock";
import type { Ids, RandomBytes } from "@holdpoint/core/base/id";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Person } from "@holdpoint/core/approval/review";
import type { Lease } from "@holdpoint/core/grant/lease";
import type { Requester } from "@holdpoint/core/job/job";
import type { EventActor } from "@holdpoint/core/record/event";
import type { Channel } from "../channel/channel.ts";
import type { Keeping } from "../config/keeping.ts";
import type { Sealer } from "../sealing/seal.ts";
import type { Study } from "../study/study.ts";
import type { AgentLook } from "../storage/agents.ts";
import type { Store } from "../storage/store.ts";
import type { Telemetry } from "../telemetry/events.ts";
import type { ProposalRates } from "./agent-limits.ts";
import type { WebhookRule } from "./agent-webhook.ts";
import type { DutyBook } from "./duty-book.ts";
import type { PolicyBook } from "./policy-book.ts";
import type { Hub } from "./hub.ts";
import type { Lanes } from "./lanes.ts";
import type { LocalStates } from "./local-states.ts";
import type { RejectedTopics } from "./rejection-memory.ts";
import type { Shadows } from "./shadows.ts";

export type Scope = "propose" | "redeem" | "read" | "review" | "admin";

/** An agent or enforcement point, as its credential names it. */
export interface AgentSubject {
  readonly id: string;
  readonly kind: "agent" | "enforcement_point";
  readonly requester: Requester;
  /** Absent for an agent that is not registered: it is active, without limits. */
  readonly registered?: AgentLook;
}

/**
 * Who is asking, from the connection only. The development connection is an agent and a person,
 * who are two; an API key is one of them.
 */
export interface Caller {
  readonly tenant: string;
  readonly agent: AgentSubject | null;
  readonly person: Person | null;
  readonly scopes: ReadonlySet<Scope>;
  readonly keyId: string | null;
  /** Absent when there is no key, or it has no part in the call. */
  readonly keyEndsAt?: number;
  readonly isDevelopment: boolean;
}

/** Signs and checks grants; the key stays behind it. */
export interface Signer {
  signGrant(tenant: string, claims: JsonObject): Promise<string>;
  signReceipt(tenant: string, claims: JsonObject): Promise<string>;
  /** The claims of a grant whose signature, type, issuer and audience hold; throws otherwise. */
  verifyGrant(tenant: string, token: string): Promise<GrantClaims>;
  /** A lease for local decisions. */
  signLease(tenant: string, claims: JsonObject): Promise<string>;
  /** The lease that this server signed for the tenant, however long ago; null for anything else. */
  readLease(tenant: string, token: string): Promise<Lease | null>;
}

export interface GrantClaims {
  readonly jti: string;
  readonly sub: string;
  readonly jobId: string;
}

export interface Engine {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: RandomBytes;
  readonly policies: PolicyBook;
  /** Who can be asked, and who of them is on duty. */
  readonly people: DutyBook;
  readonly signer: Signer;
  /** Seals what agents leave here before it is stored, and opens it. */
  readonly sealer: Sealer;
  /** How much of it is kept, and how long. */
  readonly keeping: Keeping;
  readonly hub: Hub;
  /** Where proposals that are counted together wait for each other. */
  readonly lanes: Lanes;
  /** How fast agents propose that have a limit. */
  readonly rates: ProposalRates;
  /** Where agents may be told of their runs. */
  readonly webhookRule: WebhookRule;
  /** Topics in which people rejected something. */
  readonly rejected: RejectedTopics;
  readonly shadows: Shadows;
  /** What agents that decide locally go by. */
  readonly localStates: LocalStates;
  /** Where the text of policies is looked at. */
  readonly study: Study;
  readonly telemetry: Telemetry;
  /** The channels that are configured; `log` always is. */
  readonly channels: readonly Channel[];
  /** `iss` of grants and base of links, without a slash at the end. */
  readonly publicUrl: string;
}

export interface Context extends Engine {
  readonly caller: Caller;
}

/** INVARIANT: authority is asked before anything is read. */
export function requireScope(ctx: Context, scope: Scope): void {
  if (ctx.caller.scopes.has(scope)) return;
  throw new HoldpointError("scope_missing", {
    message: `this call needs the scope \`${scope}\`; use a credential that carries it`,
  });
}

/** People who may look at everything of their tenant; an agent sees its own jobs, one by one. */
export function requireViewer(ctx: Context): void {
  const { person, scopes } = ctx.caller;
  if (person !== null && scopes.has("review")) return;
  requireScope(ctx, "read");
  if (person === null) {
    throw new HoldpointError("scope_missing", {
      message: "only people see what is not their own; ask for one job instead",
    });
  }
}

export function requireAgent(ctx: Context, scope: "propose" | "redeem"): AgentSubject {
  requireScope(ctx, scope);
  const { agent } = ctx.caller;
  if (agent === null) {
    throw new HoldpointError("scope_missing", {
      message: "this call is for agents; use an agent's key",
    });
  }
  return agent;
}

/** SECURITY: an agent's credential never yields a person (spec 01, invariant 4). */
export function requirePerson(ctx: Context, scope: "review" | "admin"): Person {
  requireScope(ctx, scope);
  const { person } = ctx.caller;
  if (person === null) {
    throw new HoldpointError("scope_missing", {
      message: "this call is for people; use a person's key",
    });
  }
  return person;
}

export function actorOfAgent(agent: AgentSubject): EventActor {
  return { kind: agent.kind, id: agent.id };
}

/** The caller as the record names it: a person before the agent that shares a connection with it. */
export function actorOf(ctx: Context): EventActor {
  const { agent, person } = ctx.caller;
  if (person !== null) return { kind: "person", id: person.id };
  return agent === null ? { kind: "system", id: "unknown" } : actorOfAgent(agent);
}
