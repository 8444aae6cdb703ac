// Which leases a client believes: those signed by keys that it pinned, or that follow on from them.

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { type Lease, leaseClaims, leaseType } from "@holdpoint/core/grant/lease";
import { describe, expect, it } from "vitest";
import { PinnedKeys } from "./keys.ts";

const lease: Lease = {
  issuer: "http://holdpoint.test",
  tenant: "default",
  agent: "bot",
  nonce: "n",
  signedAt: 1_700_000_000_000,
  state: "a.b",
  bundle: "sha256:x",
  snapshot: "cfg:default:policy#sha256:x",
  policy: "sha256:x",
  tools: null,
  remembered: [],
};

interface Key {
  readonly kid: string;
  readonly jwk: object;
  readonly secret: KeyObject;
}

function makeKey(kid: string): Key {
  const { privateKey: secret, publicKey } = generateKeyPairSync("ed25519");
  return { kid, jwk: { ...publicKey.export({ format: "jwk" }), kid }, secret };
}

function coded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function signed({ kid, secret }: Key, header: object = {}): string {
  const head = { alg: "EdDSA", typ: leaseType, kid, ...header };
  const input = `${coded(head)}.${coded(leaseClaims(lease, 60_000))}`;
  return `${input}.${sign(null, Buffer.from(input), secret).toString("base64url")}`;
}

describe("pinned keys", () => {
  const [first, second, foreign] = [makeKey("k1"), makeKey("k2"), makeKey("k3")];

  it("read a lease that one of them signed, and ask for keys once", async () => {
    let asked = 0;
    const keys = new PinnedKeys(async () => {
      asked += 1;
      return { keys: [first.jwk] };
    });
    expect(await keys.read(signed(first))).toEqual(lease);
    expect(await keys.read(signed(first))).toEqual(lease);
    expect(asked).toBe(1);
  });

  it("follow a rotation that keeps an old key, and no other change", async () => {
    let shown: readonly object[] = [first.jwk];
    const keys = new PinnedKeys(async () => ({ keys: shown }));
    await keys.read(signed(first));
    shown = [first.jwk, second.jwk];
    expect(await keys.read(signed(second))).toEqual(lease);
    shown = [foreign.jwk];
    await expect(keys.read(signed(foreign))).rejects.toThrow(/other keys/);
    // The name of a known key with another behind it is no continuation.
    shown = [{ ...foreign.jwk, kid: "k1" }, foreign.jwk];
    await expect(keys.read(signed(foreign))).rejects.toThrow(/other keys/);
    expect(await keys.read(signed(second))).toEqual(lease);
  });

  it("read nothing that is altered, of another type, unsigned, or by a key that is not shown", async () => {
    const keys = new PinnedKeys(async () => ({ keys: [first.jwk, { kty: "RSA", kid: "k9" }] }));
    const token = signed(first);
    const [head = "", body = "", signature = ""] = token.split(".");
    const other = coded({ ...leaseClaims(lease, 60_000), aud: "root" });
    const bad = [
      `${head}.${other}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}.${signature}.x`,
      signed(first, { typ: "holdpoint-grant+jwt" }),
      signed(first, { alg: "none" }),
      signed({ ...foreign, kid: "k1" }),
      signed(foreign),
      "",
      "x.y.z",
    ];
    for (const one of bad) await expect(keys.read(one)).rejects.toThrow();
    expect(await keys.read(token)).toEqual(lease);
  });
});
