// Makes, lists and revokes API keys; the secret is shown once and stored only as a hash.

import { newAgent } from "@holdpoint/core/agent/agent";
import { isoOf } from "@holdpoint/core/base/clock";
import { apiKeyLifeMs } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { indexPeople, nameKey } from "@holdpoint/core/people/names";
import type { PersonEntry } from "@holdpoint/core/people/people";
import { personActor } from "@holdpoint/core/job/held";
import { ownAgentPrefix } from "@holdpoint/core/policy/publish";
import type { AuditFact, EventActor } from "@holdpoint/core/record/event";
import { parseDuration } from "@holdpoint/core/wire/duration";
import { isoOrNull } from "@holdpoint/core/wire/view";
import type { KeyRequest } from "@holdpoint/core/wire/request";
import type { KeyCreated, KeyPage, KeyView } from "@holdpoint/core/wire/response";
import type { KeyRecord, KeyRegistration } from "../storage/store.ts";
import { registrationFact } from "./agent-fact.ts";
import { type Context, type Engine, requirePerson } from "./context.ts";
import { makeSecret } from "./key-secret.ts";
import { record } from "./record.ts";

const scopesOfKind: Readonly<Record<KeyRequest["kind"], readonly string[]>> = {
  agent: ["propose", "redeem", "read"],
  enforcement_point: ["redeem", "read"],
  person: ["read", "review", "admin"],
};

export async function createKey(ctx: Context, request: KeyRequest): Promise<KeyCreated> {
  const person = requirePerson(ctx, "admin");
  return addKey(ctx, { tenant: ctx.caller.tenant, request, by: personActor(person) });
}

export interface KeyMaking {
  readonly tenant: string;
  readonly request: KeyRequest;
  readonly by: EventActor;
}

export async function addKey(
  engine: Engine,
  { tenant, request, by }: KeyMaking,
): Promise<KeyCreated> {
  const now = engine.clock.now();
  refuseWrongScopes(request);
  const lifeMs =
    request.expires_in === undefined ? apiKeyLifeMs : parseDuration(request.expires_in);
  if (lifeMs === null) {
    throw new HoldpointError("key_invalid", {
      message: "`expires_in` is a duration such as `90d`",
      path: "/expires_in",
    });
  }
  const { secret, hash } = makeSecret(tenant, engine.random);
  const key: KeyRecord = {
    id: engine.ids.key(),
    secretHash: hash,
    kind: request.kind,
    subject: request.subject,
    name: request.name ?? null,
    owner: request.owner ?? null,
    createdBy: by.kind === "person" ? by.id : null,
    roles: request.roles ?? [],
    scopes: request.scopes,
    createdAt: now,
    expiresAt: now + lifeMs,
    revokedAt: null,
    lastUsedAt: null,
    person: null,
  };
  const owned = await withPeople(engine, tenant, key);
  const [event] = record(engine, tenant, [keyCreatedFact({ ...owned, subject: key.subject }, by)]);
  if (event === undefined) throw new HoldpointError("internal", { message: "no event" });
  const registration =
    key.kind === "agent" ? registrationOf(engine, tenant, { key: owned, by }) : null;
  if ((await engine.store.addKey(tenant, owned, event, registration)) === "killed") {
    throw new HoldpointError("agent_ended", {
      message: `\`${key.subject}\` was killed; register another agent instead`,
    });
  }
  return { ...keyView(owned), secret };
}

/** An agent that gets its first key is registered by it, with the owner of the key. */
function registrationOf(
  engine: Engine,
  tenant: string,
  { key, by }: { readonly key: KeyRecord; readonly by: EventActor },
): KeyRegistration | null {
  const agent = newAgent({
    id: key.subject,
    owner: key.owner,
    createdBy: by.id,
    now: key.createdAt,
  });
  const [event] = record(engine, tenant, [registrationFact("agent.registered", { agent, by })]);
  return event === undefined ? null : { agent, event };
}

export function keyCreatedFact(key: KeyRecord, by: EventActor): AuditFact {
  return {
    type: "key.created",
    at: key.createdAt,
    actor: by,
    jobId: null,
    revision: null,
    before: null,
    after: key.id,
    jobHash: null,
    snapshot: null,
    payload: {
      kind: key.kind,
      subject: key.subject,
      scopes: [...key.scopes],
      roles: [...key.roles],
    },
  };
}

