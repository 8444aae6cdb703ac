// What the server knows beside the action: its tool registry, history, and the record of what it decided from.

import { writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, at, call, textAt } from "../http.ts";
import { type Knowledge, openKnowledge } from "./knowledge-world.ts";

const policy = `version: v1
defaults: { rejection_memory: 0 }
derive:
  - { when: 'action.topic.startsWith("job.db.") && action.effect.rows > 100', add_risk_tags: [bulk] }
rules:
  - id: allow
    match: { topics: ["job.**"] }
    decision: allow
  - id: bulk
    match: { risk_tags: [bulk] }
    decision: require_approval
    reason: "\${action.effect.rows} rows at once"
  - id: egress
    match: { risk_tags: [egress] }
    decision: require_approval
  - id: no-undo
    match: { topics: ["job.crm.*"], reversible: false }
    decision: deny
  - id: unusual
    match: { topics: ["job.pay"], unusual: true }
    decision: require_approval
`;

const firstTools = `version: v1
tools:
  - { id: disk, topic: job.disk.**, risk_tags: [egress] }
`;

const patienceMs = 30_000;
let world: Knowledge;

beforeAll(async () => {
  world = await openKnowledge(policy, (folder) => {
    const toolsFile = path.join(folder, "tools.yaml");
    writeFileSync(toolsFile, firstTools);
    return { toolsFile };
  });
}, 60_000);

afterAll(() => world?.close());

async function eventually(read: () => Promise<Answer>, isSo: (answer: Answer) => boolean) {
  const deadline = performance.now() + patienceMs;
  let answer = await read();
  while (!isSo(answer) && performance.now() < deadline) {
    await nextTurn();
    answer = await read();
  }
  return answer;
}

function decisionOf(answer: Answer): string {
  return String(at(answer.body, "decision") ?? at(answer.body, "code"));
}

function jobIdOf(answer: Answer): string {
  return textAt(answer.body, "job", "id");
}

function eventsOf(type: string): Promise<Answer> {
  return world.get(`/audit/events?type=${type}&order=newest`);
}

