// A server with people of several roles and two agents, for tests of what people do with holds.

import { type Call, type Line, type LineOptions, startLine } from "./line-world.ts";
import type { Answer } from "../http.ts";
import { call } from "../http.ts";

export const holdPolicy = `version: v1
roles: { lead: 1, security: 1, outside: 0 }
rules:
  - id: open
    match: { topics: ["job.files.*"] }
    decision: allow
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    approvals: [{ role: lead, count: 2, deny_count: 2 }]
    timeout: 1h
  - id: single
    match: { topics: ["job.mail.*"] }
    decision: require_approval
    approvals: [{ role: lead }]
    timeout: 1h
    on_reject: reroute
  - id: blind
    match: { topics: ["job.blind.*"] }
    decision: require_approval
    approvals: [{ role: lead, count: 3, deny_count: 3, blind: true }]
    timeout: 1h
  - id: pairs
    match: { topics: ["job.pair.*"] }
    decision: require_approval
    approvals: [{ role: lead, count: 2 }]
    exclude: [last_pair]
    timeout: 1h
  - id: taken
    match: { topics: ["job.hand.*"] }
    decision: require_approval
    approvals: [{ role: lead }]
    on_reject: escalate
    timeout: 1h
  - id: signed
    match: { topics: ["job.signed.*"] }
    decision: require_approval
    approvals: [{ role: lead }]
    strong_auth: passkey
    timeout: 1h
`;

export type Name = "ana" | "ben" | "cleo" | "olga" | "agent" | "other" | "admin";

export class Holds {
  readonly line: Line;
  readonly keys: Readonly<Record<Name, string>>;

  constructor(line: Line, keys: Readonly<Record<Name, string>>) {
    this.line = line;
    this.keys = keys;
  }

  get url(): string {
    return `http://127.0.0.1:${this.line.server.port}`;
  }

  as(name: Name): Call {
    return { key: this.keys[name] };
  }

  get(name: Name, place: string): Promise<Answer> {
    return call(this.url, "GET", place, { key: this.keys[name] });
  }

  post(name: Name, place: string, body: unknown = {}): Promise<Answer> {
    return call(this.url, "POST", place, { key: this.keys[name], body });
  }

  /** Proposes as the agent; each has parameters of its own unless the test says them. */
  async propose(topic: string, more: object = {}, name: Name = "agent"): Promise<Answer> {
    const jobId = this.line.jobId();
    const params = { id: jobId, note: `note of ${jobId}` };
    return this.post(name, "/actions", { topic, job_id: jobId, params, ...more });
  }
}

export async function startHolds(
  policy: string = holdPolicy,
  options: LineOptions = {},
): Promise<Holds> {
  const line = await startLine(options);
  const published = await line.publish(policy);
  if (published.status !== 200) throw new Error(JSON.stringify(published.body));
  const person = (subject: string, roles: readonly string[]): Promise<string> =>
    line.makeKey("person", subject, { roles });
  return new Holds(line, {
    ana: await person("ana", ["lead"]),
    ben: await person("ben", ["lead"]),
    cleo: await person("cleo", ["lead"]),
    olga: await person("olga", ["outside"]),
    admin: await line.makeKey("person", "root", { scopes: ["read", "review", "admin"] }),
    agent: await line.makeKey("agent", "bot"),
    other: await line.makeKey("agent", "other-bot"),
  });
}
