// The effect at the moment of the act: what differs from what was shown goes back to whoever decided about it.

import { Holdpoint } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectDocumented } from "../conformance/event-words.ts";
import { type Answer, at, call, textAt } from "../http.ts";
import { type CallWorld, openCallWorld } from "./call-world.ts";

let world: CallWorld;

beforeAll(async () => {
  world = await openCallWorld();
}, 120_000);

afterAll(async () => {
  try {
    await expectDocumented(world.a.engine.store, "default");
  } finally {
    await world.close();
  }
});

const shown = { rows: 3, diff: "three rows" };
const grown = { rows: 4_000, diff: "the whole table" };

function idOf(job: unknown): string {
  return textAt(job, "job", "id");
}

async function released(more: object = {}): Promise<unknown> {
  const params = { id: world.name() };
  const body = { topic: "job.db.write", params, effect: shown, ...more };
  const job = (await world.must("agent", "/actions", body)).body;
  if (at(job, "job", "state") === "APPROVAL") await world.approve(job);
  return job;
}

async function read(job: unknown): Promise<Record<string, unknown> | null> {
  return (await world.get("agent", `/jobs/${idOf(job)}`)).body;
}

async function payloadOf(job: unknown, type: string): Promise<unknown> {
  const { body } = await world.get("ana", `/audit/events?job=${idOf(job)}&type=${type}`);
  const items = at(body, "items") as readonly { payload: unknown }[];
  return items.at(-1)?.payload;
}

function expectReturned(answer: Answer): void {
  expect(answer).toMatchObject({
    status: 409,
    body: { code: "effect_changed", retry: "request", facts: { state: "APPROVAL" } },
  });
}

describe("what people released", () => {
  test.each([
    ["the same effect", shown],
    ["the same effect with what was unknown said to be so", { ...shown, recipients: null }],
  ])("runs with %s", async (_name, effect) => {
    const job = await released();
    expect((await world.redeem(job, { effect })).status).toBe(200);
  });

  test("runs without a word about the effect, and where none was shown with any", async () => {
    expect((await world.redeem(await released())).status).toBe(200);
    const unseen = await released({ effect: null });
    expect((await world.redeem(unseen, { effect: grown })).status).toBe(200);
  });

  test.each([
    ["another effect", grown],
    ["a smaller one", { ...shown, rows: 2 }],
    ["an effect that says less", { rows: 3 }],
    ["none any more", null],
  ])("goes back to them with %s, and nothing is consumed", async (_name, effect) => {
    const job = await released();
    expectReturned(await world.redeem(job, { effect }, world.b));
    const back = await read(job);
    const known = effect && { recipients: null, diff: null, ...effect };
    expect(back).toMatchObject({ job: { state: "APPROVAL" }, grant: null, execution: null });
    expect(at(back, "action", "effect")).toEqual(known);
    expect(await payloadOf(job, "job.returned")).toMatchObject({
      effect_before: { ...shown, recipients: null },
      effect_after: known,
    });
  });

  test("is shown with the other effect, and only a vote about that one counts", async () => {
    const job = await released();
    const before = (await world.get("ben", `/approvals/${idOf(job)}`)).body;
    expectReturned(await world.redeem(job, { effect: grown }));
    const card = (await world.get("ben", `/approvals/${idOf(job)}`)).body;
    expect(card).toMatchObject({ action: { effect: grown }, reviews: [{ round: 1 }] });
    expect(textAt(card, "effect_text")).toContain("4000");
    expect(textAt(card, "presented_hash")).not.toBe(textAt(before, "presented_hash"));

    const place = `/approvals/${idOf(job)}/approve`;
    const late = await world.post("ben", place, { job_hash: textAt(before, "job_hash") });
    expect(late).toMatchObject({ status: 409, body: { code: "approval_stale_request" } });
    const seen = { job_hash: textAt(card, "job_hash") };
    expect((await world.post("ben", place, seen)).status).toBe(200);
    expect((await world.redeem(job, { effect: grown })).status).toBe(200);
    await world.must("agent", `/jobs/${idOf(job)}/outcome`, {
      status: "SUCCEEDED",
      effect: { rows: 4_000 },
    });
    expect(await read(job)).toMatchObject({ outcome: { drift: false } });
  });

  test("goes back once more when the effect has changed once more, and not for being slow", async () => {
    const job = await released();
    expectReturned(await world.redeem(job, { effect: grown }));
    await world.approve(job);
    expectReturned(await world.redeem(job, { effect: { ...grown, rows: 5_000 } }));
    await world.approve(job);
    expect((await world.redeem(job, { effect: { ...grown, rows: 5_000 } })).status).toBe(200);
  });

  test("keeps the grant of before from running it", async () => {
    const job = await released();
    const grant = textAt(await read(job), "grant", "token");
    expectReturned(await world.redeem(job, { effect: grown }));
    const action = { topic: "job.db.write", params: at(job, "action", "params"), effect: shown };
    const early = await world.post("agent", "/grants/redeem", { grant, action });
    expect(early).toMatchObject({ status: 409, body: { code: "grant_not_live" } });
    await world.approve(job);
    const late = await world.post("agent", "/grants/redeem", { grant, action });
    expect(late).toMatchObject({ status: 409, body: { code: "grant_not_live" } });
  });

  test("after an edit is held against what was computed for the edit alone", async () => {
    const job = await released({ topic: "job.db.write" });
    const place = `/approvals/${idOf(job)}/modify`;
    expectReturned(await world.redeem(job, { effect: grown }));
    await world.must("ana", place, { params: { id: "other" }, reason: "that one" });
    const edited = await read(job);
    expect(edited).toMatchObject({ job: { state: "APPROVED" }, action: { effect: null } });
    expect((await world.redeem(job, { effect: shown })).status).toBe(200);
  });
});

