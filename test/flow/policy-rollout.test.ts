// A staged rollout and a shadow over HTTP: who is decided by what, the halt that nobody asks for, and no effect on answers.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isInRollout } from "@holdpoint/core/policy/rollout";
import { at, textAt } from "../http.ts";
import { type LifeWorld, lifePolicy, startLife, until } from "./life-world.ts";

const looser = lifePolicy.replace(
  "decision: require_approval, reason: Writing",
  "decision: allow, reason: Writing",
);
const denying = lifePolicy.replace(
  "decision: allow, reason: Reading",
  "decision: deny, reason: No",
);

let world: LifeWorld;
const use = (): void => {
  beforeAll(async () => {
    world = await startLife();
  });
  afterAll(() => world.stop());
};
const state = async () => (await world.send("GET", "/policies/state", world.ana)).body;
const begin = async (source: string, rollout: number): Promise<string> => {
  // The last rollout is the one that began last; on a clock that stands still that is nobody.
  world.line.clock.move(1);
  const { job } = await world.propose(source, { rollout });
  await world.approve(job, world.bob);
  return textAt(await state(), "rollout", "id");
};

interface Agents {
  readonly inside: readonly string[];
  readonly outside: readonly string[];
}

/** Keys of agents that a rollout takes at a percentage, and of ones that it does not. */
async function agentsOf(rollout: string, percent: number, each: number): Promise<Agents> {
  const names = Array.from({ length: 5_000 }, (_, number) => `worker-${number}`);
  const [inside, outside] = [true, false].map((wanted) =>
    names.filter((name) => isInRollout(rollout, name, percent) === wanted).slice(0, each),
  );
  const keys = (some: readonly string[] = []) =>
    Promise.all(some.map((name) => world.agentKey(name)));
  return { inside: await keys(inside), outside: await keys(outside) };
}

const decisionFor = async (key: string, topic = "job.db.write") =>
  (await world.line.propose(topic, {}, { key })).body.decision;

