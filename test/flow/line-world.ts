// A real server on a hand-moved clock, with an agent and people who hold API keys, over HTTP.

import { EventEmitter, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type RunningServer, startServer } from "@holdpoint/server";
import type { Config } from "@holdpoint/server/config/config";
import type { Store } from "@holdpoint/server/storage/store";
import { HandClock } from "../sim/engine.ts";

export const linePolicy = `version: v1
defaults: { rejection_memory: 0 }
roles: { lead: 1, security: 1 }
rules:
  - id: open
    match: { topics: ["job.files.read"] }
    decision: allow
  - id: noted
    match: { topics: ["job.files.list"] }
    decision: log
  - id: bounded
    match: { topics: ["job.mail.*"] }
    decision: allow_with_constraints
    constraints: { max_runtime_sec: 60, network_allowlist: [api.github.com] }
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    reason: Production writes require human approval
    timeout: 60s
  - id: two-roles
    match: { topics: ["job.deploy.*"] }
    decision: require_approval
    approvals: [{ role: lead }, { role: security }]
    timeout: 60s
  - id: never
    match: { topics: ["job.db.drop"] }
    decision: deny
    reason: Dropping a database is never automated
`;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** The members of answers that these tests look at. */
export interface Body {
  readonly code?: string;
  readonly state?: string;
  readonly secret?: string;
  readonly id?: string;
  readonly digest?: string;
  readonly next_cursor?: string | null;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly job?: { readonly id: string; readonly state: string; readonly revision: number };
  readonly job_hash?: string;
  readonly decision?: string;
  readonly policy_reason?: string;
  readonly constraints?: unknown;
  readonly grant?: { readonly id: string; readonly token: string | null } | null;
  readonly execution?: {
    readonly id: string;
    readonly receipt: string;
    readonly constraints: unknown;
  };
  readonly resolution?: { readonly kind: string; readonly reason: string | null } | null;
  readonly outcome?: { readonly status: string } | null;
  readonly items?: readonly EventItem[];
}

export interface EventItem {
  readonly cursor: string;
  readonly type: string;
  readonly job_id: string | null;
  readonly revision: number | null;
  readonly state: string | null;
  readonly actor: { readonly kind: string; readonly id: string };
}

export interface Call {
  /** API key; the development connection when left out. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Which messages the sender has settled, and how often, as the store wrote it. */
export class Settlements {
  readonly #bell = new EventEmitter();
  readonly #counts = new Map<string, number>();

  watch(store: Store): Store {
    return {
      ...store,
      settleDeliveries: async (tenant, results) => {
        await store.settleDeliveries(tenant, results);
        for (const { id } of results) this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
        this.#bell.emit("settled");
      },
    };
  }

