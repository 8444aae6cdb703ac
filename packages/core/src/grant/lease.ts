// The lease under which an agent decides locally: who, under which policy, for how long. Signed by the server.

import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";

export const leaseType = "holdpoint-snapshot+jwt";

export interface Lease {
  readonly issuer: string;
  readonly tenant: string;
  /** The agent that it was given to; `aud` of the token. */
  readonly agent: string;
  /** Chance of whoever asked. */
  readonly nonce: string;
  /** When it was signed, in milliseconds since 1970 by the server's clock. */
  readonly signedAt: number;
  /** Names all that follows: another state is another decision. */
  readonly state: string;
  readonly bundle: string;
  /** Name of the policy that decides for this agent, as decisions carry it. */
  readonly snapshot: string;
  /** Digest of that policy. */
  readonly policy: string;
  /** Digest of the tool registry; null while it is empty. */
  readonly tools: string | null;
  /** Topics of which people's rejections are remembered; null when they are too many to name. */
  readonly remembered: readonly string[] | null;
}

/** `lifeMs` bounds the token's own time; who holds it counts from the moment that it asked. */
export function leaseClaims(lease: Lease, lifeMs: number): JsonObject {
  const { issuer, tenant, agent, nonce, signedAt, remembered } = lease;
  return {
    iss: issuer,
    aud: agent,
    iat: Math.floor(signedAt / 1000),
    exp: Math.floor((signedAt + lifeMs) / 1000),
    tenant,
    nonce,
    signed_at_ms: signedAt,
    state: lease.state,
    bundle: lease.bundle,
    snapshot: lease.snapshot,
    policy: lease.policy,
    tools: lease.tools,
    remembered: remembered && [...remembered],
  };
}

/** Null when a claim is missing or has another form. The signature is checked elsewhere. */
export function leaseOf(claims: Json | undefined): Lease | null {
  if (!isJsonObject(claims)) return null;
  const { iss, aud, tenant, nonce, state, bundle, snapshot, policy } = claims as Texts;
  const { signed_at_ms: signedAt, tools, remembered } = claims as Record<string, Json | undefined>;
  const texts = [iss, aud, tenant, nonce, state, bundle, snapshot, policy];
  if (texts.some((text) => typeof text !== "string" || text === "")) return null;
  if (typeof signedAt !== "number" || !Number.isSafeInteger(signedAt)) return null;
  if (tools !== null && typeof tools !== "string") return null;
  if (remembered !== null && !isTexts(remembered)) return null;
  return {
    issuer: iss,
    tenant,
    agent: aud,
    nonce,
    signedAt,
    state,
    bundle,
    snapshot,
    policy,
    tools,
    remembered,
  };
}

type Texts = Record<
  "iss" | "aud" | "tenant" | "nonce" | "state" | "bundle" | "snapshot" | "policy",
  string
>;

function isTexts(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
