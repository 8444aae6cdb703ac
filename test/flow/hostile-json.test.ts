// Hostile bodies: JSON of two meanings, strings that no column holds, sizes. None of it is stored.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, at, call, textAt } from "../http.ts";
import {
  type Attack,
  refuseAll,
  heldAction,
  type HostileWorld,
  openHostileWorld,
} from "./hostile-world.ts";

let world: HostileWorld;

beforeAll(async () => {
  world = await openHostileWorld();
});

afterAll(() => world?.close());

const refuse = (group: string, attacks: readonly Attack[]): void =>
  refuseAll(() => world, group, attacks);

const actions = "/actions";
const params = (text: string): { body: string } => ({
  body: `{"topic":"job.db.delete","params":${text}}`,
});
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const withField = (field: string, value: unknown): { body: object } => ({
  body: { ...heldAction, [field]: value },
});

refuse("of JSON that two readers could read in two ways,", [
  {
    what: "a key named twice",
    path: actions,
    send: params('{"a":1,"a":2}'),
    status: 400,
    code: "json_duplicate_key",
    at: "/params/a",
  },
  {
    what: "a key named twice by an escape",
    path: actions,
    send: params('{"a":1,"\\u0061":2}'),
    status: 400,
    code: "json_duplicate_key",
    at: "/params/a",
  },
  {
    what: "a topic named twice",
    path: actions,
    send: { body: '{"topic":"job.files.read","topic":"job.db.delete","params":{}}' },
    status: 400,
    code: "json_duplicate_key",
    at: "/topic",
  },
  {
    what: "half of a surrogate pair",
    path: actions,
    send: params('{"a":"\\ud800"}'),
    status: 400,
    code: "json_lone_surrogate",
    at: "/params/a",
  },
  {
    what: "half of a pair in a key",
    path: actions,
    send: params('{"\\udc00":1}'),
    status: 400,
    code: "json_lone_surrogate",
  },
  {
    what: "a number beyond the doubles' exact ones",
    path: actions,
    send: params('{"a":9007199254740993}'),
    status: 400,
    code: "json_inexact_number",
    at: "/params/a",
  },
  {
    what: "a number that would be infinite",
    path: actions,
    send: params('{"a":1e400}'),
    status: 400,
    code: "json_inexact_number",
    at: "/params/a",
  },
  { what: "NaN", path: actions, send: params('{"a":NaN}'), status: 400, code: "json_invalid" },
  {
    what: "a number with a leading zero",
    path: actions,
    send: params('{"a":01}'),
    status: 400,
    code: "json_invalid",
  },
  {
    what: "a comma at the end",
    path: actions,
    send: params('{"a":1,}'),
    status: 400,
    code: "json_invalid",
  },
  {
    what: "a comment",
    path: actions,
    send: params('{"a":1/* */}'),
    status: 400,
    code: "json_invalid",
  },
  {
    what: "a second value",
    path: actions,
    send: { body: `${JSON.stringify(heldAction)}{}` },
    status: 400,
    code: "json_invalid",
  },
  {
    what: "a byte order mark",
    path: actions,
    send: { body: `\ufeff${JSON.stringify(heldAction)}` },
    status: 400,
    code: "json_invalid",
  },
  {
    what: "UTF-8 cut in half",
    path: actions,
    send: { body: new Uint8Array([0x7b, 0x22, 0xc3, 0x22, 0x7d]) },
    status: 400,
    code: "json_invalid",
  },
  {
    what: "65 levels",
    path: actions,
    send: { body: nested(65) },
    status: 400,
    code: "json_too_deep",
  },
  {
    what: "a hundred thousand levels",
    path: actions,
    send: { body: "[".repeat(100_000) },
    status: 400,
    code: "json_too_deep",
  },
  {
    what: "more values than a document may hold",
    path: actions,
    send: params(`[${"0,".repeat(50_001)}0]`),
    status: 400,
    code: "json_too_many_nodes",
  },
  {
    what: "a bare control character",
    path: actions,
    send: params('{"a":"\n"}'),
    status: 400,
    code: "json_invalid",
  },
]);

refuse("of U+0000, which no column holds,", [
  {
    what: "one in the parameters",
    path: actions,
    send: params('{"a":["x\\u0000"]}'),
    status: 400,
    code: "json_null_character",
    at: "/params/a/0",
  },
  {
    what: "one in a key",
    path: actions,
    send: params('{"a\\u0000":1}'),
    status: 400,
    code: "json_null_character",
    at: "/params",
  },
  {
    what: "one in the resource",
    path: actions,
    send: withField("target", { resource: "a\0b" }),
    status: 400,
    code: "json_null_character",
    at: "/target/resource",
  },
  {
    what: "one in a claim",
    path: actions,
    send: withField("claims", { title: "\0" }),
    status: 400,
    code: "json_null_character",
    at: "/claims/title",
  },
  {
    what: "one in an idempotency key",
    path: actions,
    send: withField("idempotency_key", "a\0"),
    status: 400,
    code: "json_null_character",
    at: "/idempotency_key",
  },
  {
    what: "one in a reason",
    path: (w) => `/approvals/${w.hold}/reject`,
    send: { body: { reason: "no\0" } },
    status: 400,
    code: "json_null_character",
    at: "/reason",
  },
  {
    what: "one in a policy",
    path: "/policies",
    send: { body: { source: "version: v1\n# \0\n" } },
    status: 400,
    code: "json_null_character",
    at: "/source",
  },
  {
    what: "one in the subject of a key",
    path: "/keys",
    send: { body: { kind: "agent", subject: "a\0", scopes: ["read"] } },
    status: 400,
    code: "json_null_character",
    at: "/subject",
  },
  {
    what: "one in an address",
    method: "GET",
    path: "/jobs/a%00b",
    status: 400,
    code: "query_invalid",
  },
  {
    what: "one in a search",
    method: "GET",
    path: "/approvals?q=a%00b",
    status: 400,
    code: "query_invalid",
    at: "/q",
  },
]);

