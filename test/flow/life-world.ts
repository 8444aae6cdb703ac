// A server with three admins, a reviewer and an agent who hold keys, for the life of a policy over HTTP.

import { call, type Answer, at, textAt } from "../http.ts";
import { type Line, startLine, stopLine } from "./line-world.ts";

export const lifePolicy = `version: v1
defaults: { decision: require_approval, timeout: 1h }
rules:
  - { id: read, match: { topics: ["job.*.read"] }, decision: allow, reason: Reading }
  - { id: write, match: { topics: ["job.*.write"] }, decision: require_approval, reason: Writing }
`;

export interface LifeWorld {
  readonly line: Line;
  readonly ana: string;
  readonly bob: string;
  readonly eve: string;
  /** May review, is no admin. */
  readonly rev: string;
  readonly agent: string;
  agentKey(name: string): Promise<string>;
  send(method: string, path: string, key: string | null, body?: unknown): Promise<Answer>;
  /** A draft of ana's whose publication she asks for; answers draft and job. */
  propose(source: string, more?: object): Promise<{ draft: string; job: string; answer: Answer }>;
  approve(job: string, key: string): Promise<Answer>;
  active(): Promise<string>;
  stop(): Promise<void>;
}

export async function startLife(source: string = lifePolicy): Promise<LifeWorld> {
  const line = await startLine();
  const url = `http://127.0.0.1:${line.server.port}`;
  const send: LifeWorld["send"] = (method, path, key, body) =>
    call(url, method, path, {
      ...(key === null ? {} : { key }),
      ...(body === undefined ? {} : { body }),
    });
  await send("POST", "/policies", null, { source });
  const admin = (name: string) =>
    line.makeKey("person", `${name}@example.com`, { scopes: ["read", "review", "admin"] });
  const [ana, bob, eve] = [await admin("ana"), await admin("bob"), await admin("eve")];
  const rev = await line.makeKey("person", "rev@example.com");
  const agentKey = (name: string) => line.makeKey("agent", name);
  const agent = await agentKey("billing");
  return {
    line,
    ana,
    bob,
    eve,
    rev,
    agent,
    agentKey,
    send,
    propose: async (text, more = {}) => {
      const made = await send("POST", "/policies/drafts", ana, { source: text, message: "why" });
      const draft = textAt(made.body, "id");
      const answer = await send("POST", `/policies/drafts/${draft}/publish`, ana, more);
      return { draft, job: String(at(answer.body, "job", "id") ?? ""), answer };
    },
    approve: (job, key) => send("POST", `/approvals/${job}/approve`, key, {}),
    active: async () =>
      textAt((await send("GET", "/policies/state", ana)).body, "active", "digest"),
    stop: () => stopLine(line),
  };
}

/** Reads again until it is so; the workers move what is due at each look. */
export async function until<T>(
  world: LifeWorld,
  read: () => Promise<T>,
  isSo: (value: T) => boolean,
): Promise<T> {
  for (;;) {
    const value = await read();
    if (isSo(value)) return value;
    world.line.server.engine.hub.work();
  }
}