describe("the tool registry", () => {
  test("is what the tools file says at the start", async () => {
    const listed = await world.get("/tools");
    expect(at(listed.body, "items", 0)).toMatchObject({ id: "disk", risk_tags: ["egress"] });
    expect(decisionOf(await world.propose("job.disk.wipe"))).toBe("REQUIRE_APPROVAL");
    const events = await eventsOf("tools.changed");
    expect(at(events.body, "items", 0)).toMatchObject({
      actor: { kind: "system", id: "tools-file" },
      payload: { file: "tools.yaml", added: ["disk"] },
    });
  });

  test("adds tags, reversibility and effect that the agent cannot take away", async () => {
    const entry = {
      topic: "job.crm.*",
      risk_tags: ["egress"],
      reversible: false,
      effect: { recipients: "size(action.params.to)" },
      summary: "Write to ${size(action.params.to)} people",
    };
    expect((await world.put("/tools/crm", entry)).status).toBe(200);
    const claimed = { params: { to: ["a", "b"] }, risk_tags: [], reversible: true };
    const denied = await world.propose("job.crm.send", { ...claimed, effect: { recipients: 1 } });
    expect(denied.body).toMatchObject({
      decision: "DENY",
      tools: ["crm"],
      action: { risk_tags: ["egress"], reversible: false, effect: { recipients: 2 } },
      decision_summary: { title: "Write to 2 people" },
    });
    const removed = await world.remove("/tools/crm");
    expect(removed.status).toBe(200);
    expect(decisionOf(await world.propose("job.crm.send", claimed))).toBe("ALLOW");
    expect(decisionOf(await world.remove("/tools/crm"))).toBe("tool_not_found");
  });

  test("is changed by people who administer, and never by an agent", async () => {
    const made = await world.post("/keys", { kind: "agent", subject: "eve", scopes: ["propose"] });
    const key = textAt(made.body, "secret");
    const { url } = world.server;
    for (const [method, place] of [
      ["GET", "/tools"],
      ["PUT", "/tools/disk"],
      ["DELETE", "/tools/disk"],
      ["POST", "/tools/import"],
    ] as const) {
      const body = method === "GET" || method === "DELETE" ? {} : { body: { topic: "job.x" } };
      const sent =
        place === "/tools/import" ? { body: { source: "version: v1\ntools: []" } } : body;
      const answer = await call(url, method, place, { key, ...sent });
      expect([place, decisionOf(answer)]).toEqual([place, "scope_missing"]);
    }
  });

  test("refuses an entry with everything that is wrong with it", async () => {
    const entry = { topic: "job.**.x", effect: { rows: "action.parms.rows +" } };
    const refused = await world.put("/tools/bad", entry);
    expect([refused.status, decisionOf(refused)]).toEqual([400, "tools_invalid"]);
    const paths = (at(refused.body, "findings") as readonly { path: string }[]).map(
      ({ path: place }) => place,
    );
    expect(paths).toEqual(expect.arrayContaining(["/topic", "/effect/rows"]));
  });

  test("keeps what it was when its file does not load, and the record says so", async () => {
    const before = await world.get("/tools");
    const file = path.join(world.folder, "tools.yaml");
    await writeFile(file, "version: v1\ntools:\n  - { id: x, topic: job.x, risktags: [a] }\n");
    const events = await eventually(
      () => eventsOf("tools.refused"),
      ({ body }) => at(body, "items", 0) !== undefined,
    );
    expect(at(events.body, "items", 0, "payload")).toMatchObject({
      file: "tools.yaml",
      errors: 1,
      findings: [{ code: "unknown_key", line: 3 }],
    });
    expect((await world.get("/tools")).body).toEqual(before.body);
    await writeFile(file, "version: v1\ntools: []\n");
    const empty = await eventually(
      () => world.get("/tools"),
      ({ body }) => at(body, "digest") === null,
    );
    expect(at(empty.body, "items")).toEqual([]);
  });
});

describe("a registry that became stricter", () => {
  test("wins over what was released before, up to the redemption", async () => {
    const released = await world.propose("job.vault.open", { params: { door: 3 } });
    expect(decisionOf(released)).toBe("ALLOW");
    const id = jobIdOf(released);
    await world.put("/tools/vault", { topic: "job.vault.*", risk_tags: ["egress"] });
    const redeemed = await world.post("/grants/redeem", {
      grant: textAt(released.body, "grant", "token"),
      action: { topic: "job.vault.open", params: { door: 3 } },
    });
    expect([redeemed.status, decisionOf(redeemed)]).toEqual([409, "grant_not_live"]);
    const held = await world.get(`/jobs/${id}`);
    expect(held.body).toMatchObject({ job: { state: "APPROVAL" }, policy_rule_id: "egress" });
    // People approve the same hash, and it runs: the registry added to the decision, not to the action.
    expect((await world.post(`/approvals/${id}/approve`, {})).status).toBe(200);
    const token = textAt((await world.get(`/jobs/${id}`)).body, "grant", "token");
    const again = await world.post("/grants/redeem", {
      grant: token,
      action: { topic: "job.vault.open", params: { door: 3 } },
    });
    expect([again.status, again.text]).toEqual([200, again.text]);
    await world.post("/tools/import", { source: "version: v1\ntools: []\n" });
  });
});

