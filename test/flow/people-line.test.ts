// One night, whole: an agent asks, the desk sleeps, on-call is told by Slack and mail, one approves in Slack, the agent goes on.

import { Holdpoint } from "@holdpoint/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectDocumented } from "../conformance/event-words.ts";
import { MailFake } from "../fake/mail.ts";
import { buttonsOf, SlackFake } from "../fake/slack.ts";
import { at, call, textAt } from "../http.ts";
import { type Line, startLine, stopLine } from "./line-world.ts";
import { ana, linkedPerson, press, type SlackWorld, whispered } from "./slack-world.ts";

const policy = `version: v1
groups:
  desk: { members: [dora], hours: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "17:00" } }
  on-call: { members: [ana, mira], always: true }
defaults: { decision: deny }
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    reason: Production writes require human approval
    approvals: [{ group: desk }]
    escalate: [{ after: 30m, to: "group:on-call" }]
    timeout: 4h
`;
const people = `version: v1
people:
  - { id: dora, email: dora@example.test, name: Dora }
  - { id: ana, name: Ana }
  - { id: mira, email: mira@example.test, name: Mira }
`;
/** A Sunday, two in the morning in Berlin. */
const night = Date.parse("2026-11-22T01:00:00Z");

let world: SlackWorld;
let mail: MailFake;
let line: Line;
let agent: Holdpoint;

beforeAll(async () => {
  const slack = await SlackFake.start();
  mail = await MailFake.start();
  line = await startLine({
    startAt: night,
    config: {
      email: { smtpUrl: mail.url, from: "Holdpoint <holdpoint@example.test>" },
      publicUrl: "http://localhost:8081",
      slack: {
        botToken: slack.botToken,
        signingSecret: slack.signingSecret,
        appToken: null,
        apiUrl: slack.apiUrl,
        places: [],
      },
    },
  });
  const base = line.url("").replace("/api/v1", "");
  world = { line, slack, base, close: () => stopLine(line) };
  expect((await line.publish(policy)).status).toBe(200);
  expect((await line.post("/people/import", { source: people })).status).toBe(200);
  await linkedPerson(world, ana);
  const apiKey = await line.makeKey("agent", "billing", { owner: "dora" });
  agent = new Holdpoint({ url: base, apiKey });
}, 120_000);

afterAll(async () => {
  const { faults } = world.slack;
  agent.close();
  await expectDocumented(line.server.engine.store, "default");
  await world.close();
  await world.slack.close();
  await mail.close();
  expect(faults).toEqual([]);
});

interface Entry {
  readonly type: string;
  readonly actor: { readonly id: string };
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What the record says of a job, in its order. */
async function recordOf(id: string): Promise<readonly Entry[]> {
  const { body } = await call(world.base, "GET", `/audit/events?job=${id}&limit=200`);
  return at(body, "items") as readonly Entry[];
}

/** The record once everybody of these was told something of this kind. */
async function toldOf(id: string, kind: string, who: readonly string[]): Promise<readonly Entry[]> {
  for (;;) {
    const record = await recordOf(id);
    const told = record.filter(({ type, payload }) => {
      return type === "notice.delivered" && payload["kind"] === kind;
    });
    if (who.every((one) => told.some(({ payload }) => payload["person"] === one))) return record;
  }
}

test("an action asked for at night reaches those who are awake, and goes on when one of them says so", async () => {
  let id = "";
  let isHeld: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    isHeld = resolve;
  });
  const deleted: string[] = [];
  const remove = agent.guard(
    async ({ customer }: { customer: string }) => {
      deleted.push(customer);
      return "deleted";
    },
    { topic: "job.db.delete" },
  );
  const onProposed = ({ job }: { job: { id: string } }): void => {
    id = job.id;
    isHeld();
  };
  const running = remove({ customer: "c_81" }, {}, { onProposed });
  await held;

  // Nobody of the desk is on duty, so that on-call is asked at once; the desk is left asleep.
  const card = await world.slack.until((fake) =>
    fake.messages.find((one) => JSON.stringify(one.states[0]?.sent).includes(id)),
  );
  expect(card.channel).toBe("DANA");
  const asked = await mail.mail("mira@example.test", ({ raw }) => raw.includes(id));
  expect(asked.parsed.text).toContain(`/approvals/${id}`);
  expect(mail.mails.filter(({ to }) => to.includes("dora@example.test"))).toEqual([]);
  const shown = await call(world.base, "GET", `/approvals/${id}`);
  expect(at(shown.body, "watch")).toMatchObject({ level: 1, widened: ["group:on-call"] });
  expect(deleted).toEqual([]);

  await toldOf(id, "approval.requested", ["ana", "mira"]);

  const message = { id, message: card };
  expect((await press(world, ana, message, "holdpoint_approve")).status).toBe(200);
  expect(await whispered(world, ana)).toContain("Approved");
  expect(await running).toBe("deleted");
  expect(deleted).toEqual(["c_81"]);

  const rewritten = await world.slack.until(() => card.states[1]);
  expect(JSON.stringify(rewritten.blocks)).toContain("Approved by Ana");
  expect(
    buttonsOf(rewritten.blocks).filter(({ action_id: name }) => name === "holdpoint_approve"),
  ).toEqual([]);
  const told = await mail.mail("mira@example.test", ({ parsed }) => {
    return parsed.references !== undefined && (parsed.text ?? "").includes("Ana");
  });
  expect(told.parsed.text).toContain("Approved by Ana");
  expect(mail.mails.filter(({ to }) => to.includes("dora@example.test"))).toEqual([]);

  const decided = await call(world.base, "GET", `/approvals/${id}`);
  expect(at(decided.body, "job", "state")).toBe("SUCCEEDED");
  expect(at(decided.body, "reviews")).toMatchObject([
    { person: { id: "ana" }, kind: "approve", assurance: "chat" },
  ]);
  expect(textAt(decided.body, "resolution", "by", "id")).toBe("ana");

  const record = await toldOf(id, "approval.resolved", ["ana", "mira"]);
  const ofPeople = record.filter(({ payload }) => typeof payload["person"] === "string");
  expect(ofPeople.map(({ payload }) => payload["person"])).not.toContain("dora");
  expect(record.find(({ type }) => type === "hold.escalated")?.payload).toMatchObject({
    cause: "nobody_on_duty",
  });
  expect(record.map(({ type }) => type).filter((type) => type !== "notice.delivered")).toEqual([
    "job.proposed",
    "hold.escalated",
    "hold.notified",
    "review.submitted",
    "job.approved",
    "grant.redeemed",
    "job.succeeded",
  ]);
  expect(record.find(({ type }) => type === "job.approved")?.actor).toMatchObject({ id: "ana" });
  const turns = record.flatMap(({ type, payload }) =>
    type === "notice.delivered" && typeof payload["person"] === "string"
      ? [String(payload["kind"])]
      : type === "review.submitted"
        ? [type]
        : [],
  );
  expect(turns).toEqual([
    ...["approval.requested", "approval.requested", "review.submitted"],
    ...["approval.resolved", "approval.resolved"],
  ]);
});
