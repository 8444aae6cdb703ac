// Signs grants and receipts with the tenant's Ed25519 key and checks them, as compact JWS (RFC 7515, RFC 8037).

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { calculateJwkThumbprint, compactVerify, errors, type JWK, jwtVerify } from "jose";
import type { Json, JsonObject } from "@holdpoint/core/base/json/value";
import { HoldpointError } from "@holdpoint/core/error/error";
import { audienceOf, grantType, receiptType } from "@holdpoint/core/grant/claims";
import { type Lease, leaseOf, leaseType } from "@holdpoint/core/grant/lease";
import type { Clock } from "@holdpoint/core/base/clock";
import type { GrantClaims, Signer } from "../flow/context.ts";
import type { SigningKeyRecord, Store } from "../storage/store.ts";

interface LoadedKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicJwk: JWK;
  readonly isRetired: boolean;
}

/** Grants that this process remembers to have signed. */
const signedMax = 4_096;

export interface SignerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly issuer: string;
}

/** The keys of all tenants that were used since the start; a missing key is made on first use. */
export class KeyRing implements Signer {
  readonly #parts: SignerParts;
  readonly #rings = new Map<string, Promise<readonly LoadedKey[]>>();
  readonly #headers = new Map<string, string>();
  readonly #signed = new Map<string, GrantClaims>();

  constructor(parts: SignerParts) {
    this.#parts = parts;
  }

  async signGrant(tenant: string, claims: JsonObject): Promise<string> {
    const token = await this.#sign(tenant, grantType, claims);
    const { jti, sub, job_id: jobId } = claims;
    if (typeof jti === "string" && typeof sub === "string" && typeof jobId === "string") {
      this.#remember(`${tenant} ${token}`, { jti, sub, jobId });
    }
    return token;
  }

  async signReceipt(tenant: string, claims: JsonObject): Promise<string> {
    return this.#sign(tenant, receiptType, claims);
  }

  async verifyGrant(tenant: string, token: string): Promise<GrantClaims> {
    // A token equal to one that was signed here is one; its time is checked against the record.
    const known = this.#signed.get(`${tenant} ${token}`);
    if (known !== undefined) return known;
    try {
      const { payload } = await jwtVerify(token, (header) => this.#publicKey(tenant, header.kid), {
        algorithms: ["EdDSA"],
        typ: grantType,
        issuer: this.#parts.issuer,
        audience: audienceOf(tenant),
        requiredClaims: ["jti", "sub", "exp", "job_id"],
        currentDate: new Date(this.#parts.clock.now()),
      });
      return {
        jti: String(payload.jti),
        sub: String(payload.sub),
        jobId: String(payload["job_id"]),
      };
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        throw new HoldpointError("grant_expired", {
          message: "the grant's time is over; ask for a fresh one with POST /jobs/{id}/grant",
        });
      }
      if (error instanceof errors.JOSEError) throw invalidGrant(error);
      throw error;
    }
  }

  async signLease(tenant: string, claims: JsonObject): Promise<string> {
    return this.#sign(tenant, leaseType, claims);
  }

  /** Its time is not looked at: what was decided under it may arrive long after. */
  async readLease(tenant: string, token: string): Promise<Lease | null> {
    try {
      const { payload, protectedHeader } = await compactVerify(
        token,
        (header) => this.#publicKey(tenant, header.kid),
        { algorithms: ["EdDSA"] },
      );
      if (protectedHeader.typ !== leaseType) return null;
      const lease = leaseOf(JSON.parse(Buffer.from(payload).toString("utf8")) as Json);
      return lease?.tenant === tenant ? lease : null;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  /** Public keys for `/.well-known/jwks.json`: the current one, and retired ones while grants of theirs may live. */
  async jwks(tenant: string): Promise<{ keys: readonly JWK[] }> {
    const ring = await this.#ring(tenant);
    return {
      keys: ring.map((key) => ({ ...key.publicJwk, kid: key.kid, use: "sig", alg: "EdDSA" })),
    };
  }

  #remember(key: string, claims: GrantClaims): void {
    this.#signed.set(key, claims);
    for (const oldest of this.#signed.keys()) {
      if (this.#signed.size <= signedMax) break;
      this.#signed.delete(oldest);
    }
  }

  async #sign(tenant: string, type: string, claims: JsonObject): Promise<string> {
    const ring = await this.#ring(tenant);
    const key = ring.find((one) => !one.isRetired);
    if (key === undefined) throw new HoldpointError("internal", { message: "no signing key" });
    const input = `${this.#header(key.kid, type)}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    return `${input}.${sign(null, Buffer.from(input), key.privateKey).toString("base64url")}`;
  }

  #header(kid: string, type: string): string {
    const name = `${kid} ${type}`;
    const known = this.#headers.get(name);
    if (known !== undefined) return known;
    const header = Buffer.from(JSON.stringify({ alg: "EdDSA", typ: type, kid })).toString(
      "base64url",
    );
    this.#headers.set(name, header);
    return header;
  }

  async #publicKey(tenant: string, kid: string | undefined): Promise<KeyObject> {
    const find = async (): Promise<LoadedKey | undefined> =>
      (await this.#ring(tenant)).find((key) => key.kid === kid);
    const known = await find();
    if (known !== undefined) return known.publicKey;
    // Another process may have made a key since.
    this.#rings.delete(tenant);
    const fresh = await find();
    if (fresh === undefined) throw new errors.JWKSNoMatchingKey();
    return fresh.publicKey;
  }

  #ring(tenant: string): Promise<readonly LoadedKey[]> {
    const known = this.#rings.get(tenant);
    if (known !== undefined) return known;
    const loading = this.#load(tenant);
    this.#rings.set(tenant, loading);
    loading.catch(() => this.#rings.delete(tenant));
    return loading;
  }

  async #load(tenant: string): Promise<readonly LoadedKey[]> {
    const { store, clock } = this.#parts;
    let records = await store.signingKeys(tenant);
    if (records.every((record) => record.retiredAt !== null)) {
      await store.addSigningKey(tenant, await newKey(clock.now()));
      records = await store.signingKeys(tenant);
    }
    return records.map(loadKey);
  }
}

async function newKey(now: number): Promise<SigningKeyRecord> {
  const pair = generateKeyPairSync("ed25519");
  const publicJwk = pair.publicKey.export({ format: "jwk" }) as JWK;
  return {
    // SPEC: RFC 7638, so that the name of a key is a fact about it.
    kid: await calculateJwkThumbprint(publicJwk),
    privateJwk: JSON.stringify(pair.privateKey.export({ format: "jwk" })),
    publicJwk: JSON.stringify(publicJwk),
    createdAt: now,
    retiredAt: null,
  };
}

function loadKey(record: SigningKeyRecord): LoadedKey {
  const publicJwk = JSON.parse(record.publicJwk) as JWK;
  return {
    kid: record.kid,
    privateKey: createPrivateKey({ key: JSON.parse(record.privateJwk), format: "jwk" }),
    publicKey: createPublicKey({ key: JSON.parse(record.publicJwk), format: "jwk" }),
    publicJwk,
    isRetired: record.retiredAt !== null,
  };
}

function invalidGrant(cause: Error): HoldpointError {
  return new HoldpointError(
    "grant_invalid",
    {
      message: "the grant is not one that this server signed for this tenant; use it as you got it",
    },
    { cause },
  );
}
