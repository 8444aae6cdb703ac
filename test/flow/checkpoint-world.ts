// Servers on one PostgreSQL that keep agents' state, with agents and people who hold keys, and the rows themselves.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Holdpoint } from "@holdpoint/sdk";
import { type RunningServer, startServer } from "@holdpoint/server";
import type { Config } from "@holdpoint/server/config/config";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { type Answer, call, type Sending, textAt } from "../http.ts";
import { HandClock } from "../sim/engine.ts";

export const sealKey = (byte: number): string => Buffer.alloc(32, byte).toString("base64");

export type Name = "billing" | "mail" | "blind" | "point" | "ana" | "boss";

const wanted: Readonly<Record<Name, object>> = {
  billing: { kind: "agent", subject: "billing", scopes: ["propose", "redeem", "read"] },
  mail: { kind: "agent", subject: "mail", scopes: ["propose", "redeem", "read"] },
  blind: { kind: "agent", subject: "billing", scopes: ["redeem", "read"] },
  point: { kind: "enforcement_point", subject: "gate", scopes: ["redeem", "read"] },
  ana: { kind: "person", subject: "ana", scopes: ["read", "review"] },
  boss: { kind: "person", subject: "boss", scopes: ["read", "review", "admin"] },
};

export interface CheckpointWorld {
  readonly server: RunningServer;
  readonly url: string;
  readonly database: TestDatabase;
  readonly clock: HandClock;
  send(name: Name, verb: string, body?: unknown): Promise<Answer>;
  client(name: Name): Holdpoint;
  /** Another server on the same data, with other settings. */
  startAnother(config: Partial<Config>): Promise<AnotherServer>;
  /** Types of events since the last look, oldest first, and who made them so. */
  events(): Promise<readonly EventRow[]>;
  close(): Promise<void>;
}

export interface AnotherServer extends AsyncDisposable {
  send(name: Name, verb: string, body?: unknown): Promise<Answer>;
  client(name: Name): Holdpoint;
  readonly url: string;
}

export interface EventRow {
  readonly type: string;
  readonly actor: string;
  readonly payload: unknown;
}

export async function startCheckpointWorld(): Promise<CheckpointWorld> {
  const database = await makeTestDatabase();
  const dir = mkdtempSync(join(tmpdir(), "holdpoint-checkpoints-"));
  const clock = new HandClock();
  const start = (config: Partial<Config>): Promise<RunningServer> =>
    startServer(
      {
        port: 0,
        dev: true,
        dataDir: dir,
        databaseUrl: database.url,
        publicUrl: "http://holdpoint.test",
        logLevel: "silent",
        sealKeys: `k1:${sealKey(1)}`,
        ...config,
      },
      { clock },
    );
  const server = await start({});
  const keys = await makeKeys(server.url);
  const at = (url: string): Omit<AnotherServer, typeof Symbol.asyncDispose> => ({
    url,
    send: (name, verb, body) =>
      sendTo(url, verb, { key: keys[name], ...(body !== undefined && { body }) }),
    client: (name) => new Holdpoint({ url, apiKey: keys[name] }),
  });
  let seen = 0;
  return {
    server,
    database,
    clock,
    ...at(server.url),
    startAnother: async (config) => {
      const other = await start(config);
      return { ...at(other.url), [Symbol.asyncDispose]: () => other.close() };
    },
    events: async () => {
      const rows = await database.ask<EventRow & Record<string, unknown>>(
        `select e.seq, e.type, e.actor_kind || ' ' || e.actor_id as actor, p.payload::json as payload
         from holdpoint.audit_events e left join holdpoint.audit_payloads p using (tenant, commitment)
         where e.seq > $1 and e.type like 'checkpoint.%' order by e.seq`,
        [seen],
      );
      seen = Number(rows.at(-1)?.["seq"] ?? seen);
      return rows.map(({ type, actor, payload }) => ({ type, actor, payload }));
    },
    close: async () => {
      await server.close();
      await database.remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function sendTo(url: string, verb: string, sending: Sending): Promise<Answer> {
  const [method = "", path = ""] = verb.split(" ");
  return call(url, method, path, sending);
}

async function makeKeys(url: string): Promise<Readonly<Record<Name, string>>> {
  const keys: Partial<Record<Name, string>> = {};
  for (const [name, body] of Object.entries(wanted)) {
    const made = await call(url, "POST", "/keys", { body });
    keys[name as Name] = textAt(made.body, "secret");
  }
  return keys as Record<Name, string>;
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
