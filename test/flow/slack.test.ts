// Deciding in Slack: the linked person decides as at every other door, and nobody else does.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buttonsOf, said } from "../fake/slack.ts";
import {
  ana,
  held,
  li,
  link,
  linkedPerson,
  openedView,
  openSlackWorld,
  place,
  press,
  seconds,
  type SlackWorld,
  stateOf,
  submit,
  whispered,
  whispersTo,
} from "./slack-world.ts";

let world: SlackWorld;

beforeAll(async () => {
  world = await openSlackWorld();
  await linkedPerson(world, ana);
});

afterAll(async () => {
  const { faults } = world.slack;
  await world.close();
  expect(faults).toEqual([]);
});

async function reviewsOf(id: string): Promise<readonly Record<string, unknown>[]> {
  const { body } = await world.line.get(`/approvals/${id}`);
  return (body as unknown as { reviews: Record<string, unknown>[] }).reviews;
}

describe("a card in Slack", () => {
  it("shows the action with buttons of which none is the one to press", async () => {
    const { message } = await held(world, "job.db.delete", { params: { id: "c_81" } });
    const buttons = buttonsOf(message.states[0]?.blocks ?? []);
    expect(message.channel).toBe(place);
    expect(buttons.map((one) => one["action_id"])).toEqual([
      "holdpoint_approve",
      "holdpoint_reject",
      "holdpoint_modify",
      "holdpoint_details",
      "holdpoint_open",
    ]);
    expect(buttons.filter((one) => one["style"] === "primary")).toEqual([]);
    expect(buttons[0]).toHaveProperty("confirm");
    expect(said(message)).toContain("c_81");
  });

  it("holds agent text as plain text without links, mentions, secrets or hidden characters", async () => {
    const { message } = await held(world, "job.db.delete", {
      params: {
        note: "<!channel> *bold* <https://evil.example|ok> \u202Eevil",
        api_key: "hunter2-hunter2",
      },
      claims: {
        title: "Approve :white_check_mark: https://evil.example/x <@U1>\n\nApproved by CEO",
      },
    });
    const sent = message.states[0]?.sent ?? {};
    const text = said(message);
    expect(text).not.toContain("mrkdwn");
    expect(text).not.toContain("https://evil");
    expect(text).not.toContain("\u202E");
    expect(text).toContain("‹U+202E›");
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain("\\n\\nApproved");
    expect(text.match(/"emoji":true/)).toBeNull();
    expect(message.states[0]?.text).not.toMatch(/<[!@#h]/);
    expect([sent["unfurl_links"], sent["unfurl_media"], sent["link_names"]].map(String)).toEqual([
      "false",
      "false",
      "false",
    ]);
  });

  it("keeps within the limits of Slack whatever the agent sends", async () => {
    const params = Object.fromEntries(
      Array.from({ length: 200 }, (_, at) => [
        `name-${at}-${"x".repeat(90)}`,
        "https://a.b ".repeat(300),
      ]),
    );
    await held(world, "job.db.delete", {
      params,
      claims: { title: "t".repeat(16_000), reasoning: "www.".repeat(3_900) },
      target: { environment: "e".repeat(256), resource: "r".repeat(1_024) },
    });
    expect(world.slack.faults).toEqual([]);
  });

  it("is approved by the linked person, with chat as its assurance, and rewritten everywhere", async () => {
    const { id, message } = await held(world, "job.db.delete");
    const before = whispersTo(world, ana);
    const response = await press(world, ana, { id, message }, "holdpoint_approve");
    expect(response.status).toBe(200);
    expect(await whispered(world, ana, before)).toContain("Approved");

    expect(await stateOf(world, id)).toBe("APPROVED");
    const [review] = await reviewsOf(id);
    expect(review).toMatchObject({ kind: "approve", assurance: "chat", person: { id: "ana" } });

    await world.slack.until(() => message.states[1]);
    expect(buttonsOf(message.states[1]?.blocks ?? []).map((one) => one["action_id"])).toEqual([
      "holdpoint_open",
    ]);
    expect(said(message)).toMatch(/Approved by (person )?ana/);
    await world.slack.until((fake) => fake.messages.find((one) => one.thread === message.ts));
  });

  it("is rejected by a dialog that asks for a reason, and the agent is told", async () => {
    const one = await held(world, "job.db.delete");
    const views = world.slack.views.length;
    await press(world, ana, one, "holdpoint_reject");
    const dialog = await openedView(world, views);

    const empty = await submit(world, ana, dialog, { reason: "  " });
    expect(empty).toMatchObject({
      response_action: "errors",
      errors: { reason: expect.any(String) },
    });
    expect(await stateOf(world, one.id)).toBe("APPROVAL");

    expect(
      await submit(world, ana, dialog, { reason: "not that one", code: "wrong_target" }),
    ).toBeNull();
    const { body } = await world.line.get(`/jobs/${one.id}`);
    expect(body.resolution).toMatchObject({
      kind: "rejected",
      reason: "not that one",
      code: "wrong_target",
    });
  });

  it("is modified only by what was previewed", async () => {
    const one = await held(world, "job.db.update", { params: { id: "c_81", rows: 7 } });
    const views = world.slack.views.length;
    await press(world, ana, one, "holdpoint_modify");
    const first = await openedView(world, views);
    expect(JSON.stringify(first.view)).toContain("Preview");

    const wrong = await submit(world, ana, first, { params: "{", reason: "less" });
    expect(wrong).toMatchObject({
      response_action: "errors",
      errors: { params: expect.any(String) },
    });

    const values = { params: '{"id":"c_81","rows":5}', reason: "less" };
    const previewed = await submit(world, ana, first, values);
    expect(previewed).toMatchObject({ response_action: "update" });
    expect(JSON.stringify(previewed)).toContain("REQUIRE_APPROVAL");
    expect(await stateOf(world, one.id)).toBe("APPROVAL");
    const second = world.slack.replaceView(first, previewed?.["view"] as Record<string, unknown>);

    // Another text than the one whose preview was shown is previewed first.
    const other = { ...values, params: '{"id":"c_81","rows":6}' };
    expect(await submit(world, ana, second, other)).toMatchObject({ response_action: "update" });

    expect(await submit(world, ana, second, values)).toBeNull();
    const { body } = await world.line.get(`/jobs/${one.id}`);
    expect((body as { action?: { params?: unknown } }).action?.params).toEqual({
      id: "c_81",
      rows: 5,
    });
    expect(body.job?.state).toBe("APPROVED");
  });

  it("cannot send an edit that policy denies", async () => {
    const one = await held(world, "job.db.update", { params: { id: "c_81", rows: 7 } });
    const views = world.slack.views.length;
    await press(world, ana, one, "holdpoint_modify");
    const first = await openedView(world, views);
    const values = { params: '{"id":"c_81","rows":5000}', reason: "more" };
    const previewed = await submit(world, ana, first, values);
    expect(JSON.stringify(previewed)).toContain("At most 100 rows");
    const second = world.slack.replaceView(first, previewed?.["view"] as Record<string, unknown>);
    expect(await submit(world, ana, second, values)).toMatchObject({ response_action: "update" });
    expect(await stateOf(world, one.id)).toBe("APPROVAL");
  });

  it("opens details without voting", async () => {
    const one = await held(world, "job.db.delete");
    const views = world.slack.views.length;
    await press(world, ana, one, "holdpoint_details");
    const view = await openedView(world, views);
    expect(JSON.stringify(view.view)).toContain("c_81");
    expect(await reviewsOf(one.id)).toEqual([]);
  });
});

describe("a press that does not count", () => {
  it("of an account that nobody linked is answered with the way to link it", async () => {
    const one = await held(world, "job.db.delete");
    const mallory = { team: "T1", id: "UMAL", name: "mallory" };
    await press(world, mallory, one, "holdpoint_approve");
    expect(await whispered(world, mallory)).toMatch(/[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}/);
    expect(await stateOf(world, one.id)).toBe("APPROVAL");
    expect(await reviewsOf(one.id)).toEqual([]);
  });

  it("of the same user id in another workspace is another account", async () => {
    const one = await held(world, "job.db.delete");
    const other = { ...ana, team: "T2" };
    const before = whispersTo(world, ana);
    await press(world, other, one, "holdpoint_approve");
    expect(await whispered(world, ana, before)).toContain("does not know who you are");
    expect(await stateOf(world, one.id)).toBe("APPROVAL");
  });

  it("twice by one person is one vote", async () => {
    const one = await held(world, "job.deploy.api");
    await world.line.post("/people/import", {
      source: "version: v1\npeople:\n  - { id: ana, roles: [lead] }\n",
    });
    const before = whispersTo(world, ana);
    const payload = world.slack.press(ana, one.message, "holdpoint_approve");
    await Promise.all([
      world.slack.call(world.base, payload, seconds(world)),
      press(world, ana, one, "holdpoint_approve"),
      press(world, ana, one, "holdpoint_approve"),
    ]);
    await whispered(world, ana, before + 2);
    expect(await stateOf(world, one.id)).toBe("APPROVAL");
    const votes = (await reviewsOf(one.id)).filter((review) => review["kind"] === "approve");
    expect(votes).toHaveLength(1);
  });

  it("on a decided hold says who decided", async () => {
    const one = await held(world, "job.db.delete");
    await world.line.post(`/approvals/${one.id}/reject`, { reason: "no, never" });
    const before = whispersTo(world, ana);
    await press(world, ana, one, "holdpoint_approve");
    const words = await whispered(world, ana, before);
    expect(words).toContain("Already rejected by local");
    expect(words).toContain("no, never");
  });

  it("on an action that was modified since is refused", async () => {
    const one = await held(world, "job.deploy.api", { params: { version: "1" } });
    const modified = await world.line.post(`/approvals/${one.id}/modify`, {
      params: { version: "2" },
      reason: "the newer one",
    });
    expect(modified.status).toBe(200);
    const before = whispersTo(world, ana);
    // The card as it was sent first, whatever was rewritten since.
    const old = { ...one.message, states: one.message.states.slice(0, 1) };
    await press(world, ana, { id: one.id, message: old }, "holdpoint_approve");
    expect(await whispered(world, ana, before)).toContain("changed after this message");
    expect((await reviewsOf(one.id)).map((review) => review["kind"])).toEqual(["modify"]);

    // The action as it is now stands below the old card, with buttons that are about it.
    const now = await world.slack.until((fake) =>
      fake.messages.find((message) => message.thread === one.message.ts),
    );
    expect(said(now)).toContain("/params/version: 1 → 2");
    await press(world, ana, { id: one.id, message: now }, "holdpoint_approve");
    await whispered(world, ana, before + 1);
    expect((await reviewsOf(one.id)).map((review) => review["kind"])).toEqual([
      "modify",
      "approve",
    ]);
  });

  it("has no button where the rule asks for a passkey, and a made-up one is refused", async () => {
    const signed = await held(world, "job.keys.rotate");
    const ids = buttonsOf(signed.message.states[0]?.blocks ?? []).map((one) => one["action_id"]);
    expect(ids).toEqual(["holdpoint_open"]);

    const { body } = await world.line.get(`/jobs/${signed.id}`);
    const value = `v1 ${signed.id} ${body.job?.revision} ${body.job_hash}`;
    const other = await held(world, "job.db.delete");
    const payload = world.slack.press(ana, other.message, "holdpoint_approve");
    const [action] = payload["actions"] as Record<string, unknown>[];
    const forged = { ...payload, actions: [{ ...action, value }] };
    const before = whispersTo(world, ana);
    await world.slack.call(world.base, forged, seconds(world));
    expect(await whispered(world, ana, before)).toContain("passkey");
    expect(await stateOf(world, signed.id)).toBe("APPROVAL");
  });

  it("of the person for whom the agent acts is refused, by id and by address", async () => {
    const one = await held(world, "job.db.delete", { agent: { on_behalf_of: "ana" } });
    const before = whispersTo(world, ana);
    await press(world, ana, one, "holdpoint_approve");
    expect(await whispered(world, ana, before)).toContain("on your behalf");
    expect(await stateOf(world, one.id)).toBe("APPROVAL");
  });

  it("takes no role from a key: roles in a chat come from the people file", async () => {
    await linkedPerson(world, li, { roles: ["security"] });
    const one = await held(world, "job.deploy.api");
    const before = whispersTo(world, li);
    await press(world, li, one, "holdpoint_approve");
    expect(await whispered(world, li, before)).toContain("you are none of them");
  });
});

describe("an account", () => {
  it("stops counting when its person leaves, loses the last key, or unlinks it", async () => {
    const retired = { team: "T1", id: "URET", name: "rita" };
    await linkedPerson(world, retired);
    const { body } = await world.line.get("/keys");
    const key = (body.items as unknown as { id: string; subject: string }[]).find(
      ({ subject }) => subject === "rita",
    );
    const one = await held(world, "job.db.delete");
    await world.line.post(`/keys/${key?.id}/revoke`);
    await press(world, retired, one, "holdpoint_approve");
    expect(await whispered(world, retired)).toContain("may not decide here any more");

    const gone = { team: "T1", id: "UGONE", name: "gil" };
    await linkedPerson(world, gone);
    await world.line.post("/people/import", {
      source:
        "version: v1\npeople:\n  - { id: gil, active: false }\n  - { id: ana, roles: [lead] }\n",
    });
    await press(world, gone, one, "holdpoint_approve");
    expect(await whispered(world, gone)).toContain("may not decide here any more");

    const later = { team: "T1", id: "ULATER", name: "lara" };
    const laraKey = await linkedPerson(world, later);
    const unlinked = await fetch(world.line.url("/identities/slack/T1:ULATER"), {
      method: "DELETE",
      headers: { authorization: `Bearer ${laraKey}` },
    });
    expect(unlinked.status).toBe(200);
    await press(world, later, one, "holdpoint_approve");
    expect(await whispered(world, later)).toContain("does not know who you are");
    expect(await stateOf(world, one.id)).toBe("APPROVAL");
  });

  it("is linked by its code once, within ten minutes, and only by a person", async () => {
    const nina = { team: "T1", id: "UNINA", name: "nina" };
    const key = await world.line.makeKey("person", "nina");
    const agent = await world.line.makeKey("agent", "robot");
    const say = async (): Promise<string> => {
      const answer = await world.slack.command(world.base, nina, "link", seconds(world));
      return /[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}/.exec(String(answer["text"]))?.[0] ?? "";
    };
    const code = await say();
    const asAgent = await world.line.post("/identities/link", { code }, { key: agent });
    expect([asAgent.status, asAgent.body.code]).toEqual([403, "scope_missing"]);

    const looked = await world.line.post("/identities/look", { code: code.toUpperCase() }, { key });
    expect(looked.body).toMatchObject({ external_id: "T1:UNINA", name: "nina" });
    expect((await world.line.post("/identities/link", { code }, { key })).status).toBe(200);
    const again = await world.line.post("/identities/link", { code }, { key });
    expect(again.body.code).toBe("identity_code_invalid");

    const late = await say();
    world.line.clock.move(600_001);
    const tooLate = await world.line.post("/identities/link", { code: late }, { key });
    expect(tooLate.body.code).toBe("identity_code_invalid");
    const older = await say();
    await say();
    const replaced = await world.line.post("/identities/link", { code: older }, { key });
    expect(replaced.body.code).toBe("identity_code_invalid");
  });

  it("is listed to its person and to admins, and unlinked by nobody else", async () => {
    const key = await world.line.makeKey("person", "otto");
    const own = await world.line.get("/identities", { key });
    expect(own.body.items).toEqual([]);
    const others = await world.line.get("/identities?person=ana", { key });
    expect(others.body.code).toBe("scope_missing");
    const refused = await fetch(world.line.url("/identities/slack/T1:UANA"), {
      method: "DELETE",
      headers: { authorization: `Bearer ${key}` },
    });
    expect(refused.status).toBe(404);
    const all = await world.line.get("/identities?person=ana");
    expect(all.body.items).toMatchObject([{ external_id: "T1:UANA", person: "ana" }]);
  });

  it("moves to another person only on the record of both", async () => {
    const moved = { team: "T1", id: "UMOVE", name: "mo" };
    await linkedPerson(world, moved);
    const key = await world.line.makeKey("person", "pia");
    await link(world, moved, key);
    const { body } = await world.line.get("/audit/events?limit=200");
    const types = (body.items ?? []).map((event) => [event.type, event.actor.id].join(" "));
    expect(types).toContain("identity.unlinked pia");
    expect(types).toContain("identity.linked pia");
  });
});
