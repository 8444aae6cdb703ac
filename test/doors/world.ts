// The server behind the doors: nobody is let in without a credential, Slack and mail are beside it, holds of every state are made.

import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { addKey } from "@holdpoint/server/flow/manage-keys";
import { changeJob } from "@holdpoint/server/flow/change-job";
import type { Caller, Engine } from "@holdpoint/server/flow/context";
import { MailFake } from "../fake/mail.ts";
import { SlackFake, type SlackUser } from "../fake/slack.ts";
import { type Line, startLine, stopLine } from "../flow/line-world.ts";
import { type Answer, at, call, textAt } from "../http.ts";
import { delegations, everybody, type Name, names, peopleFile } from "./people.ts";
import { policyText, startAt, type StateName, states } from "./states.ts";

/** People who prepare what the others find: none of them stands before a door. */
type Hand = "first" | "paul" | "boss";
type KeyName = Name | Hand;

/** A job in its state, and what was shown of it before. */
export interface Found {
  readonly id: string;
  readonly shownHash: string;
  readonly shownRevision: number;
  /** The governance review or the takeover that the state comes with. */
  readonly task: string | null;
}

const webhookSecret = `whsec_${Buffer.alloc(32, "s").toString("base64")}`;
const scopes = { plain: ["read", "review"], admin: ["read", "review", "admin"] } as const;

export class DoorWorld {
  readonly line: Line;
  readonly slack: SlackFake;
  readonly mail: MailFake;
  readonly folder: string;
  /** Takes what is told, so that every level of a hold is reached. */
  readonly sink: Server;
  readonly keys = new Map<KeyName, string>();
  incident = "";
  #count = 0;

  constructor(parts: Pick<DoorWorld, "line" | "slack" | "mail" | "folder" | "sink">) {
    this.line = parts.line;
    this.slack = parts.slack;
    this.mail = parts.mail;
    this.folder = parts.folder;
    this.sink = parts.sink;
  }

  get engine(): Engine {
    return this.line.server.engine;
  }

  get url(): string {
    return `http://127.0.0.1:${this.line.server.port}`;
  }

  number(): number {
    this.#count += 1;
    return this.#count;
  }

  keyOf(name: KeyName): string | null {
    return this.keys.get(name) ?? null;
  }

  send(method: string, place: string, name: KeyName, body?: unknown): Promise<Answer> {
    const key = this.keyOf(name);
    return call(this.url, method, place, {
      ...(key === null ? {} : { key }),
      ...(body === undefined ? {} : { body }),
    });
  }

  /** As `send`, for what has to work before a test can begin. */
  async must(method: string, place: string, name: KeyName, body?: unknown): Promise<Answer> {
    const answer = await this.send(method, place, name, body);
    if (answer.status >= 300) throw new Error(`${method} ${place} as ${name}: ${answer.text}`);
    return answer;
  }

  async propose(topic: string): Promise<Found> {
    const { body } = await this.must("POST", "/actions", "agent", this.action(topic));
    return foundIn(body);
  }

  /** Each with parameters of its own. */
  action(topic: string): object {
    return {
      topic,
      params: { number: this.number() },
      cost: { amount: 500, currency: "USD" },
      agent: { on_behalf_of: "user:behalf@example.test" },
    };
  }

  /**
   * What people can change of the job and of what belongs to it, as text. Whether and when a level
   * was told is no doing of theirs.
   */
  async kept({ id, task }: Found): Promise<string> {
    const found = await this.engine.store.findJob("default", id);
    const beside = task === null ? null : await this.engine.store.findTask("default", task);
    if (found === null) throw new Error(`no job ${id}`);
    const { job, reviews } = found.file;
    const { state, round, jobHash, decision, resolution, grant, outcome, watch } = job;
    const { level, widened, claim, questions, basisRevision } = watch ?? {};
    const held = { level, widened, claim, questions, basisRevision };
    const part = { state, round, jobHash, decision, resolution, grant, outcome, held };
    return JSON.stringify([part, reviews, beside]);
  }

  /** Takes the card from whoever has it. */
  async giveBack({ id }: Found): Promise<void> {
    await this.must("POST", `/approvals/${id}/release`, "boss", {});
  }

