// Who is asking: the development connection, or an API key. Never anything in a body.

import { standingOf } from "@holdpoint/core/agent/agent";
import type { Person } from "@holdpoint/core/approval/review";
import type { Directory } from "@holdpoint/core/approval/authority";
import { HoldpointError, isHoldpointError } from "@holdpoint/core/error/error";
import type { Caller, Engine, Scope } from "../flow/context.ts";
import { killed, requesterOf } from "../flow/agent-standing.ts";
import { readSecret } from "../flow/key-secret.ts";
import type { AgentLook } from "../storage/agents.ts";
import type { KeyRecord } from "../storage/store.ts";

/** How long a key that was found good is believed without asking again, in milliseconds. */
const trustedMs = 3_000;
const cachedMax = 10_000;
const touchEveryMs = 60_000;

const developmentPerson: Person = {
  id: "local",
  email: null,
  name: "local",
  roles: ["*"],
  assurance: "development",
};

/** SECURITY: an agent and a person, who are two; only ever on a loopback address. */
export const developmentCaller: Caller = {
  tenant: "default",
  agent: { id: "dev", kind: "agent", requester: { agentOwner: null, keyCreator: null } },
  person: developmentPerson,
  scopes: new Set<Scope>(["propose", "redeem", "read", "review", "admin"]),
  keyId: null,
  isDevelopment: true,
};

interface Cached {
  readonly key: KeyRecord;
  readonly checkedAt: number;
}

interface SeenAgent {
  readonly look: AgentLook | null;
  readonly checkedAt: number;
}

export class Authenticator {
  readonly #engine: Engine;
  readonly #isDevelopment: boolean;
  readonly #cache = new Map<string, Cached>();
  readonly #touched = new Map<string, number>();
  #development: SeenAgent | null = null;
  /** Grows with each forgetting: what was asked before it is not remembered after it. */
  #forgotten = 0;

  constructor(engine: Engine, isDevelopment: boolean) {
    this.#engine = engine;
    this.#isDevelopment = isDevelopment;
    engine.hub.onAgents(() => this.forget());
  }

  /** `isFresh` asks the store whatever was seen before: redemptions do. */
  async authenticate(header: string | undefined, isFresh = false): Promise<Caller> {
    if (header === undefined) {
      if (this.#isDevelopment) return this.#developmentCaller(isFresh);
      throw unauthenticated("send an API key: `Authorization: Bearer hp_…`");
    }
    const token = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(header)?.[1];
    const secret = token === undefined ? null : readSecret(token);
    if (secret === null)
      throw unauthenticated("the Authorization header does not carry an API key");
    const key = await this.#find(secret.tenant, secret.hash, isFresh);
    if (key === null) throw unauthenticated("the API key is not known");
    const now = this.#engine.clock.now();
    // SECURITY: whatever an agent's key says, a killed agent is nobody.
    if (key.registered !== undefined && standingOf(key.registered.chain).kind === "killed") {
      throw killed(key.subject);
    }
    if (key.revokedAt !== null) throw unauthenticated("the API key was revoked");
    if (now >= key.expiresAt) throw unauthenticated("the API key has expired; ask for a new one");
    this.#touch(secret.tenant, key.id, now);
    return this.#known(callerOf(secret.tenant, key));
  }

  /**
   * The caller as the people document knows them: one id for all accounts of one person.
   * SECURITY: who left is nobody, whatever rights their keys carry. The roles stay those of the
   * credential, so that a vote does not keep a role that the document takes away later.
   */
  async #known(caller: Caller): Promise<Caller> {
    if (caller.person === null) return caller;
    const directory = await this.#directory(caller.tenant);
    const known = directory === null ? caller.person : directory.canonical(caller.person);
    if (known === null) throw unauthenticated("the person behind the API key has left");
    return { ...caller, person: { ...known, roles: caller.person.roles } };
  }

  /** Null before the first policy. */
  async #directory(tenant: string): Promise<Directory | null> {
    try {
      return (await this.#engine.policies.active(tenant)).directory;
    } catch (error) {
      if (isHoldpointError(error) && error.code === "policy_not_found") return null;
      throw error;
    }
  }

  /** A key was revoked or an agent halted somewhere: nothing that was seen counts. */
  forget(): void {
    this.#forgotten += 1;
    this.#development = null;
    this.#cache.clear();
  }

  /** The agent of the development connection can be registered and paused as any other. */
  async #developmentCaller(isFresh: boolean): Promise<Caller> {
    const { tenant, agent } = developmentCaller;
    if (agent === null) return developmentCaller;
    const now = this.#engine.clock.now();
    let seen = this.#development;
    if (isFresh || seen === null || now - seen.checkedAt >= trustedMs || isHalted(seen.look)) {
      const forgotten = this.#forgotten;
      const found = await this.#engine.store.findRegistration(tenant, agent.id);
      const look = found === null ? null : { ...found.agent, chain: found.chain };
      seen = { look, checkedAt: now };
      if (forgotten === this.#forgotten) this.#development = seen;
    }
    if (seen.look === null) return developmentCaller;
    const requester = requesterOf(agent.requester, seen.look);
    return { ...developmentCaller, agent: { ...agent, requester, registered: seen.look } };
  }

  async #find(tenant: string, hash: string, isFresh: boolean): Promise<KeyRecord | null> {
    const now = this.#engine.clock.now();
    const known = this.#cache.get(hash);
    const isTrusted =
      known !== undefined && now - known.checkedAt < trustedMs && !isHalted(known.key.registered);
    if (isTrusted && !isFresh) return known.key;
    const forgotten = this.#forgotten;
    const key = await this.#engine.store.findKey(tenant, hash);
    if (key === null) this.#cache.delete(hash);
    else if (forgotten === this.#forgotten) {
      if (this.#cache.size >= cachedMax) this.#cache.clear();
      this.#cache.set(hash, { key, checkedAt: now });
    }
    return key;
  }

  #touch(tenant: string, id: string, now: number): void {
    if (now - (this.#touched.get(id) ?? 0) < touchEveryMs) return;
    this.#touched.set(id, now);
    this.#engine.store
      .touchKey(tenant, id, now)
      .catch((error: unknown) => this.#engine.telemetry.workFailed("touch key", error));
  }
}

/** A halt is asked for each time: people may have ended it on another server a moment ago. */
function isHalted(look: AgentLook | null | undefined): boolean {
  return look !== null && look !== undefined && standingOf(look.chain).kind !== "active";
}

function callerOf(tenant: string, key: KeyRecord): Caller {
  const scopes = new Set(key.scopes as Scope[]);
  const { id: keyId, expiresAt: keyEndsAt } = key;
  const base = { tenant, scopes, keyId, keyEndsAt, isDevelopment: false };
  if (key.kind === "person") return { ...base, agent: null, person: personOf(key) };
  return {
    ...base,
    person: null,
    agent: {
      id: key.subject,
      kind: key.kind,
      requester: requesterOf({ agentOwner: key.owner, keyCreator: key.createdBy }, key.registered),
      ...(key.registered === undefined ? {} : { registered: key.registered }),
    },
  };
}

function personOf(key: KeyRecord): Person {
  return {
    id: key.person?.id ?? key.subject,
    email: key.person?.email ?? null,
    name: key.person?.name ?? key.name,
    // SECURITY: `*` is the development person's alone.
    roles: key.roles.filter((role) => role !== "*"),
    assurance: "key",
  };
}

function unauthenticated(message: string): HoldpointError {
  return new HoldpointError("unauthenticated", { message });
}
