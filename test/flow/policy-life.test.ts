// The life of a policy over HTTP: a draft, its publication through approval by others, schedule, rollback, sweep.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, textAt } from "../http.ts";
import { type LifeWorld, lifePolicy, startLife, until } from "./life-world.ts";

const day = 86_400_000;
const looser = lifePolicy.replace(
  "decision: require_approval, reason: Writing",
  "decision: allow, reason: Writing",
);
const guarded = `${lifePolicy}invariants:
  - { id: no-drop, match: { topics: ["job.db.drop"] }, decision: deny, reason: Never }
`;

let world: LifeWorld;
const use = (source?: string): void => {
  beforeAll(async () => {
    world = await startLife(source);
  });
  afterAll(() => world.stop());
};
const stateOf = async (job: string) =>
  at((await world.send("GET", `/jobs/${job}`, world.ana)).body, "job", "state");
const draftOf = async (id: string) =>
  (await world.send("GET", `/policies/drafts/${id}`, world.ana)).body;

describe("a draft", () => {
  use();

  test("is kept with what check, tests, comparison and replay say of it", async () => {
    await world.line.propose("job.db.write", {}, { key: world.agent });
    const made = await world.send("POST", "/policies/drafts", world.rev, {
      source: looser,
      message: "quicker",
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      state: "open",
      revision: 1,
      message: "quicker",
      author: { name: "rev@example.com" },
      base: await world.active(),
      results: {
        change: "rules changed: write",
        changes_invariants: false,
        approvers: 1,
        test: { ok: true, passed: 0 },
        diff: { identical: false, actions: { tightened: 0 } },
        replay: { coverage: { decisions: 1 } },
      },
    });
    expect(Number(at(made.body, "results", "diff", "actions", "loosened"))).toBeGreaterThan(0);
    const list = await world.send("GET", "/policies/drafts", world.ana);
    expect(at(list.body, "items", 0, "id")).toBe(at(made.body, "id"));
    expect(at(list.body, "items", 0, "source")).toBeUndefined();
  });

  test("may be wrong, and says where; it cannot be published then", async () => {
    const made = await world.send("POST", "/policies/drafts", world.ana, {
      source: "version: v1\nrulez: []\n",
    });
    expect(made.body).toMatchObject({ digest: null, results: null });
    expect(at(made.body, "findings")).toContainEqual(expect.objectContaining({ line: 2 }));
    const id = textAt(made.body, "id");
    const refused = await world.send("POST", `/policies/drafts/${id}/publish`, world.ana, {});
    expect(refused.body).toMatchObject({ code: "policy_invalid" });
    expect(at(refused.body, "findings", 0, "severity")).toBe("error");
  });

  test("is changed from what was read, by its revision, and removed", async () => {
    const made = await world.send("POST", "/policies/drafts", world.ana, { source: looser });
    const place = `/policies/drafts/${textAt(made.body, "id")}`;
    const changed = await world.send("PUT", place, world.bob, { source: guarded, revision: 1 });
    expect(changed.body).toMatchObject({
      revision: 2,
      author: { name: "bob@example.com" },
      results: { changes_invariants: true, approvers: 2 },
    });
    const stale = await world.send("PUT", place, world.ana, { source: looser, revision: 1 });
    expect(stale.body).toMatchObject({ code: "draft_stale" });
    expect((await world.send("DELETE", place, world.ana)).status).toBe(200);
    expect((await world.send("GET", place, world.ana)).body).toMatchObject({
      code: "draft_not_found",
    });
  });

  test("is nothing for agents", async () => {
    for (const [method, path, body] of [
      ["GET", "/policies/drafts", undefined],
      ["POST", "/policies/drafts", { source: looser }],
      ["GET", "/policies/state", undefined],
      ["POST", "/policies/rollback", { reason: "x" }],
      ["POST", "/policies/rollout", { percent: 50 }],
      ["POST", "/policies/shadow", { source: looser }],
      ["POST", "/policies/replay", { source: looser }],
    ] as const) {
      const refused = await world.send(method, path, world.agent, body);
      expect([path, refused.status]).toEqual([path, 403]);
    }
  });
});