  async close(): Promise<void> {
    await stopLine(this.line);
    await this.slack.close();
    await this.mail.close();
    this.sink.closeAllConnections();
    this.sink.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export function slackUserOf(name: Name): SlackUser {
  return { team: "T1", id: `U${name.toUpperCase()}`, name };
}

export async function openDoors(): Promise<DoorWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdpoint-doors-"));
  const firstPolicyFile = path.join(folder, "policy.yaml");
  await writeFile(firstPolicyFile, policyText("Writing"));
  const sink = createServer((request, response) => {
    request.resume().on("end", () => response.end());
  });
  sink.listen(0, "127.0.0.1");
  await once(sink, "listening");
  const { port } = sink.address() as AddressInfo;
  const [slack, mail] = await Promise.all([SlackFake.start(), MailFake.start()]);
  const line = await startLine({
    startAt,
    config: {
      dev: false,
      firstPolicyFile,
      webhooks: [{ name: "default", url: `http://127.0.0.1:${port}/`, secret: webhookSecret }],
      email: { smtpUrl: mail.url, from: "holdpoint@example.test" },
      slack: {
        botToken: slack.botToken,
        signingSecret: slack.signingSecret,
        appToken: null,
        apiUrl: slack.apiUrl,
        places: [],
      },
    },
  });
  const world = new DoorWorld({ line, slack, mail, folder, sink });
  await fill(world);
  return world;
}

async function fill(world: DoorWorld): Promise<void> {
  await addKeyOf(world, "boss", "boss", { scopes: scopes.admin });
  for (const hand of ["first", "paul"] as const) await addKeyOf(world, hand, hand, {});
  await world.must("POST", "/people/import", "boss", { source: peopleFile });
  for (const name of names) await addSomebody(world, name);
  await makeAgents(world);
  const ends = new Date(startAt + 30 * 86_400_000).toISOString();
  for (const [from, to] of delegations) {
    await world.must("POST", "/delegations", "boss", { from, to, ends });
  }
  for (const name of names) {
    if (["person", "left", "revoked"].includes(everybody[name].credential)) await link(world, name);
  }
  await world.must("DELETE", "/people/retired", "boss");
  const { body } = await world.must("GET", "/keys", "boss");
  const items = at(body, "items") as readonly { id: string; subject: string }[];
  const revoked = items.find(({ subject }) => subject === "revoked");
  await world.must("POST", `/keys/${revoked?.id}/revoke`, "boss");
  world.incident = textAt(
    (await world.must("POST", "/incidents", "boss", { title: "It is down" })).body,
    "id",
  );
}

async function addKeyOf(
  { engine, keys }: DoorWorld,
  name: KeyName,
  subject: string,
  more: { readonly scopes?: readonly string[]; readonly roles?: readonly string[] },
): Promise<void> {
  const request = { kind: "person", subject, scopes: [...(more.scopes ?? scopes.plain)] } as never;
  const { secret } = await addKey(engine, {
    tenant: "default",
    by: { kind: "system", id: "test" },
    request: { ...(request as object), roles: more.roles ?? [] } as never,
  });
  keys.set(name, secret);
}

async function addSomebody(world: DoorWorld, name: Name): Promise<void> {
  const who: (typeof everybody)[Name] = everybody[name];
  if (!["person", "left", "revoked"].includes(who.credential)) return;
  const isByKey = name === "keyed" || name === "revoked";
  await addKeyOf(world, name, who.account ?? who.id, {
    scopes: who.isAdmin === true ? scopes.admin : scopes.plain,
    roles: isByKey ? ["lead"] : [],
  });
}

/** The creator makes the credential of the agent, whose owner is another. */
async function makeAgents(world: DoorWorld): Promise<void> {
  const agent = ["propose", "redeem", "read"];
  for (const [name, kind, subject, keyScopes, more] of [
    ["agent", "agent", "robot", agent, { owner: "owner" }],
    ["other", "agent", "other-robot", agent, {}],
    ["point", "enforcement_point", "gateway", ["redeem", "read"], {}],
  ] as const) {
    const request = { kind, subject, scopes: keyScopes, ...more };
    const { body } = await world.must("POST", "/keys", "creator", request);
    world.keys.set(name, textAt(body, "secret"));
  }
}

/** As its owner links an account: a command in Slack, a code, a sign-in. */
async function link(world: DoorWorld, name: Name): Promise<void> {
  const seconds = world.line.clock.now() / 1_000;
  const told = await world.slack.command(world.url, slackUserOf(name), "link", seconds);
  const code = /[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}/.exec(String(told["text"]))?.[0];
  await world.must("POST", "/identities/link", name, { code });
}

function foundIn(body: unknown): Found {
  return {
    id: textAt(body, "job", "id"),
    shownHash: textAt(body, "job_hash"),
    shownRevision: Number(at(body, "job", "revision")),
    task: null,
  };
}

/** Once for the world: what holds of some states look back at, and the clock that moves before all others. */
export async function before(world: DoorWorld): Promise<Found> {
  const seen = await world.propose(states.pair.topic);
  for (const one of ["pia", "paul"] as const) {
    await world.must("POST", `/approvals/${seen.id}/approve`, one, {});
  }
  const expired = await world.propose(states.expired.topic);
  world.line.pass(120_000);
  await world.must(
    "GET",
    `/jobs/${expired.id}/wait?timeout=30&since=${expired.shownRevision}`,
    "boss",
  );
  return expired;
}

/** A job that is in the state, made by those who are no part of the test. */
export async function makeFound(world: DoorWorld, where: StateName): Promise<Found> {
  if (where === "publication") return proposePolicy(world);
  const found = await world.propose(states[where].topic);
  const as = (name: KeyName, verb: string, body: object = {}): Promise<Answer> =>
    world.must("POST", `/approvals/${found.id}/${verb}`, name, body);
  switch (where) {
    case "blind":
      await as("first", "approve");
      return lookedAt(world, found);
    case "pair":
      await as("paul", "approve");
      return lookedAt(world, found);
    case "claimed":
      await as("first", "claim");
      return lookedAt(world, found);
    case "stale":
      await as("first", "modify", { params: { number: 0 }, reason: "fewer" });
      return found;
    case "approved":
      await as("first", "approve");
      return lookedAt(world, found);
    case "executing":
      await as("first", "approve");
      await redeem(world, found);
      return lookedAt(world, found);
    case "unknown":
      await as("first", "approve");
      await redeem(world, found);
      await loseOutcome(world, found);
      return lookedAt(world, found);
    case "cancelled":
      await world.must("POST", `/jobs/${found.id}/cancel`, "agent", {});
      return lookedAt(world, found);
    case "rejected":
      await as("first", "reject", { reason: "by hand" });
      return { ...(await lookedAt(world, found)), task: await taskOf(world, "/takeovers", found) };
    case "overridden":
      await as("olly", "override", { reason: "it is down", incident: world.incident });
      return { ...(await lookedAt(world, found)), task: await taskOf(world, "/governance", found) };
    default:
      return lookedAt(world, found);
  }
}

async function lookedAt(world: DoorWorld, { id }: Found): Promise<Found> {
  return foundIn((await world.must("GET", `/approvals/${id}`, "boss")).body);
}

async function redeem(world: DoorWorld, { id }: Found): Promise<void> {
  const { body } = await world.must("GET", `/jobs/${id}`, "agent");
  const { topic, params, cost } = at(body, "action") as Record<string, unknown>;
  const action = { topic, params, cost };
  await world.must("POST", "/grants/redeem", "agent", {
    grant: textAt(body, "grant", "token"),
    action,
  });
}

/** As the clock makes it so; the clock of this world stands still, for other holds would end with it. */
async function loseOutcome({ engine }: DoorWorld, { id }: Found): Promise<void> {
  const caller: Caller = {
    tenant: "default",
    agent: null,
    person: null,
    scopes: new Set(),
    keyId: null,
    isDevelopment: false,
  };
  await changeJob<null>(
    { ...engine, caller },
    {
      jobId: id,
      name: "lapse",
      by: { kind: "timer", id: "timer" },
      requestKey: null,
      isPolicyBound: false,
      command: ({ file }) => ({ ok: true, command: { kind: "lapse", now: file.job.dueAt ?? 0 } }),
      answer: async () => null,
    },
  );
}

async function taskOf(world: DoorWorld, place: string, { id }: Found): Promise<string> {
  const { body } = await world.must("GET", `${place}?limit=200`, "boss");
  const items = at(body, "items") as readonly { id: string; job_id: string }[];
  return items.find(({ job_id }) => job_id === id)?.id ?? "";
}

async function proposePolicy(world: DoorWorld): Promise<Found> {
  const source = policyText(`Writing ${world.number()}`);
  const made = await world.must("POST", "/policies/drafts", "root", { source });
  const place = `/policies/drafts/${textAt(made.body, "id")}/publish`;
  const { body } = await world.must("POST", place, "root", {});
  return lookedAt(world, {
    id: textAt(body, "job", "id"),
    shownHash: "",
    shownRevision: 0,
    task: null,
  });
}
