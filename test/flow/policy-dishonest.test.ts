// Admins, reviewers and enforcement points who want a policy in force, or out of it, on a way that nobody meant.

import { draftsMax } from "@holdpoint/core/base/limits";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDraft, makeEvent } from "../contract/sample.ts";
import { at, textAt } from "../http.ts";
import { type LifeWorld, lifePolicy, startLife, until } from "./life-world.ts";

const looser = lifePolicy.replace(
  "decision: require_approval, reason: Writing",
  "decision: allow, reason: Writing",
);
const day = 86_400_000;

let world: LifeWorld;
const use = (): void => {
  beforeAll(async () => {
    world = await startLife();
  });
  afterAll(() => world.stop());
};
const publish = (draft: string, key: string) =>
  world.send("POST", `/policies/drafts/${draft}/publish`, key, {});

describe("who wrote on a text", () => {
  use();

  test("never approves it, also when a colleague mended a word of it last", async () => {
    const made = await world.send("POST", "/policies/drafts", world.ana, { source: looser });
    const draft = textAt(made.body, "id");
    const mended = looser.replace("Reading", "Looking");
    await world.send("PUT", `/policies/drafts/${draft}`, world.rev, { source: mended });
    const asked = await publish(draft, world.eve);
    const job = textAt(asked.body, "job", "id");
    const before = await world.active();
    expect((await world.approve(job, world.ana)).body).toMatchObject({
      code: "approval_self_review",
    });
    expect(await world.active()).toBe(before);
    expect((await world.approve(job, world.bob)).status).toBe(200);
    expect(await world.active()).not.toBe(before);
  });
});

describe("a publication", () => {
  use();

  test("is called what the server calls it, whatever the registry says of its topic", async () => {
    await world.send("PUT", "/tools/harmless", world.ana, {
      topic: "holdpoint.policy.publish",
      summary: "Mend a comment",
    });
    const { job } = await world.propose(looser);
    const card = await world.send("GET", `/approvals/${job}`, world.bob);
    const title = textAt(card.body, "decision_summary", "title");
    expect(title).toContain("Publish policy");
    await world.send("DELETE", "/tools/harmless", world.ana);
    await world.send("POST", `/approvals/${job}/reject`, world.bob, { reason: "no" });
  });

  test("is none of an enforcement point's: its outcome is the server's to say", async () => {
    const key = await world.line.post("/keys", {
      kind: "enforcement_point",
      subject: "gateway",
      scopes: ["redeem", "read"],
    });
    const point = key.body.secret ?? "";
    const { job } = await world.propose(looser);
    const told = await world.send("POST", `/jobs/${job}/outcome`, point, { status: "FAILED" });
    expect(told.body).toMatchObject({ code: "job_not_found" });
    await world.send("POST", `/approvals/${job}/reject`, world.bob, { reason: "no" });
  });

  test("that is scheduled is taken back by an admin, and by nobody else", async () => {
    const before = await world.active();
    const activate_at = new Date(world.line.clock.now() + day).toISOString();
    const { draft, job } = await world.propose(looser, { activate_at });
    await world.approve(job, world.bob);
    const place = `/policies/drafts/${draft}`;
    expect((await world.send("DELETE", place, world.rev)).body).toMatchObject({
      code: "scope_missing",
    });
    const changed = await world.send("PUT", place, world.ana, { source: lifePolicy });
    expect(textAt(changed.body, "detail")).toContain("an admin can remove it");
    expect((await world.send("DELETE", place, world.eve)).status).toBe(200);
    world.line.pass(day);
    await until(
      world,
      () => world.send("GET", "/policies/state", world.ana),
      ({ body }) => at(body, "scheduled", 0) === undefined,
    );
    expect(await world.active()).toBe(before);
    expect(await world.line.types(job)).toContain("policy.discarded");
  });
});

describe("drafts that were published", () => {
  use();

  test("take no place of those that are worked on", async () => {
    const { store } = world.line.server.engine;
    for (let made = 0; made < draftsMax; made += 1) {
      const draft = makeDraft({ state: "published", updatedAt: Date.now() + day });
      await store.addDraft("default", draft, makeEvent("default", "policy.drafted"));
    }
    const made = await world.send("POST", "/policies/drafts", world.ana, { source: looser });
    expect(made.status).toBe(201);
    const list = await world.send("GET", "/policies/drafts", world.ana);
    const items = at(list.body, "items") as readonly { id: string }[];
    expect(items).toHaveLength(draftsMax);
    expect(items.map(({ id }) => id)).toContain(textAt(made.body, "id"));
  });
});

describe("a call that is repeated after a lost answer", () => {
  use();

  test("is answered as the first one: the end of a rollout, and a rollback that names its target", async () => {
    const start = await world.active();
    const { job } = await world.propose(looser, { rollout: 10 });
    await world.approve(job, world.bob);
    const halt = () => world.send("POST", "/policies/rollout", world.bob, { action: "halt" });
    const [once, twice] = [await halt(), await halt()];
    expect([once.status, twice.status]).toEqual([200, 200]);
    expect(twice.body).toEqual(once.body);
    await world.send("POST", "/policies", null, { source: looser });
    const undo = { to: start, reason: "back" };
    const back = () => world.send("POST", "/policies/rollback", world.bob, undo);
    expect([(await back()).status, (await back()).status]).toEqual([200, 200]);
    expect(await world.active()).toBe(start);
  });
});
