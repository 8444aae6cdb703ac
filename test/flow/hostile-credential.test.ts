// Hostile credentials: keys at the wrong door, dead or garbled keys, forged grants. Nothing of it has an effect.

import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, call, textAt } from "../http.ts";
import {
  type Attack,
  expectRefused,
  freeAction,
  heldAction,
  type HostileWorld,
  openHostileWorld,
  refuseAll,
} from "./hostile-world.ts";

let world: HostileWorld;

beforeAll(async () => {
  world = await openHostileWorld();
});

afterAll(() => world?.close());

const refuse = (group: string, attacks: readonly Attack[]): void =>
  refuseAll(() => world, group, attacks);

const review = (verdict: string): string => `/approvals/{hold}/${verdict}`;
const bodies: Readonly<Record<string, object>> = {
  approve: {},
  reject: { reason: "no" },
  modify: { params: {}, reason: "no" },
  comment: { note: "no" },
  abstain: {},
};

describe("a key at a door that is not its own", () => {
  const doors: readonly [string, object][] = [
    ...Object.entries(bodies).map(([verdict, body]): [string, object] => [review(verdict), body]),
    ["/jobs/{released}/revoke", { reason: "no" }],
    ["/policies", { source: "version: v1\nrules: []\n" }],
    ["/keys", { kind: "person", subject: "eve", scopes: ["review"] }],
    ["/keys/key_x/revoke", {}],
  ];
  for (const [door, body] of doors) {
    test(`an agent's key is refused at ${door}`, async () => {
      await expectRefused(world, {
        what: door,
        path: ({ hold, released }) => door.replace("{hold}", hold).replace("{released}", released),
        send: ({ agent: key }) => ({ body, key }),
        status: 403,
        code: "scope_missing",
      });
    });
  }

  const agentDoors: readonly [string, object][] = [
    ["/actions", heldAction],
    ["/grants/redeem", { grant: "x", action: freeAction }],
    ["/jobs/{released}/outcome", { status: "SUCCEEDED" }],
    ["/jobs/{released}/grant", {}],
    ["/keys", { kind: "person", subject: "eve", scopes: ["review"] }],
    ["/policies", { source: "version: v1\nrules: []\n" }],
  ];
  for (const [door, body] of agentDoors) {
    test(`a reviewer's key is refused at ${door}`, async () => {
      await expectRefused(world, {
        what: door,
        path: ({ released }) => door.replace("{released}", released),
        send: ({ person: key }) => ({ body, key }),
        status: 403,
        code: "scope_missing",
      });
    });
  }

  test("the development connection cannot review what an agent of its own key proposes", async () => {
    const answer = await call(world.url, "POST", `/approvals/${world.hold}/approve`, { body: {} });
    expect(answer.body).toMatchObject({ status: 403, code: "approval_self_review" });
  });
});

const deadKey = (what: string, key: (world: HostileWorld) => string): Attack => ({
  what,
  path: "/actions",
  send: (w) => ({ body: freeAction, key: key(w) }),
  status: 401,
  code: "unauthenticated",
});

refuse("a key that is none:", [
  deadKey("an expired key", (w) => w.expired),
  deadKey("a revoked key", (w) => w.revoked),
  deadKey("a key with one letter changed", (w) =>
    w.agent.replace(/.(?=_[0-9a-f]{8}$)/, (c) => (c === "A" ? "B" : "A")),
  ),
  deadKey("a key cut short", (w) => w.agent.slice(0, -1)),
  deadKey("a well-formed key that nobody was given", () => wellFormed("default")),
  deadKey("a well-formed key of another tenant", () => wellFormed("other")),
  deadKey("a well-formed key of a tenant that is none", () => wellFormed("Other/../x")),
  deadKey("words", () => "let me in"),
  deadKey("nothing at all", () => " "),
  {
    what: "a name and a password",
    path: "/actions",
    send: { body: freeAction, headers: { authorization: "Basic YTpi" } },
    status: 401,
    code: "unauthenticated",
  },
]);

/** A key with a right checksum, which anybody can make. */
function wellFormed(tenant: string): string {
  const body = `hp_${tenant}_${"A".repeat(43)}`;
  return `${body}_${createHash("sha256").update(body).digest("hex").slice(0, 8)}`;
}

interface Token {
  readonly header: Record<string, unknown>;
  readonly payload: Record<string, unknown>;
  readonly signature: string;
}