  /** Resolves once an attempt to deliver the message was settled for the n-th time. */
  async times(id: string, count: number): Promise<void> {
    while ((this.#counts.get(id) ?? 0) < count) await once(this.#bell, "settled");
  }
}

/** The program log, while it is not silent. */
class Log {
  readonly #bell = new EventEmitter();
  readonly #lines: string[] = [];

  write(entry: string): void {
    this.#lines.push(entry);
    this.#bell.emit("written");
  }

  /** Resolves once a line says these words. */
  async says(words: string): Promise<void> {
    while (!this.#lines.some((entry) => entry.includes(words))) await once(this.#bell, "written");
  }
}

export class Line {
  readonly settlements: Settlements;
  readonly server: RunningServer;
  readonly clock: HandClock;
  readonly folder: string;
  readonly log: Log;
  #jobs = 0;

  constructor(parts: Pick<Line, "settlements" | "server" | "clock" | "folder" | "log">) {
    this.settlements = parts.settlements;
    this.server = parts.server;
    this.clock = parts.clock;
    this.folder = parts.folder;
    this.log = parts.log;
  }

  async get(place: string, { key, headers = {} }: Call = {}): Promise<Answer> {
    return answerOf(await fetch(this.url(place), { headers: { ...bearer(key), ...headers } }));
  }

  async post(place: string, body: unknown = {}, { key, headers = {} }: Call = {}): Promise<Answer> {
    const response = await fetch(this.url(place), {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(key), ...headers },
      body: JSON.stringify(body),
    });
    return answerOf(response);
  }

  url(place: string): string {
    return `http://127.0.0.1:${this.server.port}/api/v1${place}`;
  }

  /** An id that no other test of the file uses. */
  jobId(): string {
    this.#jobs += 1;
    return `job-${this.#jobs}`;
  }

  async propose(topic: string, more: object = {}, call: Call = {}): Promise<Answer> {
    return this.post("/actions", { topic, params: { id: "c_81" }, ...more }, call);
  }

  /** Redeems for the action as `propose` made it. */
  async redeem(topic: string, token: string, more: object = {}, call: Call = {}): Promise<Answer> {
    const action = { topic, params: { id: "c_81" }, ...more };
    return this.post("/grants/redeem", { grant: token, action }, call);
  }

  async makeKey(kind: "agent" | "person", subject: string, more: object = {}): Promise<string> {
    const scopes = kind === "agent" ? ["propose", "redeem", "read"] : ["read", "review"];
    const made = await this.post("/keys", { kind, subject, scopes, ...more });
    return made.body.secret ?? "";
  }

  /** Resolves once so many long polls are asleep in the server. */
  async waiting(count: number): Promise<void> {
    while (this.server.engine.hub.waiterCount < count) await nextTurn();
  }

  /** A new server on the same data, after this one was closed; grants keep their issuer by its address. */
  async again(): Promise<Line> {
    return open({ publicUrl: this.server.engine.publicUrl }, this.folder, this.clock);
  }

  async publish(source: string): Promise<Answer> {
    return this.post("/policies", { source });
  }

  /** Moves the clock and lets the loops look, as they would have by themselves. */
  pass(ms: number): void {
    this.clock.move(ms);
    this.server.engine.hub.work();
  }

  /** The job once it is past a revision; the server answers as soon as it is. */
  async after(jobId: string, revision: number): Promise<Answer> {
    return this.get(`/jobs/${jobId}/wait?timeout=30&since=${revision}`);
  }

  /** What happened to a job, without what was told about it: messages leave when they can. */
  async types(jobId: string): Promise<readonly string[]> {
    const { body } = await this.get(`/audit/events?job=${jobId}`);
    const types = (body.items ?? []).map((event) => event.type);
    return types.filter((type) => !type.startsWith("notice."));
  }
}

export interface LineOptions {
  readonly config?: Partial<Config>;
  /** True when the server watches the policy file, instead of reading it once. */
  readonly isWatched?: boolean;
  readonly startAt?: number;
}

export async function startLine(options: LineOptions = {}): Promise<Line> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdpoint-line-"));
  const policyFile = path.join(folder, "policy.yaml");
  await writeFile(policyFile, linePolicy);
  const place = options.isWatched === true ? { policyFile } : { firstPolicyFile: policyFile };
  return open({ ...place, ...options.config }, folder, new HandClock(options.startAt));
}

async function open(config: Partial<Config>, folder: string, clock: HandClock): Promise<Line> {
  const log = new Log();
  const settlements = new Settlements();
  const server = await startServer(
    { port: 0, dev: true, dataDir: path.join(folder, "data"), logLevel: "silent", ...config },
    {
      clock,
      write: (entry) => log.write(entry),
      onProgress: () => undefined,
      wrapStore: (store) => settlements.watch(store),
    },
  );
  return new Line({ settlements, server, clock, folder, log });
}

export async function stopLine(line: Line): Promise<void> {
  await line.server.close();
  await rm(line.folder, { recursive: true, force: true });
}

function bearer(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as Body };
}
