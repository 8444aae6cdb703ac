// A server with one hold, one release and keys of all kinds, for tests that send what nobody should send.

import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type RunningServer, startServer } from "@holdpoint/server";
import { makeTestDatabase } from "../database.ts";
import { type Answer, at, call, type Sending, textAt } from "../http.ts";

const policy = `version: v1
defaults: { rejection_memory: 0 }
rules:
  - id: reads
    match: { topics: ["job.*.read"] }
    decision: allow
  - id: writes
    match: { topics: ["job.db.*"] }
    decision: require_approval
    timeout: 1h
`;

export const heldAction = { topic: "job.db.delete", params: { id: "c_81" } };
export const freeAction = { topic: "job.files.read", params: { path: "notes.txt" } };

export interface HostileWorld {
  readonly server: RunningServer;
  readonly url: string;
  /** A job that waits, proposed by the agent. */
  readonly hold: string;
  /** A released job of the agent, and its grant. */
  readonly released: string;
  readonly grant: string;
  readonly agent: string;
  readonly person: string;
  readonly expired: string;
  readonly revoked: string;
  /** Rows of everything but the record: refused attempts are written there. */
  counts(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

const tables = ["jobs", "reviews", "policies", "api_keys", "people", "outbox", "signing_keys"];

export async function openHostileWorld(): Promise<HostileWorld> {
  const database = await makeTestDatabase();
  const dir = mkdtempSync(join(tmpdir(), "holdpoint-hostile-"));
  let moved = 0;
  const server = await startServer(
    { port: 0, dev: true, dataDir: dir, databaseUrl: database.url, logLevel: "silent" },
    { clock: { now: () => Date.now() + moved } },
  );
  const { url } = server;
  const key = async (body: object): Promise<{ id: string; secret: string }> => {
    const made = await call(url, "POST", "/keys", { body });
    return { id: textAt(made.body, "id"), secret: textAt(made.body, "secret") };
  };
  await call(url, "POST", "/policies", { body: { source: policy } });
  const scopes = ["propose", "redeem", "read"];
  const agent = await key({ kind: "agent", subject: "billing", scopes });
  const person = await key({
    kind: "person",
    subject: "ada@example.com",
    scopes: ["review", "read"],
  });
  const expired = await key({ kind: "agent", subject: "billing", scopes, expires_in: "1s" });
  const revoked = await key({ kind: "agent", subject: "billing", scopes });
  await call(url, "POST", `/keys/${revoked.id}/revoke`, { body: {} });
  moved = 2_000;
  const held = await call(url, "POST", "/actions", { body: heldAction, key: agent.secret });
  const free = await call(url, "POST", "/actions", { body: freeAction, key: agent.secret });
  return {
    server,
    url,
    hold: textAt(held.body, "job", "id"),
    released: textAt(free.body, "job", "id"),
    grant: textAt(free.body, "grant", "token"),
    agent: agent.secret,
    person: person.secret,
    expired: expired.secret,
    revoked: revoked.secret,
    counts: async () => {
      const parts = tables.map((name) => `'${name}', (select count(*) from holdpoint.${name})`);
      const states = `'states', (select json_agg(json_build_array(id, state, revision) order by seq) from holdpoint.jobs)`;
      const [row] = await database.ask<{ counts: Record<string, number> }>(
        `select json_build_object(${[...parts, states].join(", ")}) as counts`,
      );
      return row?.counts ?? {};
    },
    close: async () => {
      await server.close();
      await database.remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface Attack {
  readonly what: string;
  readonly method?: "GET" | "POST" | "PUT" | "DELETE" | "PATCH";
  readonly path: string | ((world: HostileWorld) => string);
  readonly send?: Sending | ((world: HostileWorld) => Sending);
  readonly status: number;
  readonly code: string;
  /** JSON Pointer that the answer names. */
  readonly at?: string;
}

/** Sends it, and finds nothing changed but the answer. */
export async function expectRefused(world: HostileWorld, attack: Attack): Promise<Answer> {
  const before = await world.counts();
  const path = typeof attack.path === "string" ? attack.path : attack.path(world);
  const send = typeof attack.send === "function" ? attack.send(world) : (attack.send ?? {});
  const answer = await call(world.url, attack.method ?? "POST", path, send);
  expect([answer.status, at(answer.body, "code"), answer.text.slice(0, 300)]).toEqual([
    attack.status,
    attack.code,
    expect.any(String),
  ]);
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
  if (attack.at !== undefined) expect(at(answer.body, "path")).toBe(attack.at);
  expect(await world.counts()).toEqual(before);
  return answer;
}

/** One test for each attack. */
export function refuseAll(
  open: () => HostileWorld,
  group: string,
  attacks: readonly Attack[],
): void {
  describe(group, () => {
    for (const attack of attacks) {
      test(`${attack.what} is refused: ${attack.status} ${attack.code}`, async () => {
        await expectRefused(open(), attack);
      });
    }
  });
}

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** A request whose Host, length and parts are the test's own, which fetch would not let through. */
export function rawCall(
  url: string,
  options: { method: string; path: string; headers: Record<string, string>; parts: string[] },
): Promise<RawAnswer> {
  const { port } = new URL(url);
  const { method, path, headers, parts } = options;
  return new Promise((resolve, reject) => {
    const place = { host: "127.0.0.1", port, agent: false };
    const sending = request({ ...place, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sending.on("error", reject);
    for (const part of parts) sending.write(part);
    sending.end();
  });
}