describe("a rollout", () => {
  use();

  test("decides for the agents of its share, and for more when it advances", async () => {
    const before = await world.active();
    const rollout = await begin(looser, 10);
    expect(await world.active()).toBe(before);
    expect(await state()).toMatchObject({
      percent: 10,
      rollout: { state: "running", base: before, percent: 10 },
    });
    const ten = await agentsOf(rollout, 10, 2);
    for (const key of ten.inside) expect(await decisionFor(key)).toBe("ALLOW");
    for (const key of ten.outside) expect(await decisionFor(key)).toBe("REQUIRE_APPROVAL");
    // Another draft has to wait for its end.
    const { answer } = await world.propose(denying);
    expect(answer.body).toMatchObject({ code: "rollout_running" });

    const advance = (from: number) =>
      world.send("POST", "/policies/rollout", world.bob, { action: "advance", from });
    const wider = await advance(10);
    const again = await advance(10);
    expect([again.status, at(again.body, "percent")]).toEqual([200, 50]);
    expect((await advance(1)).body).toMatchObject({ code: "policy_stale" });
    expect(wider.body).toMatchObject({ percent: 50, state: "running" });
    for (const key of ten.inside) expect(await decisionFor(key)).toBe("ALLOW");
    const half = await agentsOf(rollout, 50, 2);
    for (const key of half.outside) expect(await decisionFor(key)).toBe("REQUIRE_APPROVAL");

    const done = await world.send("POST", "/policies/rollout", world.bob, { action: "finish" });
    expect(done.body).toMatchObject({ state: "finished", percent: 100 });
    for (const key of half.outside) expect(await decisionFor(key)).toBe("ALLOW");
    expect(await world.active()).toBe(textAt(done.body, "candidate"));
    expect(at(await state(), "history", 0)).toMatchObject({ kind: "rollout", before });
    const late = await world.send("POST", "/policies/rollout", world.bob, { percent: 50 });
    expect(late.body).toMatchObject({ code: "rollout_not_running" });
  });

  test("is halted by what it decides: the base decides for all again, and people are told", async () => {
    const before = await world.active();
    const calm = await world.agentKey("calm");
    for (let count = 0; count < 30; count += 1) await decisionFor(calm, "job.db.read");
    const rollout = await begin(
      denying.replace(
        "decision: require_approval, reason: Writing",
        "decision: allow, reason: Writing",
      ),
      50,
    );
    const { inside } = await agentsOf(rollout, 50, 1);
    const key = inside[0] ?? "";
    // As many as it takes to judge: with one more the halt could come between.
    for (let count = 0; count < 20; count += 1) {
      expect(await decisionFor(key, "job.db.read")).toBe("DENY");
    }
    const halted = await until(world, state, (one) => at(one, "rollout", "state") === "halted");
    expect(halted).toMatchObject({
      percent: null,
      candidate: null,
      active: { digest: before },
      rollout: { counts: { candidate: { cases: 20, denials: 20, holds: 0, errors: 0 } } },
    });
    expect(textAt(halted, "rollout", "reason")).toContain("100 % of 20 actions were denied");
    expect(await decisionFor(key, "job.db.read")).toBe("ALLOW");
    const events = await world.send("GET", "/audit/events?type=policy.rollout.halted", world.ana);
    expect(at(events.body, "items", 0, "actor")).toEqual({ kind: "system", id: "rollout" });
    expect(at(events.body, "items", 0, "payload")).toMatchObject({ rollout, percent: 50 });
  });

  test("is halted by a condition that meets errors, sooner than by anything else", async () => {
    const broken = `${lifePolicy}  - { id: broken, match: { topics: ["job.*.list"] }, when: "action.params.amount > 5", decision: require_approval, reason: Large }
`;
    const rollout = await begin(broken, 50);
    const { inside } = await agentsOf(rollout, 50, 1);
    for (let count = 0; count < 6; count += 1) await decisionFor(inside[0] ?? "", "job.db.list");
    const halted = await until(world, state, (one) => at(one, "rollout", "state") === "halted");
    expect(textAt(halted, "rollout", "id")).toBe(rollout);
    expect(textAt(halted, "rollout", "reason")).toContain("met an error under the candidate");
  });

  test("ends at once when a person halts it, and when they roll back", async () => {
    const before = await world.active();
    await begin(denying, 1);
    const halted = await world.send("POST", "/policies/rollout", world.eve, {
      action: "halt",
      reason: "the phones ring",
    });
    expect(halted.body).toMatchObject({ state: "halted", reason: "the phones ring" });
    expect(await world.active()).toBe(before);
    await begin(denying, 1);
    const back = await world.send("POST", "/policies/rollback", world.eve, { reason: "all of it" });
    expect(back.status).toBe(200);
    expect(await state()).toMatchObject({ percent: null, rollout: { state: "replaced" } });
  });
});

describe("a shadow", () => {
  use();

  test("is asked after the answer, and what it says changes nothing", async () => {
    const started = await world.send("POST", "/policies/shadow", world.ana, { source: denying });
    expect(started.body).toMatchObject({ verdicts: 0, ended_at: null });
    const before = await world.active();
    const jobs: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      const { body } = await world.line.propose("job.db.read", {}, { key: world.agent });
      expect(body.decision).toBe("ALLOW");
      jobs.push(body.job?.id ?? "");
    }
    await world.line.propose("job.db.write", {}, { key: world.agent });
    await world.line.server.engine.shadows.settled();
    const { body } = await world.send("GET", "/policies/shadow", world.rev);
    expect(body).toMatchObject({
      digest: textAt(started.body, "digest"),
      verdicts: 13,
      left_out: 0,
      transitions: [
        { from: "allow", to: "deny", count: 12, errors: 0 },
        { from: "require_approval", to: "require_approval", count: 1, errors: 0 },
      ],
    });
    expect(at(body, "samples", 0)).toMatchObject({
      job_id: jobs.at(-1),
      agent: "billing",
      from_rule: "read",
      to_rule: "read",
      reason: "No",
    });
    expect(await world.active()).toBe(before);
    expect(await state()).toMatchObject({ shadow: { id: textAt(started.body, "id") } });

    const ended = await world.send("DELETE", "/policies/shadow", world.ana);
    expect(at(ended.body, "ended_at")).not.toBeNull();
    await world.line.propose("job.db.read", {}, { key: world.agent });
    await world.line.server.engine.shadows.settled();
    expect((await world.send("GET", "/policies/shadow", world.ana)).body).toMatchObject({
      verdicts: 13,
    });
    expect(await state()).toMatchObject({ shadow: null });
  });

  test("may run while people look at the draft", async () => {
    const { job } = await world.propose(denying, { shadow: true });
    await world.line.propose("job.db.read", {}, { key: world.agent });
    await world.line.server.engine.shadows.settled();
    const { body } = await world.send("GET", "/policies/shadow", world.bob);
    expect(body).toMatchObject({ verdicts: 1, transitions: [{ from: "allow", to: "deny" }] });
    expect((await world.approve(job, world.bob)).status).toBe(200);
  });
});

