// A server with a Slack app and people who linked their accounts, beside the fake of Slack.

import { expect } from "vitest";
import { type Answer, type Line, startLine, stopLine } from "./line-world.ts";
import {
  type Fields,
  type FakeMessage,
  type OpenedView,
  SlackFake,
  type SlackUser,
} from "../fake/slack.ts";

export const place = "C0APPROVALS";

export const chatPolicy = `version: v1
roles: { lead: 1, security: 1 }
defaults: { rejection_memory: 0 }
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    reason: Production writes require human approval
    timeout: 1h
    notify: ["slack:approvals"]
  - id: two-roles
    match: { topics: ["job.deploy.*"] }
    decision: require_approval
    approvals: [{ role: lead }, { role: security }]
    timeout: 1h
    notify: ["slack:approvals"]
  - id: signed
    match: { topics: ["job.keys.*"] }
    decision: require_approval
    strong_auth: passkey
    timeout: 1h
    notify: ["slack:approvals"]
  - id: small-only
    match: { topics: ["job.db.update"] }
    when: has(action.params.rows) && action.params.rows > 100
    decision: deny
    reason: At most 100 rows
`;

export const ana: SlackUser = { team: "T1", id: "UANA", name: "ana" };
export const li: SlackUser = { team: "T1", id: "ULI", name: "li" };

export interface SlackWorld {
  readonly line: Line;
  readonly slack: SlackFake;
  /** Address of the server, without a path. */
  readonly base: string;
  close(): Promise<void>;
}

export async function openSlackWorld(policy: string = chatPolicy): Promise<SlackWorld> {
  const slack = await SlackFake.start();
  const line = await startLine({
    startAt: Date.now(),
    config: {
      slack: {
        botToken: slack.botToken,
        signingSecret: slack.signingSecret,
        appToken: null,
        apiUrl: slack.apiUrl,
        places: [{ name: "approvals", id: place }],
      },
    },
  });
  const published = await line.publish(policy);
  expect(published.status, JSON.stringify(published.body)).toBeLessThan(300);
  return {
    line,
    slack,
    base: line.url("").replace("/api/v1", ""),
    close: async () => {
      await stopLine(line);
      await slack.close();
    },
  };
}

/** The time by the server's clock, in seconds. */
export function seconds({ line }: SlackWorld): number {
  return Math.floor(line.clock.now() / 1_000);
}

/** Links the account as its owner would: a command in Slack, a code, a sign-in. */
export async function link(world: SlackWorld, user: SlackUser, key?: string): Promise<Answer> {
  const { slack, base, line } = world;
  const answer = await slack.command(base, user, "link", seconds(world));
  const code = /[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}/.exec(String(answer["text"]))?.[0];
  expect(code).toBeDefined();
  return line.post("/identities/link", { code }, key === undefined ? {} : { key });
}

/** A person with a key, whose Slack account is linked. */
export async function linkedPerson(
  world: SlackWorld,
  user: SlackUser,
  more: object = {},
): Promise<string> {
  const key = await world.line.makeKey("person", user.name, more);
  const linked = await link(world, user, key);
  expect(linked.status, JSON.stringify(linked.body)).toBe(200);
  return key;
}

export interface Held {
  readonly id: string;
  readonly message: FakeMessage;
}

/** Proposes, and waits until the card is in Slack. */
export async function held(world: SlackWorld, topic: string, more: object = {}): Promise<Held> {
  const id = world.line.jobId();
  const answer = await world.line.propose(topic, { job_id: id, ...more });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  const message = await world.slack.until((fake) =>
    fake.messages.find(
      (one) =>
        JSON.stringify(one.states[0]?.sent).includes(`v1 ${id} `) ||
        JSON.stringify(one.states[0]?.sent).includes(`/approvals/${id}`),
    ),
  );
  return { id, message };
}

/** Presses a button, and resolves once the server acknowledged. */
export async function press(
  world: SlackWorld,
  user: SlackUser,
  { message }: Held,
  actionId: string,
): Promise<Response> {
  const payload = world.slack.press(user, message, actionId);
  return world.slack.call(world.base, payload, seconds(world));
}

/** What the person is told next, after so many whispers. */
export async function whispered(world: SlackWorld, user: SlackUser, after = 0): Promise<string> {
  return world.slack.until(
    (fake) => fake.whispers.filter((one) => one.user === user.id)[after]?.text,
  );
}

export function whispersTo({ slack }: SlackWorld, user: SlackUser): number {
  return slack.whispers.filter((one) => one.user === user.id).length;
}

export async function openedView(world: SlackWorld, after: number): Promise<OpenedView> {
  return world.slack.until((fake) => fake.views[after]);
}

/** Sends a dialog, and reads what the server put into it. */
export async function submit(
  world: SlackWorld,
  user: SlackUser,
  opened: OpenedView,
  values: Readonly<Record<string, string>>,
): Promise<Fields | null> {
  const payload = world.slack.submit(user, opened, values);
  const response = await world.slack.call(world.base, payload, seconds(world));
  expect(response.status).toBe(200);
  const body = await response.text();
  return body === "" ? null : (JSON.parse(body) as Fields);
}

export async function stateOf({ line }: SlackWorld, id: string): Promise<string | undefined> {
  return (await line.get(`/jobs/${id}`)).body.job?.state;
}