describe("publishing", () => {
  use();

  test("asks an admin other than the author, and activates at the approval", async () => {
    const before = await world.active();
    const { draft, job, answer } = await world.propose(looser);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      draft: { state: "proposed", job_id: job },
      job: { state: "APPROVAL" },
      policy: null,
    });
    expect(await world.active()).toBe(before);
    const card = await world.send("GET", `/approvals/${job}`, world.bob);
    expect(card.body).toMatchObject({
      decision_summary: { title: expect.stringContaining("Publish policy") as string },
      action: {
        topic: "holdpoint.policy.publish",
        risk_tags: ["policy"],
        params: { draft, base: before, change: "rules changed: write" },
      },
      requirements: [{ any: true, count: 1 }],
      you: { may_review: true },
    });
    expect(textAt(card.body, "action", "effect", "diff")).toContain("+  - { id: write");
    const self = await world.approve(job, world.ana);
    expect(self.body).toMatchObject({ code: "approval_self_review" });
    const plain = await world.approve(job, world.rev);
    expect(plain.body).toMatchObject({ code: "scope_missing" });
    const seen = await world.send("GET", `/approvals/${job}`, world.rev);
    expect(at(seen.body, "you")).toMatchObject({ may_review: false, why_not: "scope_missing" });
    expect((await world.approve(job, world.agent)).status).toBe(403);
    expect(await world.active()).toBe(before);

    expect((await world.approve(job, world.bob)).status).toBe(200);
    expect(await stateOf(job)).toBe("SUCCEEDED");
    expect(await draftOf(draft)).toMatchObject({ state: "published", outcome: null });
    const state = (await world.send("GET", "/policies/state", world.ana)).body;
    expect(at(state, "history", 0)).toMatchObject({
      kind: "publish",
      author_name: "ana@example.com",
      before,
      message: "why",
      job_id: job,
      draft_id: draft,
    });
    const types = await world.line.types(job);
    expect(types).toEqual([
      "policy.proposed",
      "job.proposed",
      "attempt.refused",
      "attempt.refused",
      "review.submitted",
      "job.approved",
      "grant.redeemed",
      "policy.activated",
      "job.succeeded",
    ]);
    const written = await world.line.propose("job.db.write", {}, { key: world.agent });
    expect(written.body.decision).toBe("ALLOW");
  });

  test("through the short way makes a draft that waits", async () => {
    const before = await world.active();
    const sent = await world.send("POST", "/policies", world.ana, { source: lifePolicy });
    expect(sent.status).toBe(202);
    const job = textAt(sent.body, "job", "id");
    expect(await world.active()).toBe(before);
    await world.send("POST", `/approvals/${job}/reject`, world.bob, { reason: "not now" });
    const draft = await draftOf(textAt(sent.body, "draft", "id"));
    expect(draft).toMatchObject({ state: "open", outcome: "rejected: not now" });
    expect(await world.active()).toBe(before);
  });

  test("is about the text that was drafted: nobody edits it, on the way or underneath", async () => {
    const { draft, job } = await world.propose(lifePolicy);
    const edited = await world.send("POST", `/approvals/${job}/modify`, world.bob, {
      params: { policy: await world.active() },
      reason: "mine",
    });
    expect(edited.body).toMatchObject({ code: "publication_fixed" });
    const place = `/policies/drafts/${draft}`;
    const changed = await world.send("PUT", place, world.ana, { source: looser });
    expect(changed.body).toMatchObject({ code: "draft_not_open" });
    expect((await world.send("DELETE", place, world.ana)).body).toMatchObject({
      code: "draft_not_open",
    });
    await world.send("POST", `/jobs/${job}/cancel`, world.ana, { reason: "second thoughts" });
    const after = await until(
      world,
      () => draftOf(draft),
      (one) => at(one, "state") === "open",
    );
    expect(at(after, "outcome")).toContain("second thoughts");
  });

  test("is not for agents, whatever they call their action", async () => {
    const refused = await world.line.propose("holdpoint.policy.publish", {}, { key: world.agent });
    expect(refused.body.code).toBe("action_invalid");
    const key = await world.line.post("/keys", {
      kind: "agent",
      subject: "holdpoint:policy",
      scopes: ["propose", "redeem", "read"],
    });
    expect(key.body.code).toBe("key_invalid");
  });

  test("is refused when another policy became active meanwhile, and says so", async () => {
    const { draft, job } = await world.propose(lifePolicy);
    const other = looser.replace("Reading", "Looking");
    await world.send("POST", "/policies", null, { source: other });
    const after = await until(
      world,
      () => draftOf(draft),
      (one) => at(one, "state") === "open",
    );
    expect(at(after, "outcome")).toContain("policy_stale");
    expect(["CANCELLED", "FAILED"]).toContain(await stateOf(job));
    const late = await world.approve(job, world.bob);
    expect(late.status).toBe(409);
    const again = await world.send("POST", `/policies/drafts/${draft}/publish`, world.ana, {});
    expect(again.body).toMatchObject({ code: "policy_stale" });
    const saved = await world.send("PUT", `/policies/drafts/${draft}`, world.ana, {});
    expect(at(saved.body, "base")).toBe(await world.active());
    expect(
      (await world.send("POST", `/policies/drafts/${draft}/publish`, world.ana, {})).status,
    ).toBe(202);
  });
});