describe("what a policy would do", () => {
  use();

  test("is explained for another text, with other facts and at another time", async () => {
    const source = `version: v1
calendars: { office: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "18:00" } }
rules:
  - { id: busy, match: { during: [office] }, decision: allow, reason: In time }
  - { id: new, match: {}, when: "facts.first_time.agent", decision: deny, reason: New here }
  - id: burst
    match: { topics: ["job.db.**"] }
    velocity: { over: 5, in: 10m, per: [agent.id] }
    decision: deny
    reason: Too many
`;
    const known = { first_time: { agent: false, topic: false, target: false } };
    const ask = async (now: string, facts: object) =>
      (
        await world.send("POST", "/policies/explain", world.rev, {
          action: { topic: "job.db.read", agent: { id: "billing" } },
          source,
          now,
          facts: { count: { hour: 1, day: 1 }, ...known, ...facts },
        })
      ).body;
    const [tuesday, sunday] = ["2026-11-24T12:00:00+01:00", "2026-11-22T12:00:00Z"];
    expect(await ask(tuesday, {})).toMatchObject({ decision: "ALLOW", policy_rule_id: "busy" });
    expect(await ask(sunday, {})).toMatchObject({ policy_rule_id: null });
    expect(await ask(tuesday, { velocity: { burst: 6 } })).toMatchObject({
      decision: "DENY",
      policy_rule_id: "burst",
    });
    const first = { first_time: { agent: true, topic: true, target: true } };
    expect(await ask(tuesday, first)).toMatchObject({ decision: "DENY", policy_rule_id: "new" });
    const wrong = await ask(tuesday, { since: 1 });
    expect(wrong).toMatchObject({ code: "request_invalid" });
    const text = await world.send("POST", "/policies/explain", world.rev, {
      action: { topic: "job.db.read" },
      source: "version: v9\n",
    });
    expect(text.body).toMatchObject({ code: "policy_invalid" });
  });

  test("is told by tests, by comparison and by replay, and nothing is written", async () => {
    await world.line.propose("job.db.read", {}, { key: world.agent });
    const held = await world.line.propose("job.db.write", {}, { key: world.agent });
    await world.approve(held.body.job?.id ?? "", world.bob);
    // Messages leave when they can.
    const events = async () =>
      ((await world.line.get("/audit/events?limit=200")).body.items ?? []).filter(
        ({ type }) => !type.startsWith("notice."),
      );
    const before = await events();

    const tests =
      "tests:\n  - { name: reads, action: { topic: job.db.read }, expect: { decision: deny } }\n";
    const tested = await world.send("POST", "/policies/test", world.rev, {
      source: denying,
      tests,
    });
    expect(tested.body).toMatchObject({ ok: true, passed: 1 });
    const failed = await world.send("POST", "/policies/test", world.rev, { source: looser, tests });
    expect(failed.body).toMatchObject({ ok: false, failed: 1 });

    const diff = await world.send("POST", "/policies/diff", world.rev, {
      from: "active",
      to: denying,
    });
    expect(diff.body).toMatchObject({ identical: false, actions: { recorded: 2, loosened: 0 } });
    expect(Number(at(diff.body, "actions", "tightened"))).toBeGreaterThan(0);

    const replayed = await world.send("POST", "/policies/replay", world.rev, { source: denying });
    expect(replayed.body).toMatchObject({
      coverage: { decisions: 2, replayable: 2 },
      tightened: 1,
      transitions: expect.arrayContaining([{ from: "allow", to: "deny", count: 1 }]) as unknown,
    });
    const one = await world.send("POST", "/policies/replay", world.rev, {
      source: denying,
      limit: 1,
    });
    expect(one.body).toMatchObject({ coverage: { decisions: 1 }, tightened: 0 });
    expect(await events()).toEqual(before);
  });
});