/** The id of whoever is known by a name, or the name as it is. */
export async function personIdOf(engine: Engine, tenant: string, name: string): Promise<string> {
  const index = await writtenPeople(engine, tenant);
  return (await personOf(engine, tenant, index, name))?.id ?? name;
}

/** A person behind a key has an id of their own, so that two keys of one person are one person. */
async function withPeople(engine: Engine, tenant: string, key: KeyRecord): Promise<KeyRecord> {
  const index = await writtenPeople(engine, tenant);
  const owner = key.owner === null ? null : await personOf(engine, tenant, index, key.owner);
  const owned = { ...key, owner: owner?.id ?? key.owner };
  if (key.kind !== "person") return owned;
  if (index.get(nameKey(key.subject))?.isActive === false) {
    throw new HoldpointError("key_invalid", {
      message: `\`${key.subject}\` has left; write them down as somebody who is there first`,
      path: "/subject",
    });
  }
  const known = await personOf(engine, tenant, index, key.subject);
  const isEmail = key.subject.includes("@");
  const person = known ?? {
    id: isEmail ? engine.ids.key().replace("key_", "per_") : key.subject,
    email: isEmail ? key.subject : null,
    name: key.name,
  };
  return { ...owned, subject: person.id, person };
}

type WrittenPeople = ReadonlyMap<string, PersonEntry>;

/** The people document by name; empty before the first policy. */
async function writtenPeople(engine: Engine, tenant: string): Promise<WrittenPeople> {
  const active = await engine.store.activePolicy(tenant);
  if (active === null) return new Map();
  return indexPeople((await engine.policies.get(tenant, active.bundle)).people.people);
}

/** Whoever the document knows by this name, whichever of their accounts it is; else who had a key before. */
async function personOf(
  engine: Engine,
  tenant: string,
  index: WrittenPeople,
  name: string,
): Promise<KeyRecord["person"]> {
  const entry = index.get(nameKey(name));
  if (entry === undefined) return engine.store.findPerson(tenant, name);
  return { id: entry.id, email: entry.email, name: entry.name };
}

function refuseWrongScopes(request: KeyRequest): void {
  const allowed = scopesOfKind[request.kind];
  const wrong = request.scopes.find((scope) => !allowed.includes(scope));
  if (wrong !== undefined) {
    throw new HoldpointError("key_invalid", {
      message: `a key of kind \`${request.kind}\` cannot carry \`${wrong}\`; it can carry ${allowed.join(", ")}`,
      path: "/scopes",
    });
  }
  if (request.subject.startsWith(ownAgentPrefix)) {
    throw new HoldpointError("key_invalid", {
      message: `names that begin with \`${ownAgentPrefix}\` are the server's own; choose another`,
      path: "/subject",
    });
  }
  if (request.kind !== "person" && (request.roles?.length ?? 0) > 0) {
    throw new HoldpointError("key_invalid", {
      message: "only a person's key carries roles",
      path: "/roles",
    });
  }
}

export async function listKeys(ctx: Context): Promise<KeyPage> {
  requirePerson(ctx, "admin");
  return { items: (await ctx.store.listKeys(ctx.caller.tenant)).map(keyView) };
}

export async function revokeKey(ctx: Context, id: string): Promise<KeyView> {
  const person = requirePerson(ctx, "admin");
  const { tenant } = ctx.caller;
  const now = ctx.clock.now();
  const [event] = record(ctx, tenant, [
    {
      type: "key.revoked",
      at: now,
      actor: personActor(person),
      jobId: null,
      revision: null,
      before: id,
      after: null,
      jobHash: null,
      snapshot: null,
      payload: { key: id },
    },
  ]);
  const key = event === undefined ? null : await ctx.store.revokeKey(tenant, id, now, event);
  if (key === null) throw new HoldpointError("key_not_found", { message: `no API key \`${id}\`` });
  return keyView(key);
}

export function keyView(key: KeyRecord): KeyView {
  return {
    id: key.id,
    kind: key.kind,
    subject: key.person?.email ?? key.subject,
    name: key.name,
    scopes: [...key.scopes],
    roles: [...key.roles],
    owner: key.owner,
    created_at: isoOf(key.createdAt),
    expires_at: isoOf(key.expiresAt),
    revoked_at: isoOrNull(key.revokedAt),
    last_used_at: isoOrNull(key.lastUsedAt),
  };
}
