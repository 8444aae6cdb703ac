// A server with people and agents of their own keys, as the tests of the registry need it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type RunningServer, startServer } from "@holdpoint/server";
import { expect } from "vitest";
import { type Answer, at, call, type Sending, textAt } from "../http.ts";

const policy = `version: v1
roles: { lead: 2 }
defaults: { rejection_memory: 0 }
rules:
  - id: reads
    match: { topics: ["job.*.read"] }
    decision: allow
  - id: writes
    match: { topics: ["job.db.*"] }
    decision: require_approval
    approvals: [{ role: lead }]
    timeout: 10m
`;

export interface AgentWorld extends AsyncDisposable {
  readonly server: RunningServer;
  readonly url: string;
  /** Moves the clock of the server. */
  move(byMs: number): void;
  /** As the person of the development connection, who administers. */
  admin(method: string, path: string, body?: unknown): Promise<Answer>;
  as(key: string, method: string, path: string, body?: unknown): Promise<Answer>;
  keyOf(request: object): Promise<string>;
  agentKey(agent: string, more?: object): Promise<string>;
}

export async function openAgentWorld(config: object = {}): Promise<AgentWorld> {
  const dir = mkdtempSync(join(tmpdir(), "holdpoint-agents-"));
  let moved = 0;
  const server = await startServer(
    {
      port: 0,
      dev: true,
      dataDir: dir,
      publicUrl: "http://holdpoint.test",
      logLevel: "silent",
      ...config,
    },
    { clock: { now: () => Date.now() + moved } },
  );
  const send = (method: string, path: string, sending: Sending): Promise<Answer> =>
    call(server.url, method, path, sending);
  const world: AgentWorld = {
    server,
    url: server.url,
    move: (byMs) => {
      moved += byMs;
    },
    admin: (method, path, body) => send(method, path, method === "GET" ? {} : { body: body ?? {} }),
    as: (key, method, path, body) =>
      send(method, path, { key, ...(method === "GET" ? {} : { body: body ?? {} }) }),
    keyOf: async (request) => {
      const made = await send("POST", "/keys", { body: request });
      expect([made.status, made.text]).toEqual([201, expect.any(String)]);
      return textAt(made.body, "secret");
    },
    agentKey: (agent, more = {}) =>
      world.keyOf({
        kind: "agent",
        subject: agent,
        scopes: ["propose", "redeem", "read"],
        ...more,
      }),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  const published = await world.admin("POST", "/policies", { source: policy });
  expect([published.status, published.text]).toEqual([200, expect.any(String)]);
  return world;
}

let counter = 0;

/** An action that differs from all others. */
export function readAction(): { topic: string; params: object } {
  counter += 1;
  return { topic: "job.files.read", params: { of: counter } };
}

export function writeAction(): { topic: string; params: object } {
  counter += 1;
  return { topic: "job.db.drop", params: { of: counter } };
}

export async function propose(world: AgentWorld, key: string, action: object): Promise<Answer> {
  return world.as(key, "POST", "/actions", action);
}

/** Id and grant of an action that policy allows. */
export async function released(
  world: AgentWorld,
  key: string,
  action: object,
): Promise<{ id: string; grant: string }> {
  const answer = await propose(world, key, action);
  expect([answer.status, at(answer.body, "decision")]).toEqual([200, "ALLOW"]);
  return { id: textAt(answer.body, "job", "id"), grant: textAt(answer.body, "grant", "token") };
}

const patienceMs = 20_000;

export async function eventually<T>(
  read: () => Promise<T>,
  isSo: (value: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  let value = await read();
  while (!isSo(value) && performance.now() < deadline) {
    await nextTurn();
    value = await read();
  }
  return value;
}