function taken(grant: string): Token {
  const [header = "", payload = "", signature = ""] = grant.split(".");
  const read = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
  return { header: read(header), payload: read(payload), signature };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function made(header: object, payload: object, signer: (input: string) => string): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signer(input)}`;
}

async function publicKey(): Promise<{ x: string; kid: string }> {
  const jwks: unknown = await (await fetch(`${world.url}/.well-known/jwks.json`)).json();
  return { x: textAt(jwks, "keys", 0, "x"), kid: textAt(jwks, "keys", 0, "kid") };
}

const stranger = generateKeyPairSync("ed25519").privateKey;
const strangerSigns = (input: string): string =>
  sign(null, Buffer.from(input), stranger).toString("base64url");

type Forge = (token: Token) => string | Promise<string>;

const forgeries: Readonly<Record<string, Forge>> = {
  "without a signature (alg none)": ({ header, payload }) =>
    made({ ...header, alg: "none" }, payload, () => ""),
  "without a signature, alg kept": ({ header, payload }) => made(header, payload, () => ""),
  "with HMAC over the public key (HS256)": async ({ header, payload }) => {
    const { x } = await publicKey();
    return made({ ...header, alg: "HS256" }, payload, (input) =>
      createHmac("sha256", Buffer.from(x, "base64url")).update(input).digest("base64url"),
    );
  },
  "with HMAC over the public key's text": async ({ header, payload }) => {
    const { x } = await publicKey();
    return made({ ...header, alg: "HS256" }, payload, (input) =>
      createHmac("sha256", x).update(input).digest("base64url"),
    );
  },
  "signed by a stranger under the server's key id": ({ header, payload }) =>
    made(header, payload, strangerSigns),
  "signed by a stranger under a key id of its own": ({ header, payload }) =>
    made({ ...header, kid: "mine" }, payload, strangerSigns),
  "signed by a stranger whose key is in the header": ({ header, payload }) => {
    const jwk = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
    return made({ ...header, kid: undefined, jwk }, payload, strangerSigns);
  },
  "with a key id that climbs folders": ({ header, payload, signature }) =>
    made({ ...header, kid: "../../etc/passwd" }, payload, () => signature),
  "of another type (a receipt)": ({ header, payload, signature }) =>
    made({ ...header, typ: "holdpoint-receipt+jwt" }, payload, () => signature),
  "for another tenant": ({ header, payload, signature }) =>
    made(header, { ...payload, tenant: "other", aud: "urn:holdpoint:other" }, () => signature),
  "for another job": ({ header, payload, signature }) =>
    made(header, { ...payload, job_id: world.hold }, () => signature),
  "that lives longer": ({ header, payload, signature }) =>
    made(header, { ...payload, exp: 4_102_444_800 }, () => signature),
  "cut short": ({ header, payload, signature }) =>
    made(header, payload, () => signature.slice(0, -4)),
  "of two parts": () => "e30.e30",
  "of words": () => "let me in",
};

describe("a grant that this server did not sign", () => {
  for (const [what, forge] of Object.entries(forgeries)) {
    test(`${what} is refused`, async () => {
      const grant = await forge(taken(world.grant));
      await expectRefused(world, {
        what,
        path: "/grants/redeem",
        send: { body: { grant, action: freeAction }, key: world.agent },
        status: 400,
        code: "grant_invalid",
      });
    });
  }
});

describe("a grant that this server signed", () => {
  test("is not redeemed by another agent", async () => {
    await expectRefused(world, {
      what: "a stolen grant",
      path: "/grants/redeem",
      send: { body: { grant: world.grant, action: freeAction } },
      status: 400,
      code: "grant_invalid",
    });
  });

  const others: Readonly<Record<string, object>> = {
    "other parameters": { ...freeAction, params: { path: "secrets.txt" } },
    "more parameters": { ...freeAction, params: { ...freeAction.params, force: true } },
    "another topic": { ...freeAction, topic: "job.db.delete" },
    "another target": { ...freeAction, target: { environment: "prod" } },
    "another tool": { ...freeAction, tool: { name: "shell" } },
    "another cost": { ...freeAction, cost: { amount: 1, currency: "EUR" } },
    "another person behind it": { ...freeAction, agent: { on_behalf_of: "eve" } },
    "fewer risks": { ...freeAction, risk_tags: ["none"] },
  };
  for (const [what, action] of Object.entries(others)) {
    test(`does not run ${what}`, async () => {
      await expectRefused(world, {
        what,
        path: "/grants/redeem",
        send: { body: { grant: world.grant, action }, key: world.agent },
        status: 409,
        code: "grant_hash_mismatch",
      });
    });
  }

  test("is still good after all of this, once", async () => {
    const send = { body: { grant: world.grant, action: freeAction }, key: world.agent };
    const redeemed = await call(world.url, "POST", "/grants/redeem", send);
    expect(redeemed.status).toBe(200);
    // The receipt is signed by the same key, and is no grant.
    const receipt = textAt(redeemed.body, "execution", "receipt");
    const body = { grant: receipt, action: freeAction };
    const answer = await call(world.url, "POST", "/grants/redeem", { ...send, body });
    expect(at(answer.body, "code")).toBe("grant_invalid");
    const again = await call(world.url, "POST", "/grants/redeem", send);
    expect(at(again.body, "code")).toBe("grant_already_redeemed");
  });
});

describe("the record", () => {
  test("names who tried what, and why it was refused", async () => {
    const page = await call(world.url, "GET", "/audit/events?type=attempt.refused&limit=200");
    const items = at(page.body, "items") as unknown[];
    const codes = new Set(items.map((item) => at(item, "payload", "code")));
    for (const code of [
      "scope_missing",
      "grant_invalid",
      "grant_hash_mismatch",
      "approval_self_review",
    ]) {
      expect(codes).toContain(code);
    }
    expect(page.text).not.toContain(world.agent);
    expect(page.text).not.toContain(world.grant);
  });
});