refuse("of size,", [
  {
    what: "a body over the limit",
    path: actions,
    send: params(`{"a":"${"x".repeat(1_400_000)}"}`),
    status: 413,
    code: "json_too_large",
  },
  {
    what: "parameters over the limit",
    path: actions,
    send: params(`{"a":"${"x".repeat(1_048_570)}"}`),
    status: 413,
    code: "params_too_large",
    at: "/params",
  },
  {
    what: "an endless reason",
    path: (w) => `/approvals/${w.hold}/reject`,
    send: { body: { reason: "x".repeat(4_001) } },
    status: 400,
    code: "request_invalid",
    at: "/reason",
  },
  {
    what: "an endless claim",
    path: actions,
    send: withField("claims", { reasoning: "x".repeat(16_001) }),
    status: 400,
    code: "action_invalid",
    at: "/claims/reasoning",
  },
  {
    what: "an endless topic",
    path: actions,
    send: withField("topic", "a".repeat(256)),
    status: 400,
    code: "action_invalid",
    at: "/topic",
  },
  {
    what: "too many risk tags",
    path: actions,
    send: withField(
      "risk_tags",
      Array.from({ length: 65 }, (_, n) => `t${n}`),
    ),
    status: 400,
    code: "action_invalid",
    at: "/risk_tags",
  },
  {
    what: "an endless idempotency key",
    path: actions,
    send: { body: heldAction, headers: { "idempotency-key": "k".repeat(256) } },
    status: 400,
    code: "header_invalid",
  },
]);

describe("a body at its limits", () => {
  test("of 64 levels is proposed, held, edited and read back as it was", async () => {
    const deep = JSON.parse(nested(63)) as Record<string, unknown>;
    const body = { topic: "job.db.delete", params: deep };
    const headers = { "idempotency-key": "deep" };
    const held = await call(world.url, "POST", "/actions", { body, headers, key: world.agent });
    expect(held.status).toBe(202);
    const id = textAt(held.body, "job", "id");
    const other = JSON.parse(nested(63).replace("1", "2")) as Record<string, unknown>;
    const edit = { params: other, reason: "another value" };
    const edited = await call(world.url, "POST", `/approvals/${id}/modify`, {
      body: edit,
      headers,
      key: world.person,
    });
    expect([edited.status, at(edited.body, "code")]).toEqual([200, undefined]);
    const card = await call(world.url, "GET", `/approvals/${id}`);
    expect(at(card.body, "action", "params")).toEqual(other);
    expect(at(card.body, "proposed_action", "params")).toEqual(deep);
  });

  test("with a member named `__proto__` keeps it as data, in the hash and on the way back", async () => {
    const body =
      '{"topic":"job.files.read","params":{"__proto__":{"polluted":true},"constructor":1}}';
    const bare = '{"topic":"job.files.read","params":{"constructor":1}}';
    const answer = await call(world.url, "POST", "/actions", { body });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"params":{"__proto__":{"polluted":true},"constructor":1}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    const other = await call(world.url, "POST", "/actions", { body: bare });
    expect(at(other.body, "job_hash")).not.toBe(at(answer.body, "job_hash"));
    const id = textAt(answer.body, "job", "id");
    const read = await call(world.url, "GET", `/jobs/${id}`);
    expect(read.text).toContain('"__proto__":{"polluted":true}');
    const grant = textAt(answer.body, "grant", "token");
    const redeem = (action: string): Promise<Answer> =>
      call(world.url, "POST", "/grants/redeem", {
        body: `{"grant":"${grant}","action":${action}}`,
      });
    expect((await redeem(bare)).body).toMatchObject({ code: "grant_hash_mismatch" });
    expect((await redeem(body)).status).toBe(200);
  });

  test("whose text only looks like U+0000 is taken", async () => {
    const body = { topic: "job.files.read", params: { text: "\\u0000" } };
    const answer = await call(world.url, "POST", "/actions", { body });
    expect(at(answer.body, "action", "params")).toEqual(body.params);
  });

  test("of a million characters comes back whole", async () => {
    const body = { topic: "job.files.read", params: { text: "ä".repeat(500_000) } };
    const answer = await call(world.url, "POST", "/actions", { body });
    expect(answer.status).toBe(200);
    expect(at(answer.body, "action", "params")).toEqual(body.params);
  });
});
