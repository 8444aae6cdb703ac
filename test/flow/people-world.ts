// A server whose holds ask roles and groups, with keys for people and an agent, for tests of who decides.

import type { Config } from "@holdpoint/server/config/config";
import { expectDocumented } from "../conformance/event-words.ts";
import { type Answer, at, call, textAt } from "../http.ts";
import { type Line, startLine, stopLine } from "./line-world.ts";

const peoplePolicy = `version: v1
roles: { lead: 2, director: 3 }
groups:
  on-call: { members: [pat@example.com], always: true }
  desk: { members: [desk-only], hours: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "17:00" } }
  board: { members: ["role:director"] }
rules:
  - { id: deploy, match: { topics: ["job.deploy.*"] }, decision: require_approval, approvals: [{ role: lead }], timeout: 1h }
  - { id: pair, match: { topics: ["job.pair.*"] }, decision: require_approval, approvals: [{ role: lead, count: 2 }], timeout: 1h }
  - { id: call, match: { topics: ["job.call.*"] }, decision: require_approval, approvals: [{ group: on-call }], timeout: 1h }
  - { id: desk-first, match: { topics: ["job.desk.*"] }, decision: require_approval, approvals: [{ group: desk }], escalate: [{ after: 30m, to: "group:board" }, { after: 45m, to: "group:on-call" }], timeout: 2h }
`;

export type KeyWish = { readonly scopes?: readonly string[]; readonly roles?: readonly string[] };

export class PeopleWorld {
  readonly line: Line;
  /** Key of somebody who administers, and whom no rule asks. */
  readonly admin: string;
  readonly agent: string;

  constructor(line: Line, keys: { readonly admin: string; readonly agent: string }) {
    this.line = line;
    this.admin = keys.admin;
    this.agent = keys.agent;
  }

  send(method: string, place: string, key: string, body?: unknown): Promise<Answer> {
    const sent = body === undefined ? {} : { body };
    return call(`http://127.0.0.1:${this.line.server.port}`, method, place, { key, ...sent });
  }

  key(subject: string, wish: KeyWish = {}): Promise<string> {
    return this.line.makeKey("person", subject, wish);
  }

  /** Writes a person down. */
  async put(id: string, body: object = {}): Promise<void> {
    const answer = await this.send("PUT", `/people/${id}`, this.admin, body);
    if (answer.status !== 200) throw new Error(answer.text);
  }

  /** A hold of this topic; answers its id. */
  async hold(topic: string, more: object = {}): Promise<string> {
    const answer = await this.send("POST", "/actions", this.agent, { topic, ...more });
    return textAt(answer.body, "job", "id");
  }

  /** Answers the state of the job, or the code of the refusal. */
  async vote(job: string, key: string, verdict = "approve"): Promise<string> {
    const answer = await this.send("POST", `/approvals/${job}/${verdict}`, key, { reason: "seen" });
    return String(at(answer.body, "job", "state") ?? at(answer.body, "code"));
  }

  async stop(): Promise<void> {
    try {
      await expectDocumented(this.line.server.engine.store, "default");
    } finally {
      await stopLine(this.line);
    }
  }
}

export async function startPeople(
  source: string = peoplePolicy,
  config: Partial<Config> = {},
): Promise<PeopleWorld> {
  const line = await startLine({ config });
  const url = `http://127.0.0.1:${line.server.port}`;
  const published = await call(url, "POST", "/policies", { body: { source } });
  if (published.status !== 200) throw new Error(published.text);
  const scopes = ["read", "review", "admin"];
  const admin = await line.makeKey("person", "root@example.com", { scopes });
  const agent = await line.makeKey("agent", "billing");
  return new PeopleWorld(line, { admin, agent });
}

export function codeOf(answer: Answer): string {
  return String(at(answer.body, "code") ?? answer.status);
}
