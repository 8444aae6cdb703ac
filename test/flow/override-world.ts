// A server with people around an emergency: reviewers, an on-call group, a board that judges, admins, agents.

import { expectDocumented } from "../conformance/event-words.ts";
import { type Answer, at, call, textAt } from "../http.ts";
import { type Line, startLine, stopLine } from "./line-world.ts";

export const overridePolicy = `version: v1
roles: { lead: 1, director: 2 }
groups:
  reviewers: { members: [rev@example.com, rob@example.com] }
  on-call: { members: [oncall@example.com, second@example.com, third@example.com, owner@example.com, gone@example.com] }
  chiefs: { members: [third@example.com] }
  board: { members: [board@example.com, oncall@example.com, owner@example.com] }
governance: { group: board, due: 3d, overrides_max: 3, per: 30d }
defaults: { decision: deny, timeout: 1h }
invariants:
  - { id: never-drop, match: { topics: ["job.floor.*"] }, decision: require_approval, reason: Floor, approvals: [{ group: reviewers }] }
rules:
  - id: floor
    match: { topics: ["job.floor.*"] }
    decision: require_approval
    approvals: [{ group: reviewers }]
    emergency: { by: "group:on-call", within: [incident] }
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    reason: Writing to the database
    approvals: [{ group: reviewers, count: 2 }]
    escalate: [{ after: 10m, to: "group:chiefs" }]
    on_reject: escalate
    emergency: { by: "group:on-call", within: [incident] }
  - id: labelled
    match: { topics: ["job.labelled.*"] }
    decision: require_approval
    approvals: [{ group: reviewers }]
    emergency: { by: "group:on-call", within: ["label:severity=critical"] }
  - id: by-topic
    match: { topics: ["job.topic.*"] }
    decision: require_approval
    approvals: [{ group: reviewers }]
    emergency: { by: "group:on-call", within: ["topic:job.topic.fix"] }
  - id: plain
    match: { topics: ["job.plain.*"] }
    decision: require_approval
    approvals: [{ group: reviewers }]
  - id: signed
    match: { topics: ["job.signed.*"] }
    decision: require_approval
    approvals: [{ group: reviewers }]
    strong_auth: passkey
  - id: both-a
    match: { topics: ["job.both.*"] }
    decision: require_approval
    approvals: [{ group: reviewers }]
    emergency: { by: "group:on-call", within: [incident] }
  - id: both-b
    match: { topics: ["job.both.*"] }
    decision: require_approval
    approvals: [{ group: reviewers }]
    emergency: { by: "group:chiefs", within: ["label:severity=critical"] }
`;

const people = ["oncall", "second", "third", "rev", "rob", "board", "owner", "gone"] as const;
type Name = (typeof people)[number];

export interface OverrideWorld {
  readonly line: Line;
  /** Keys by the name before `@example.com`; `admin` and `chief` may administer. */
  readonly keys: Readonly<Record<Name | "admin" | "chief" | "agent" | "other", string>>;
  send(
    method: string,
    path: string,
    who: keyof OverrideWorld["keys"],
    body?: unknown,
  ): Promise<Answer>;
  /** A hold of the agent; answers its id. */
  hold(topic: string, agent?: "agent" | "other"): Promise<string>;
  /** Opens an incident by the admin; answers its id. */
  incident(labels?: Readonly<Record<string, string>>): Promise<string>;
  override(job: string, who: keyof OverrideWorld["keys"], body?: object): Promise<Answer>;
  /** An override that is granted; answers the id of its governance review. */
  granted(topic: string, who: Name, agent?: "agent" | "other"): Promise<string>;
  reviewOf(job: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startOverrides(source: string = overridePolicy): Promise<OverrideWorld> {
  const line = await startLine();
  await line.publish(source);
  // The clock of these tests goes far.
  const life = { expires_in: "400d" };
  const admin = { ...life, scopes: ["read", "review", "admin"] };
  const keys: Record<string, string> = {
    admin: await line.makeKey("person", "admin@example.com", admin),
    chief: await line.makeKey("person", "chief@example.com", admin),
    agent: await line.makeKey("agent", "billing", { ...life, owner: "owner@example.com" }),
    other: await line.makeKey("agent", "deployer", life),
  };
  for (const name of people) {
    keys[name] = await line.makeKey("person", `${name}@example.com`, life);
  }
  return worldOf(line, keys as OverrideWorld["keys"]);
}

function worldOf(line: Line, keys: OverrideWorld["keys"]): OverrideWorld {
  const url = `http://127.0.0.1:${line.server.port}`;
  let asked = 0;
  const send: OverrideWorld["send"] = (method, path, who, body) =>
    call(url, method, path, { key: keys[who], ...(body === undefined ? {} : { body }) });
  const hold: OverrideWorld["hold"] = async (topic, agent = "agent") => {
    asked += 1;
    const answer = await send("POST", "/actions", agent, {
      topic,
      params: { number: asked * 1_000 },
    });
    return textAt(answer.body, "job", "id");
  };
  const incident: OverrideWorld["incident"] = async (labels = {}) => {
    const answer = await send("POST", "/incidents", "admin", { title: "It is down", labels });
    return textAt(answer.body, "id");
  };
  const override: OverrideWorld["override"] = (job, who, body = {}) =>
    send("POST", `/approvals/${job}/override`, who, { reason: "customers cannot pay", ...body });
  const reviewOf = async (job: string): Promise<string> => {
    const { body } = await send("GET", "/governance?state=all&limit=200", "admin");
    const items = at(body, "items") as readonly { id: string; job_id: string }[];
    return items.find((item) => item.job_id === job)?.id ?? "";
  };
  return {
    line,
    keys,
    send,
    hold,
    incident,
    override,
    reviewOf,
    granted: async (topic, who, agent = "agent") => {
      const job = await hold(topic, agent);
      const answer = await override(job, who, { incident: await incident() });
      if (at(answer.body, "job", "state") !== "APPROVED") throw new Error(answer.text);
      return reviewOf(job);
    },
    stop: async () => {
      try {
        await expectDocumented(line.server.engine.store, "default");
      } finally {
        await stopLine(line);
      }
    },
  };
}

/** What was recorded of one type, newest first, with its payload. */
export async function eventsOf(
  world: OverrideWorld,
  type: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { body } = await world.send("GET", `/audit/events?type=${type}&order=newest`, "admin");
  return (at(body, "items") ?? []) as readonly Readonly<Record<string, unknown>>[];
}
