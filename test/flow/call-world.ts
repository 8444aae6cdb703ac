// Two servers on one PostgreSQL with agents, an enforcement point and people, for tests of calls, outputs and effects.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningServer, startServer } from "@holdpoint/server";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { type Answer, at, call, textAt } from "../http.ts";
import { HandClock } from "../sim/engine.ts";

const policy = `version: v1
defaults: { rejection_memory: 0 }
roles: { lead: 1 }
rules:
  - { id: open, match: { topics: ["job.files.*"] }, decision: allow }
  - id: bounded
    match: { topics: ["job.bounded.*"] }
    decision: allow_with_constraints
    constraints: { max_runtime_sec: 5, redact: [iban] }
  - { id: never, match: { topics: ["job.never.*"] }, decision: deny }
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    approvals: [{ role: lead }]
    timeout: 1h
  - { id: few, match: { topics: ["job.mail.*"] }, decision: allow }
  - id: many
    match: { topics: ["job.mail.*"] }
    when: 'has(action.effect) && has(action.effect.recipients) && action.effect.recipients > 10'
    decision: require_approval
    approvals: [{ role: lead }]
    timeout: 1h
  - id: too-many
    match: { topics: ["job.mail.*"] }
    when: 'has(action.effect) && has(action.effect.recipients) && action.effect.recipients > 1000'
    decision: deny
`;

export type Name = "ana" | "ben" | "agent" | "other" | "point" | "reader" | "admin";

export class CallWorld {
  readonly a: RunningServer;
  readonly b: RunningServer;
  readonly clock: HandClock;
  readonly database: TestDatabase;
  readonly #folder: string;
  readonly keys = new Map<Name, string>();
  #names = 0;

  constructor(parts: Pick<CallWorld, "a" | "b" | "clock" | "database"> & { folder: string }) {
    this.a = parts.a;
    this.b = parts.b;
    this.clock = parts.clock;
    this.database = parts.database;
    this.#folder = parts.folder;
  }

  /** A name that no other test of the file uses. */
  name(): string {
    this.#names += 1;
    return `name-${this.#names}`;
  }

  keyOf(name: Name): string {
    return this.keys.get(name) ?? "";
  }

  get(name: Name, place: string, server: RunningServer = this.a): Promise<Answer> {
    return call(server.url, "GET", place, { key: this.keyOf(name) });
  }

  post(
    name: Name,
    place: string,
    body: unknown = {},
    server: RunningServer = this.a,
  ): Promise<Answer> {
    return call(server.url, "POST", place, { key: this.keyOf(name), body });
  }

  /** As `post`, for what has to work before a test can begin. */
  async must(name: Name, place: string, body: unknown = {}): Promise<Answer> {
    const answer = await this.post(name, place, body);
    if (answer.status >= 300) throw new Error(`${place} as ${name}: ${answer.text}`);
    return answer;
  }

  /** Redeems with the action as it was proposed, and with what the test says. */
  async redeem(job: unknown, more: object = {}, server: RunningServer = this.a): Promise<Answer> {
    const id = textAt(job, "job", "id");
    const { body } = await this.get("agent", `/jobs/${id}`);
    const { topic, params } = at(body, "action") as Record<string, unknown>;
    const grant = textAt(body, "grant", "token");
    return this.post(
      "agent",
      "/grants/redeem",
      { grant, action: { topic, params, ...more } },
      server,
    );
  }

  async approve(job: unknown): Promise<void> {
    await this.must("ana", `/approvals/${textAt(job, "job", "id")}/approve`);
  }

  /** A job that runs, by the shortest way. */
  async running(more: object = {}): Promise<Record<string, unknown>> {
    const body = { topic: "job.files.read", params: { path: this.name() }, ...more };
    const job = await this.must("agent", "/actions", body);
    const redeemed = await this.redeem(job.body);
    if (redeemed.status !== 200) throw new Error(redeemed.text);
    return job.body ?? {};
  }

  /** The job once it has ended, also when time alone ends it. */
  async endedAfter(job: unknown, ms: number): Promise<Answer> {
    this.clock.move(ms);
    for (const server of [this.a, this.b]) server.engine.hub.work();
    return this.get("agent", `/jobs/${textAt(job, "job", "id")}/wait?timeout=30&until=ended`);
  }

  async close(): Promise<void> {
    await Promise.all([this.a.close(), this.b.close()]);
    await this.database.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const dayMs = 86_400_000;
export const outcomeDeadlineMs = 900_000;

export async function openCallWorld(): Promise<CallWorld> {
  const database = await makeTestDatabase();
  const folder = mkdtempSync(join(tmpdir(), "holdpoint-calls-"));
  const clock = new HandClock();
  const config = {
    port: 0,
    dev: true,
    dataDir: folder,
    databaseUrl: database.url,
    publicUrl: "http://holdpoint.test",
    logLevel: "silent" as const,
  };
  const a = await startServer(config, { clock });
  const b = await startServer(config, { clock });
  const world = new CallWorld({ a, b, clock, database, folder });
  const published = await call(a.url, "POST", "/policies", { body: { source: policy } });
  if (published.status !== 200) throw new Error(published.text);
  const agent = ["propose", "redeem", "read"];
  const person = ["read", "review"];
  for (const [name, request] of [
    ["ana", { kind: "person", subject: "ana", scopes: person, roles: ["lead"] }],
    ["ben", { kind: "person", subject: "ben", scopes: person, roles: ["lead"] }],
    ["admin", { kind: "person", subject: "root", scopes: [...person, "admin"] }],
    ["agent", { kind: "agent", subject: "bot", scopes: agent }],
    ["other", { kind: "agent", subject: "other-bot", scopes: agent }],
    ["reader", { kind: "agent", subject: "bot", scopes: ["read"] }],
    ["point", { kind: "enforcement_point", subject: "gateway", scopes: ["redeem", "read"] }],
  ] as const) {
    const made = await call(a.url, "POST", "/keys", { body: request });
    world.keys.set(name, textAt(made.body, "secret"));
  }
  return world;
}
