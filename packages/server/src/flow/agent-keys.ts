// New keys of a registered agent: beside the others, or in the place of one that ends after an overlap.

import { isoOf } from "@holdpoint/core/base/clock";
import { apiKeyLifeMs, keyOverlapDefaultMs, keyOverlapMaxMs } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import type { AgentKeyCreated, AgentKeyRequest } from "@holdpoint/core/wire/agents";
import { parseDuration } from "@holdpoint/core/wire/duration";
import type { KeyRecord } from "../storage/store.ts";
import { ended, notFound } from "./agents.ts";
import { type Context, requirePerson } from "./context.ts";
import { makeSecret } from "./key-secret.ts";
import { keyCreatedFact, keyView } from "./manage-keys.ts";
import { record } from "./record.ts";

const usualScopes: readonly string[] = ["propose", "redeem", "read"];

export async function rotateKey(
  ctx: Context,
  id: string,
  request: AgentKeyRequest,
): Promise<AgentKeyCreated> {
  const person = requirePerson(ctx, "admin");
  const { tenant } = ctx.caller;
  const now = ctx.clock.now();
  const agent = await ctx.store.findAgent(tenant, id);
  if (agent === null) throw notFound(id);
  const replaced = await findReplaced(ctx, id, request);
  const lifeMs =
    request.expires_in === undefined ? apiKeyLifeMs : parseDuration(request.expires_in);
  const { secret, hash } = makeSecret(tenant, ctx.random);
  const key: KeyRecord = {
    id: ctx.ids.key(),
    secretHash: hash,
    kind: "agent",
    subject: id,
    name: request.name ?? replaced?.name ?? null,
    owner: agent.owner ?? replaced?.owner ?? null,
    createdBy: person.id,
    roles: [],
    scopes: request.scopes ?? replaced?.scopes ?? usualScopes,
    createdAt: now,
    expiresAt: now + (lifeMs ?? apiKeyLifeMs),
    revokedAt: null,
    lastUsedAt: null,
    person: null,
  };
  const endsAt = replaced === null ? null : Math.min(replaced.expiresAt, now + overlapMs(request));
  const by = personActor(person);
  const rotated = { ...keyCreatedFact(key, by), type: "agent.key_rotated" as const };
  const payload = {
    agent: id,
    key: key.id,
    scopes: [...key.scopes],
    replaces: replaced?.id ?? null,
    replaced_ends_at: endsAt === null ? null : isoOf(endsAt),
  };
  const result = await ctx.store.rotateKey(tenant, {
    agent: id,
    key,
    replaces: replaced === null || endsAt === null ? null : { id: replaced.id, endsAt },
    events: record(ctx, tenant, [keyCreatedFact(key, by), { ...rotated, payload }]),
  });
  if (result === "no_agent") throw notFound(id);
  if (result === "killed") throw ended(id);
  if (result === "no_key") throw noKey(request.replaces ?? "");
  // The key that ends is not believed any longer than the store says.
  ctx.hub.agents(tenant, id);
  return {
    ...keyView(key),
    secret,
    replaced_ends_at: endsAt === null ? null : isoOf(endsAt),
  };
}

function overlapMs({ overlap }: AgentKeyRequest): number {
  if (overlap === undefined) return keyOverlapDefaultMs;
  const spanMs = overlap === "0s" ? 0 : parseDuration(overlap);
  if (spanMs !== null && spanMs <= keyOverlapMaxMs) return spanMs;
  throw new HoldpointError("key_invalid", {
    message: "the overlap is a duration of at most 30 days, such as `24h`, or `0s`",
    path: "/overlap",
  });
}

/** SECURITY: a rotation ends a live key of this very agent, and no other one. */
async function findReplaced(
  ctx: Context,
  id: string,
  { replaces }: AgentKeyRequest,
): Promise<KeyRecord | null> {
  if (replaces === undefined) return null;
  const keys = await ctx.store.keysOfAgent(ctx.caller.tenant, id);
  const key = keys.find((one) => one.id === replaces);
  const isLive = key !== undefined && key.revokedAt === null && key.expiresAt > ctx.clock.now();
  if (!isLive) throw noKey(replaces);
  return key;
}

function noKey(id: string): HoldpointError {
  return new HoldpointError("key_not_found", {
    message: `the agent has no live API key \`${id}\``,
  });
}