describe("invariants", () => {
  use();

  test("take two admins to change, and are not lost by a rollback", async () => {
    const first = await world.active();
    const { job } = await world.propose(guarded);
    await world.approve(job, world.bob);
    expect(await stateOf(job)).toBe("APPROVAL");
    expect(await world.active()).toBe(first);
    await world.approve(job, world.bob);
    expect(await stateOf(job)).toBe("APPROVAL");
    await world.approve(job, world.eve);
    expect(await stateOf(job)).toBe("SUCCEEDED");
    const second = await world.active();
    expect(second).not.toBe(first);

    const back = await world.send("POST", "/policies/rollback", world.ana, { reason: "slow" });
    expect(back.status).toBe(202);
    expect(await world.active()).toBe(second);
    const undo = textAt(back.body, "job", "id");
    await world.approve(undo, world.bob);
    await world.approve(undo, world.eve);
    expect(await world.active()).toBe(first);

    // Back to the one with more invariants loses none, and happens at once.
    const forth = await world.send("POST", "/policies/rollback", world.eve, {
      to: second,
      reason: "needed after all",
    });
    expect(forth.status).toBe(200);
    expect(await world.active()).toBe(second);
    const state = (await world.send("GET", "/policies/state", world.ana)).body;
    expect(at(state, "history", 0)).toMatchObject({
      kind: "rollback",
      message: "needed after all",
    });
    const unknown = await world.send("POST", "/policies/rollback", world.eve, {
      to: `sha256:${"0".repeat(64)}`,
      reason: "x",
    });
    expect(unknown.body).toMatchObject({ code: "policy_not_active_before" });
  });
});

describe("a policy that speaks of publications", () => {
  use(`${lifePolicy}  - { id: lead, match: { topics: ["holdpoint.policy.*"] }, decision: require_approval, timeout: 2h, approvals: [{ role: lead }], reason: Leads look }
roles: { lead: 1 }
`);

  test("adds its own demand to the floor, and its denial ends a publication at once", async () => {
    const freeze = `${lifePolicy}  - { id: freeze, match: { topics: ["holdpoint.**"] }, decision: deny, reason: Frozen until Monday }
`;
    const { job } = await world.propose(freeze);
    const card = await world.send("GET", `/approvals/${job}`, world.bob);
    expect(card.body).toMatchObject({
      policy_rule_id: "lead",
      requirements: [{ role: "lead", count: 1 }],
      you: { may_review: false, why_not: "approval_not_authorized" },
    });
    const lead = await world.line.makeKey("person", "lea@example.com", {
      scopes: ["read", "review", "admin"],
      roles: ["lead"],
    });
    expect((await world.approve(job, lead)).status).toBe(200);
    expect(await stateOf(job)).toBe("SUCCEEDED");

    const frozen = await world.propose(looser);
    expect(frozen.answer.body).toMatchObject({
      job: { state: "DENIED" },
      draft: { state: "open", outcome: "denied: Frozen until Monday" },
    });
    // The way out of a freeze is back.
    const back = await world.send("POST", "/policies/rollback", world.bob, { reason: "Monday" });
    expect(back.status).toBe(200);
  });
});

