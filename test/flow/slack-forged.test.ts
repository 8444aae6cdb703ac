// What is not from Slack, or not from now, or not as it was signed, changes nothing and is told so.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ana,
  type Held,
  held,
  linkedPerson,
  openSlackWorld,
  press,
  seconds,
  type SlackWorld,
  stateOf,
  whispered,
  whispersTo,
} from "./slack-world.ts";

let world: SlackWorld;
let one: Held;

beforeAll(async () => {
  world = await openSlackWorld();
  await linkedPerson(world, ana);
});

beforeEach(async () => {
  one = await held(world, "job.db.delete");
});

afterAll(async () => {
  await world.close();
});

function formOf(actionId = "holdpoint_approve"): string {
  const payload = world.slack.press(ana, one.message, actionId);
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

async function send(init: RequestInit, path = "/slack/interactions"): Promise<unknown> {
  const response = await fetch(`${world.base}${path}`, init);
  const text = await response.text();
  return text === "" ? response.status : (JSON.parse(text) as { code?: string }).code;
}

async function expectUntouched(): Promise<void> {
  const { body } = await world.line.get(`/approvals/${one.id}`);
  expect((body as unknown as { reviews: unknown[] }).reviews).toEqual([]);
  expect(body.job?.state).toBe("APPROVAL");
}

describe("a call that Slack did not make so", () => {
  it("is refused without a signature, with another secret's, and with another version's", async () => {
    const signed = world.slack.signed(formOf(), seconds(world));
    const { headers } = signed;
    const without = { "content-type": headers["content-type"] ?? "" };
    expect(await send({ ...signed, headers: without })).toBe("signature_refused");
    const wrong = { ...headers, "x-slack-signature": `v0=${"ab".repeat(32)}` };
    expect(await send({ ...signed, headers: wrong })).toBe("signature_refused");
    const other = String(headers["x-slack-signature"]).replace("v0=", "v1=");
    expect(await send({ ...signed, headers: { ...headers, "x-slack-signature": other } })).toBe(
      "signature_refused",
    );
    await expectUntouched();
  });

  it("is refused when one byte of its body changed, also one that means the same", async () => {
    const signed = world.slack.signed(formOf(), seconds(world));
    for (const body of [
      signed.body.replace("holdpoint_approve", "holdpoint_reject_"),
      `${signed.body}&x=1`,
      `${signed.body}&`,
      signed.body.replace("payload", "%70ayload"),
    ]) {
      expect(await send({ ...signed, body })).toBe("signature_refused");
    }
    await expectUntouched();
  });

  it("is refused when it is older than five minutes, or from the future", async () => {
    for (const offBy of [-301, 301]) {
      const signed = world.slack.signed(formOf(), seconds(world) + offBy);
      expect(await send(signed)).toBe("signature_refused");
    }
    await expectUntouched();
  });

  it("is refused the second time", async () => {
    const before = whispersTo(world, ana);
    const signed = world.slack.signed(formOf(), seconds(world));
    expect(await send(signed)).toBe(200);
    expect(await send(signed)).toBe("signature_refused");
    await whispered(world, ana, before);
    expect(await stateOf(world, one.id)).toBe("APPROVED");
  });

  it("is refused before it is read: neither form nor size matter", async () => {
    const noise = { method: "POST", body: "{".repeat(10_000) };
    expect(await send(noise)).toBe("signature_refused");
    const large = { method: "POST", body: "x".repeat(1_400_000) };
    expect(await send(large)).toBe("json_too_large");
    expect(await send({ method: "GET" })).not.toBe(200);
    expect(await send(noise, "/slack/commands")).toBe("signature_refused");
    await expectUntouched();
  });

  it("changes nothing when its payload is signed but not one of ours", async () => {
    for (const payload of [
      {},
      { type: "block_actions" },
      { type: "shortcut", user: { id: "UANA" } },
      { ...world.slack.press(ana, one.message, "holdpoint_approve"), user: { id: "../x" } },
      {
        ...world.slack.press(ana, one.message, "holdpoint_approve"),
        actions: [{ action_id: "holdpoint_approve", value: `v1 ${one.id} 1 sha256:00` }],
      },
    ]) {
      const response = await world.slack.call(world.base, payload, seconds(world));
      expect(response.status).toBe(200);
    }
    const notJson = world.slack.signed("payload=%7B", seconds(world));
    expect(await send(notJson)).toBe("request_invalid");
    await expectUntouched();
  });

  it("does not count with a job hash that is not the action's", async () => {
    const payload = world.slack.press(ana, one.message, "holdpoint_approve");
    const [action] = payload["actions"] as Record<string, unknown>[];
    const value = String(action?.["value"]).replace(/[0-9a-f]{64}$/, "0".repeat(64));
    const before = whispersTo(world, ana);
    const forged = { ...payload, actions: [{ ...action, value }] };
    await world.slack.call(world.base, forged, seconds(world));
    expect(await whispered(world, ana, before)).toContain("changed after this message");
    await expectUntouched();
  });

  it("speaks for no agent: a linked account of a person cannot propose, redeem or administer", async () => {
    const before = whispersTo(world, ana);
    await press(world, ana, one, "holdpoint_approve");
    await whispered(world, ana, before);
    const { body } = await world.line.get(`/audit/events?job=${one.id}`);
    const actors = (body.items ?? [])
      .filter((event) => event.type === "review.submitted" || event.type === "job.approved")
      .map((event) => event.actor);
    expect(new Set(actors.map(({ kind, id }) => `${kind} ${id}`))).toEqual(new Set(["person ana"]));
  });
});
