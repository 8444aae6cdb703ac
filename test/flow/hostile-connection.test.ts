// Hostile connections: pages of other sites, foreign names, bodies of no declared length.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, call } from "../http.ts";
import {
  type Attack,
  refuseAll,
  heldAction,
  type HostileWorld,
  openHostileWorld,
  rawCall,
} from "./hostile-world.ts";

let world: HostileWorld;

beforeAll(async () => {
  world = await openHostileWorld();
});

afterAll(() => world?.close());

const refuse = (group: string, attacks: readonly Attack[]): void =>
  refuseAll(() => world, group, attacks);

const actions = "/actions";
const csrf = { body: JSON.stringify(heldAction) };
refuse("from another page,", [
  {
    what: "text/plain, which a form can send,",
    path: actions,
    send: { ...csrf, headers: { "content-type": "text/plain" } },
    status: 415,
    code: "media_type_unsupported",
  },
  {
    what: "a form",
    path: actions,
    send: { body: "topic=x", headers: { "content-type": "application/x-www-form-urlencoded" } },
    status: 415,
    code: "media_type_unsupported",
  },
  {
    what: "JSON under another name",
    path: actions,
    send: { ...csrf, headers: { "content-type": "application/jsonx" } },
    status: 415,
    code: "media_type_unsupported",
  },
  {
    what: "a foreign origin",
    path: actions,
    send: { ...csrf, headers: { origin: "https://evil.example" } },
    status: 403,
    code: "origin_refused",
  },
  {
    what: "the origin `null` of a sandbox",
    path: actions,
    send: { ...csrf, headers: { origin: "null" } },
    status: 403,
    code: "origin_refused",
  },
  {
    what: "a call that the browser names cross-site",
    path: (w) => `/approvals/${w.hold}/approve`,
    send: { headers: { "sec-fetch-site": "cross-site" } },
    status: 403,
    code: "origin_refused",
  },
  {
    what: "a call that the browser names same-site",
    path: (w) => `/approvals/${w.hold}/approve`,
    send: { headers: { "sec-fetch-site": "same-site" } },
    status: 403,
    code: "origin_refused",
  },
  {
    what: "reading by a foreign origin",
    method: "GET",
    path: "/approvals",
    send: { headers: { origin: "https://evil.example" } },
    status: 403,
    code: "origin_refused",
  },
]);

describe("a connection of the test's own making", () => {
  test("with a foreign Host is refused in development mode, whatever it asks", async () => {
    for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"]) {
      const raw = { method: "GET", path: "/api/v1/me", headers: { host }, parts: [] };
      const answer = await rawCall(world.url, raw);
      expect([host, answer.status]).toEqual([host, 403]);
    }
  });

  test("with a foreign Host may not approve, though its Origin fits it", async () => {
    const headers = {
      host: "evil.example",
      origin: "http://evil.example",
      "content-type": "application/json",
    };
    const path = `/api/v1/approvals/${world.hold}/approve`;
    const answer = await rawCall(world.url, { method: "POST", path, headers, parts: ["{}"] });
    expect([answer.status, at(JSON.parse(answer.text), "code")]).toEqual([403, "origin_refused"]);
  });

  test("that sends too much in parts, without saying how much, is cut off at the limit", async () => {
    const before = await world.counts();
    const headers = { "content-type": "application/json", host: "localhost" };
    const parts = Array.from({ length: 40 }, () => "x".repeat(100_000));
    const sent = await rawCall(world.url, {
      method: "POST",
      path: "/api/v1/actions",
      headers,
      parts,
    }).catch((error: NodeJS.ErrnoException) => error.code);
    // The server may close while the client still sends.
    if (typeof sent === "object") expect(sent.status).toBe(413);
    else expect(["EPIPE", "ECONNRESET"]).toContain(sent);
    expect(await world.counts()).toEqual(before);
    expect((await call(world.url, "GET", "/me")).status).toBe(200);
  });

  test("that sends a good body in parts, without saying how long it is, is served", async () => {
    const headers = { "content-type": "application/json", host: "localhost" };
    const body = JSON.stringify({ topic: "job.files.read", params: { parts: true } });
    const parts = [body.slice(0, 10), body.slice(10)];
    const answer = await rawCall(world.url, {
      method: "POST",
      path: "/api/v1/actions",
      headers,
      parts,
    });
    expect(answer.status).toBe(200);
  });
});

test("an approval without a body and without a content type is an approval", async () => {
  const path = `/approvals/${world.hold}/approve`;
  const answer = await call(world.url, "POST", path, { key: world.person });
  expect([answer.status, at(answer.body, "job", "state")]).toEqual([200, "APPROVED"]);
});