describe("a policy that denies what it does not know", () => {
  use(lifePolicy.replace("decision: require_approval, timeout: 1h", "decision: deny, timeout: 1h"));

  test("can be replaced all the same, by people", async () => {
    const { job, answer } = await world.propose(looser);
    expect(answer.body).toMatchObject({ job: { state: "APPROVAL" } });
    expect((await world.approve(job, world.bob)).status).toBe(200);
    expect(await stateOf(job)).toBe("SUCCEEDED");
  });
});

describe("a schedule", () => {
  use();

  test("is approved now, and comes into force at its time", async () => {
    const before = await world.active();
    const when = world.line.clock.now() + 3 * day;
    const activate_at = new Date(when).toISOString();
    const { draft, job } = await world.propose(looser, { activate_at });
    await world.approve(job, world.bob);
    expect(await stateOf(job)).toBe("SUCCEEDED");
    expect(await world.active()).toBe(before);
    const state = (await world.send("GET", "/policies/state", world.ana)).body;
    expect(at(state, "scheduled", 0)).toMatchObject({ id: draft, plan: { activate_at } });
    world.line.pass(3 * day - 1);
    expect(await world.active()).toBe(before);
    world.line.pass(1);
    const after = await until(world, world.active, (digest) => digest !== before);
    expect(
      at((await world.send("GET", "/policies/state", world.ana)).body, "history", 0),
    ).toMatchObject({ kind: "schedule", digest: after, draft_id: draft });
  });

  test("lies in the future, and is refused when another policy came first", async () => {
    const past = new Date(world.line.clock.now() - 1).toISOString();
    const early = await world.propose(lifePolicy, { activate_at: past });
    expect(early.answer.body).toMatchObject({ code: "request_invalid", path: "/activate_at" });
    const activate_at = new Date(world.line.clock.now() + day).toISOString();
    const { draft, job } = await world.propose(lifePolicy, { activate_at });
    await world.approve(job, world.bob);
    const other = looser.replace("Reading", "Looking");
    await world.send("POST", "/policies", null, { source: other });
    const active = await world.active();
    world.line.pass(day);
    const after = await until(
      world,
      () => draftOf(draft),
      (one) => at(one, "state") === "open",
    );
    expect(at(after, "outcome")).toContain("policy_stale");
    expect(await world.active()).toBe(active);
  });
});

describe("holds that wait", () => {
  use();

  test("hear of a policy that concerns them, once, and nothing of one that does not", async () => {
    const held = await world.line.propose("job.db.write", {}, { key: world.agent });
    const other = await world.line.propose("job.db.change", {}, { key: world.agent });
    const [job, calm] = [held.body.job?.id ?? "", other.body.job?.id ?? ""];
    const affected = async (id: string) =>
      (await world.line.types(id)).filter((type) => type === "job.affected").length;
    const denied = lifePolicy.replace(
      "decision: require_approval, reason: Writing",
      "decision: deny, reason: Frozen",
    );
    await world.send("POST", "/policies", null, { source: denied });
    await until(
      world,
      () => affected(job),
      (count) => count === 1,
    );
    expect(await affected(calm)).toBe(0);
    const events = await world.send("GET", `/audit/events?job=${job}&type=job.affected`, world.ana);
    expect(at(events.body, "items", 0, "payload")).toMatchObject({
      effect: "denied",
      rule: "write",
      reason: "Frozen",
    });
    await world.send("POST", "/policies", null, { source: denied.replace("Reading", "Looking") });
    const { store } = world.line.server.engine;
    await until(
      world,
      () => store.pendingSweep("default"),
      (sweep) => sweep === null,
    );
    expect(await affected(job)).toBe(1);
    // What was said comes true at the approval.
    expect((await world.approve(job, world.bob)).body).toMatchObject({
      code: "approval_stale_snapshot",
    });
    expect(await stateOf(job)).toBe("REJECTED");
    expect(await stateOf(calm)).toBe("APPROVAL");
  });
});
