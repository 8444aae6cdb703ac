// The server's public keys, pinned at first use, and the check of what is signed by them.

import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { type Lease, leaseOf, leaseType } from "@holdpoint/core/grant/lease";
import type { Json } from "@holdpoint/core/base/json/value";

export type FetchKeys = () => Promise<unknown>;

/**
 * SECURITY: the keys of the configured address are believed at first use. Another set is believed only while a key
 * that is believed already is still among it, which is how keys rotate.
 */
export class PinnedKeys {
  readonly #fetch: FetchKeys;
  #keys: ReadonlyMap<string, KeyObject> = new Map();

  constructor(fetch: FetchKeys) {
    this.#fetch = fetch;
  }

  /** The lease of a compact JWS; throws for one that does not hold. */
  async read(token: string): Promise<Lease> {
    const [head = "", body = "", signature = "", ...rest] = token.split(".");
    const header = jsonOf(head) as { alg?: Json; typ?: Json; kid?: Json } | null;
    const isOurs = header?.alg === "EdDSA" && header.typ === leaseType && rest.length === 0;
    if (!isOurs || typeof header.kid !== "string") throw new Error("the lease is no signed lease");
    const key = await this.#find(header.kid);
    const holds = verify(
      null,
      Buffer.from(`${head}.${body}`),
      key,
      Buffer.from(signature, "base64url"),
    );
    const lease = holds ? leaseOf(jsonOf(body)) : null;
    if (lease === null) throw new Error("the signature of the lease does not hold");
    return lease;
  }

  async #find(kid: string): Promise<KeyObject> {
    const known = this.#keys.get(kid);
    if (known !== undefined) return known;
    const fresh = keysOf(await this.#fetch());
    const isContinued = [...this.#keys].some(
      ([name, key]) => fresh.get(name)?.equals(key) === true,
    );
    if (this.#keys.size > 0 && !isContinued) {
      throw new Error(
        "the server shows other keys than before; start the process anew to believe them",
      );
    }
    const key = fresh.get(kid);
    if (key === undefined)
      throw new Error("the lease is signed by a key that the server does not show");
    this.#keys = fresh;
    return key;
  }
}

function keysOf(document: unknown): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  const list = (document as { keys?: unknown } | null)?.keys;
  for (const jwk of Array.isArray(list) ? list : []) {
    const { kty, crv, x, kid } = jwk as Record<string, unknown>;
    if (kty !== "OKP" || crv !== "Ed25519" || typeof kid !== "string" || typeof x !== "string")
      continue;
    keys.set(kid, createPublicKey({ key: { kty, crv, x }, format: "jwk" }));
  }
  return keys;
}

function jsonOf(part: string): Json | undefined {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Json;
  } catch {
    return undefined;
  }
}
