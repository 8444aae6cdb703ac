// How cards reach Slack: in person by the linked account, once for each reader, through limits and failures.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SlackFake } from "../fake/slack.ts";
import { at } from "../http.ts";
import { startLine, stopLine } from "./line-world.ts";
import {
  ana,
  chatPolicy,
  held,
  linkedPerson,
  openSlackWorld,
  place,
  press,
  type SlackWorld,
  stateOf,
  whispered,
} from "./slack-world.ts";

let world: SlackWorld;

beforeAll(async () => {
  world = await openSlackWorld(`${chatPolicy}  - id: in-person
    match: { topics: ["job.mail.*"] }
    decision: require_approval
    timeout: 1h
    notify: [slack]
  - id: in-both
    match: { topics: ["job.page.*"] }
    decision: require_approval
    timeout: 1h
    remind: 10m
    notify: [slack, "slack:approvals"]
`);
  await linkedPerson(world, ana);
});

beforeEach(async () => {
  world.slack.behave = () => "ok";
  // What the test before left under way must not meet the failure that the next one plans.
  for (;;) {
    const pending = await world.line.get("/deliveries?state=pending");
    if (Number(at(pending.body, "items", "length")) === 0) return;
    world.line.pass(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
});

afterAll(async () => {
  const { faults } = world.slack;
  await world.close();
  expect(faults).toEqual([]);
});

/**
 * Lets the sender look again and again, until the fake has what is waited for. Time goes on so far at
 * most: a hold must not end because this process was slow.
 */
async function passing<T>(work: Promise<T>, atMostMs = 120_000): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  for (let passedMs = 0; !isDone; passedMs += 1_000) {
    world.line.pass(passedMs < atMostMs ? 1_000 : 0);
    await new Promise((resolve) => setImmediate(resolve));
    await world.line.get("/me");
  }
  return done;
}

/** Other holds may be told of at the same time; only the card of this one meets the failure. */
function isAbout(resource: string, method: string, fields: unknown): boolean {
  return method === "chat.postMessage" && JSON.stringify(fields).includes(resource);
}

describe("a card", () => {
  it("reaches a person by the account that they linked, and is decided there", async () => {
    const one = await held(world, "job.mail.send");
    expect(one.message.channel).toBe("DANA");
    await press(world, ana, one, "holdpoint_approve");
    expect(await whispered(world, ana)).toContain("Approved");
    await world.slack.until(() => one.message.states[1]);
    expect(await stateOf(world, one.id)).toBe("APPROVED");
  });

  it("is rewritten everywhere once it is decided, whoever decided it and where", async () => {
    const one = await held(world, "job.page.edit");
    const both = await world.slack.until((fake) => {
      const cards = fake.messages.filter((message) =>
        JSON.stringify(message.states[0]?.sent).includes(`/approvals/${one.id}`),
      );
      return cards.length === 2 ? cards : undefined;
    });
    expect(new Set(both.map(({ channel }) => channel))).toEqual(new Set(["DANA", place]));
    await world.line.post(`/approvals/${one.id}/reject`, { reason: "no" });
    for (const card of both) {
      const state = await world.slack.until(() => card.states[1]);
      expect(JSON.stringify(state.blocks)).toContain("Rejected by");
      expect(JSON.stringify(state.blocks)).not.toContain("holdpoint_approve");
    }
  });

  it("is reminded of in its thread, without buttons that vote on what is not shown there", async () => {
    const one = await held(world, "job.page.edit");
    const reminder = await passing(
      world.slack.until((fake) => fake.messages.find(({ thread }) => thread === one.message.ts)),
      11 * 60_000,
    );
    const text = JSON.stringify(reminder.states[0]?.blocks);
    expect(text).toContain("Still waiting");
    expect(text).toContain("holdpoint_details");
    expect(text).not.toContain("holdpoint_approve");
  });

  it("that Slack limits waits as long as Slack asks, and then arrives once", async () => {
    let limited = 0;
    world.slack.behave = (method, fields) => {
      if (!isAbout("limited/1", method, fields) || limited > 0) return "ok";
      limited += 1;
      return { retryAfter: 30 };
    };
    const startedAt = world.line.clock.now();
    const target = { resource: "limited/1" };
    const one = await passing(held(world, "job.db.delete", { target }));
    expect(limited).toBe(1);
    expect(world.line.clock.now() - startedAt).toBeGreaterThanOrEqual(30_000);
    expect(world.slack.messages.filter((message) => message === one.message)).toHaveLength(1);
  });

  it("that was taken without an answer is sent again under the same key", async () => {
    let lost = 0;
    world.slack.behave = (method, fields) => {
      if (!isAbout("lost/1", method, fields) || lost > 0) return "ok";
      lost += 1;
      return "lose";
    };
    const target = { resource: "lost/1" };
    const one = await passing(held(world, "job.db.delete", { target }));
    const key = one.message.states[0]?.dedupKey;
    const repeated = await passing(
      world.slack.until((fake) => {
        const all = fake.messages.filter((message) => message.states[0]?.dedupKey === key);
        return all.length === 2 ? all : undefined;
      }),
    );
    expect(repeated).toHaveLength(2);
    expect(new Set(repeated.map(({ channel }) => channel)).size).toBe(1);
  });

  it("that could not be rewritten at first is rewritten later", async () => {
    const one = await held(world, "job.db.delete");
    let failed = 0;
    world.slack.behave = (method) => {
      if (method !== "chat.update" || failed > 0) return "ok";
      failed += 1;
      return "error";
    };
    await world.line.post(`/approvals/${one.id}/reject`, { reason: "no" });
    const state = await passing(world.slack.until(() => one.message.states[1]));
    expect(failed).toBe(1);
    expect(JSON.stringify(state.blocks)).toContain("Rejected by");
  });
});

describe("a channel of Slack", () => {
  it("without a signing secret or Socket Mode carries a link and no buttons, and has no door", async () => {
    const fake = await SlackFake.start();
    const line = await startLine({
      config: {
        slack: {
          botToken: fake.botToken,
          signingSecret: null,
          appToken: null,
          apiUrl: fake.apiUrl,
          places: [{ name: "approvals", id: place }],
        },
      },
    });
    try {
      await line.publish(chatPolicy);
      await line.propose("job.db.delete", { job_id: "j1" });
      const message = await fake.until(({ messages }) => messages[0]);
      const text = JSON.stringify(message.states[0]?.blocks);
      expect(text).toContain("holdpoint_open");
      expect(text).not.toContain("holdpoint_approve");
      const payload = fake.press(ana, message, "holdpoint_open");
      const base = line.url("").replace("/api/v1", "");
      const answer = await fake.call(base, payload, Math.floor(line.clock.now() / 1_000));
      expect(answer.status).toBe(404);
    } finally {
      await stopLine(line);
      await fake.close();
    }
  });

  it("in Socket Mode takes presses over its own connection, also over the next one", async () => {
    const fake = await SlackFake.start();
    const line = await startLine({
      startAt: Date.now(),
      config: {
        slack: {
          botToken: fake.botToken,
          signingSecret: null,
          appToken: fake.appToken,
          apiUrl: fake.apiUrl,
          places: [{ name: "approvals", id: place }],
        },
      },
    });
    try {
      await line.publish(chatPolicy);
      await fake.socket.connected(1);
      const fields = {
        command: "/holdpoint",
        text: "link",
        team_id: "T1",
        user_id: "UANA",
        user_name: "ana",
      };
      const told = await fake.socket.deliver("slash_commands", fields, "e1");
      const code = /[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}/.exec(String(told.payload?.["text"]))?.[0];
      const key = await line.makeKey("person", "ana");
      expect((await line.post("/identities/link", { code }, { key })).status).toBe(200);

      fake.socket.close();
      await fake.socket.connected(2);
      await line.propose("job.db.delete", { job_id: "j1" });
      const message = await fake.until(({ messages }) => messages[0]);
      const payload = fake.press(ana, message, "holdpoint_approve");
      const acknowledged = await fake.socket.deliver("interactive", payload, "e2");
      expect(acknowledged.envelope_id).toBe("e2");
      let { body } = await line.get("/jobs/j1");
      while (body.job?.state === "APPROVAL") {
        ({ body } = await line.after("j1", body.job.revision));
      }
      expect(body.job?.state).toBe("APPROVED");
    } finally {
      await stopLine(line);
      await fake.close();
    }
  });

  it("tells by its test whether Slack takes its messages", async () => {
    const good = await world.line.post("/channels/slack:approvals/test", {});
    expect(good.body).toEqual({ ok: true, error: null });
    await world.slack.message(place, "Nothing is asked of you");
    world.slack.behave = () => "error";
    const bad = await world.line.post("/channels/slack:approvals/test", {});
    expect(bad.body).toEqual({ ok: false, error: expect.stringContaining("500") });
  });
});