describe("tags that the policy derives", () => {
  test("are part of the action that is approved, redeemed and recorded", async () => {
    const action = { topic: "job.db.delete", effect: { rows: 500 }, risk_tags: ["prod"] };
    const held = await world.post("/actions", action);
    expect(held.body).toMatchObject({
      decision: "REQUIRE_APPROVAL",
      policy_reason: "500 rows at once",
      action: { risk_tags: ["bulk", "prod"] },
    });
    const id = jobIdOf(held);
    expect((await world.post(`/approvals/${id}/approve`, {})).status).toBe(200);
    const token = textAt((await world.get(`/jobs/${id}`)).body, "grant", "token");
    const redeemed = await world.post("/grants/redeem", {
      grant: token,
      action: { topic: "job.db.delete", risk_tags: ["prod"] },
    });
    expect([redeemed.status, redeemed.text]).toEqual([200, redeemed.text]);
    const events = await world.get(`/audit/events?job=${id}`);
    expect(at(events.body, "items", 0, "payload")).toMatchObject({
      action: { risk_tags: ["bulk", "prod"] },
      input: { declared_tags: ["prod"], risk_tags: ["prod"], effect: { rows: 500 }, tools: null },
    });
  });

  test("are those of an edit once a reviewer has made one", async () => {
    const action = { topic: "job.db.update", effect: { rows: 500 }, params: { limit: 500 } };
    const id = jobIdOf(await world.post("/actions", action));
    const edit = { params: { limit: 5 }, reason: "five are enough" };
    const modified = await world.post(`/approvals/${id}/modify`, edit);
    // The preview of the old parameters is gone, so nobody knows how many rows: the tag stays.
    expect(modified.body).toMatchObject({ action: { risk_tags: ["bulk"], effect: null } });
  });
});

describe("history", () => {
  const pay = (amount: number, resource: string) =>
    world.propose("job.pay", { params: { amount }, target: { resource } });
  const approve = async (held: Answer): Promise<void> => {
    const approved = await world.post(`/approvals/${jobIdOf(held)}/approve`, {});
    expect(approved.status).toBe(200);
  };

  test("tells what is unusual from what is not, and reviewers see it", async () => {
    const first = await pay(10, "acme");
    expect(decisionOf(first)).toBe("REQUIRE_APPROVAL");
    await approve(first);
    for (let turn = 0; turn < 30; turn += 1) await pay(10 + (turn % 5), "acme");
    expect(decisionOf(await pay(12, "acme"))).toBe("ALLOW");
    const large = await pay(9_999, "acme");
    expect(decisionOf(large)).toBe("REQUIRE_APPROVAL");
    const card = await world.get(`/approvals/${jobIdOf(large)}`);
    expect(at(card.body, "facts", "history")).toMatchObject({
      first_time: { agent: false, topic: false, target: false },
      count: { hour: 32, day: 32 },
      usual: { "params.amount": { count: 32, low: 10, high: 14 } },
    });
    expect(decisionOf(await pay(20, "another company"))).toBe("REQUIRE_APPROVAL");
    world.clock.move(3_600_001);
    const later = await world.get(`/approvals/${jobIdOf(await pay(9_999, "acme"))}`);
    expect(at(later.body, "facts", "history", "count")).toMatchObject({ hour: 0, day: 34 });
  });

  test("nothing becomes usual by being proposed again and again", async () => {
    for (let turn = 0; turn < 25; turn += 1) {
      expect(decisionOf(await pay(5_000, "initech"))).toBe("REQUIRE_APPROVAL");
    }
    const held = await pay(12, "initech");
    expect(decisionOf(held)).toBe("REQUIRE_APPROVAL");
    await approve(held);
    expect(decisionOf(await pay(12, "initech"))).toBe("ALLOW");
    expect(decisionOf(await pay(5_000, "initech"))).toBe("REQUIRE_APPROVAL");
  });

  test("knows how long ago people rejected the like, and how the last one ended", async () => {
    const held = await world.propose("job.disk.format", { risk_tags: ["egress"] });
    await world.post(`/approvals/${jobIdOf(held)}/reject`, { reason: "no" });
    world.clock.move(5_000);
    const again = await world.propose("job.disk.format", { risk_tags: ["egress"] });
    const card = await world.get(`/approvals/${jobIdOf(again)}`);
    expect(at(card.body, "facts", "history")).toMatchObject({
      last_outcome: "REJECTED",
      since_rejection_ms: 5_000,
    });
  });
});