describe("what nobody was asked about", () => {
  const mail = { topic: "job.mail.send", effect: { recipients: 2 } };

  test("runs with another effect that policy lets through, and the record says so", async () => {
    const job = await released(mail);
    expect((await world.redeem(job, { effect: { recipients: 9 } })).status).toBe(200);
    expect(await read(job)).toMatchObject({
      job: { state: "EXECUTING" },
      approval_required: false,
      action: { effect: { recipients: 9 } },
    });
    expect(await payloadOf(job, "grant.redeemed")).toMatchObject({
      effect_before: { recipients: 2 },
      effect_after: { recipients: 9 },
    });
  });

  test("is held where policy holds what it turned out to be, and runs once people saw it", async () => {
    const job = await released(mail);
    expectReturned(await world.redeem(job, { effect: { recipients: 11 } }));
    expect(await read(job)).toMatchObject({
      job: { state: "APPROVAL" },
      approval_required: true,
      policy_rule_id: "many",
      action: { effect: { recipients: 11 } },
    });
    await world.approve(job);
    expect((await world.redeem(job, { effect: { recipients: 11 } })).status).toBe(200);
  });

  test("joins the queue of its agent like any other hold, and no full one", async () => {
    const jobs = [await released(mail), await released(mail), await released(mail)];
    const waiting = await world.a.engine.store.countOpenHolds("default", "bot", 1_000);
    const put = async (pending: number | null): Promise<void> => {
      const body = { limits: { pending } };
      const key = world.keyOf("admin");
      const answer = await call(world.a.url, "PUT", "/agents/bot", { key, body });
      expect(answer.status, answer.text).toBe(200);
    };
    await put(waiting + 1);
    try {
      const answers = await Promise.all(
        jobs.map((job) => world.redeem(job, { effect: { recipients: 11 } })),
      );
      const codes = answers.map(({ body }) => textAt(body, "code"));
      expect(codes.toSorted()).toEqual(["agent_queue_full", "agent_queue_full", "effect_changed"]);
      const full = jobs[codes.indexOf("agent_queue_full")];
      expect(await read(full)).toMatchObject({ job: { state: "APPROVED" }, execution: null });
      // What needs nobody passes.
      expect((await world.redeem(full, { effect: { recipients: 9 } })).status).toBe(200);
    } finally {
      await put(null);
    }
  });

  test("ends where policy denies what it turned out to be", async () => {
    const job = await released(mail);
    const denied = await world.redeem(job, { effect: { recipients: 1_001 } });
    expect(denied).toMatchObject({ status: 409, body: { code: "grant_policy_denied" } });
    expect(await read(job)).toMatchObject({ job: { state: "REVOKED" } });
    expect(await payloadOf(job, "job.revoked")).toMatchObject({
      effect_after: { recipients: 1_001 },
    });
  });

  test("cannot become small again before people who saw it large", async () => {
    const job = await released(mail);
    expectReturned(await world.redeem(job, { effect: { recipients: 11 } }));
    await world.approve(job);
    expectReturned(await world.redeem(job, { effect: { recipients: 2 } }));
    // Policy alone would let this one through; people were asked, and are asked again by their rule.
    expect(await read(job)).toMatchObject({
      job: { state: "APPROVAL" },
      policy_rule_id: "many",
      action: { effect: { recipients: 2 } },
    });
  });
});

describe("an effect that the registry completes", () => {
  const source = `version: v1
tools:
  - id: bulk
    topic: job.db.bulk
    effect: { rows: "size(action.params.ids)" }
`;

  test("is not another one for what the server itself added to it", async () => {
    const imported = await call(world.a.url, "POST", "/tools/import", { body: { source } });
    expect(imported.status, imported.text).toBe(200);
    const hp = new Holdpoint({ url: world.a.url, apiKey: world.keyOf("agent") });
    const action = {
      topic: "job.db.bulk",
      params: { ids: [1, 2, 3] },
      effect: { rows: 1, diff: "one" },
      agent: { run: world.name(), call: "c" },
    };
    const job = await hp.propose(action);
    expect(job.action.effect).toMatchObject({ rows: 3, diff: "one" });
    await world.approve(job);
    const approval = await hp.attach(job.job.id);
    const execution = await hp.redeem(approval.job, action);
    expect(execution.job_id).toBe(job.job.id);

    const second = await hp.propose({ ...action, agent: { ...action.agent, call: "d" } });
    await world.approve(second);
    const changed = hp.redeem((await hp.attach(second.job.id)).job, {
      ...action,
      effect: { rows: 4, diff: "one" },
    });
    await expect(changed).rejects.toMatchObject({ code: "effect_changed" });
    hp.close();
  });
});
