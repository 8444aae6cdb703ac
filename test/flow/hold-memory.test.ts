// A rejected action does not come back unnoticed: the same one is denied, a near one is held, for as long as it is remembered.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, at, textAt } from "../http.ts";
import { type Holds, startHolds } from "./hold-world.ts";
import { stopLine } from "./line-world.ts";

const hourMs = 3_600_000;

let holds: Holds;
let topics = 0;

beforeAll(async () => {
  holds = await startHolds(`version: v1
roles: { lead: 1 }
defaults: { rejection_memory: 2h }
rules:
  - id: open
    match: { topics: ["job.free.**"] }
    decision: allow
  - id: labelled
    match: { topics: ["job.free.**"], labels: { hold: "yes" } }
    decision: require_approval
    approvals: [{ role: lead }]
    timeout: 1h
  - id: gate
    match: { topics: ["job.gate.**"] }
    decision: require_approval
    approvals: [{ role: lead }]
    timeout: 1h
  - id: offer
    match: { topics: ["job.offer.**"] }
    decision: require_approval
    approvals: [{ role: lead }]
    timeout: 1h
    remediations:
      - { id: less, title: Half of it, set: { params: { amount: 50 } } }
      - { id: free, title: For free, set: { topic: job.free.offer } }
  - id: never
    match: { topics: ["job.never"] }
    decision: deny
  - id: pairs
    match: { topics: ["job.pair.**"] }
    decision: require_approval
    approvals: [{ role: lead, count: 2 }]
    exclude: [last_pair]
    timeout: 1h
`);
}, 120_000);

afterAll(() => stopLine(holds.line));

/** A topic that no other test of the file uses. */
function topicOf(kind: "gate" | "free" | "offer" | "pair"): string {
  topics += 1;
  return `job.${kind}.t${topics}`;
}

const refund = { params: { order: "o_7", amount: 100, to: "acc_1" } };

async function rejected(topic: string, more: object = refund): Promise<string> {
  const { body } = await holds.propose(topic, more);
  const id = textAt(body, "job", "id");
  const reason = "this customer is not owed anything";
  const answer = await holds.post("ana", `/approvals/${id}/reject`, { reason, code: "not_needed" });
  expect(at(answer.body, "job", "state")).toBe("REJECTED");
  return id;
}

function stateOf({ body }: Answer): unknown {
  return at(body, "job", "state");
}

describe("the same action again", () => {
  test("is denied with what people said, whatever its key, its words and its agent", async () => {
    const topic = topicOf("gate");
    const id = await rejected(topic, { ...refund, idempotency_key: `first-${topic}` });
    const words = { idempotency_key: `second-${topic}`, claims: { title: "Quite another" } };
    for (const [name, more] of [
      ["agent", {}],
      ["agent", words],
      ["other", {}],
    ] as const) {
      const again = await holds.propose(topic, { ...refund, ...more }, name);
      expect(stateOf(again)).toBe("DENIED");
      expect(at(again.body, "resolution", "code")).toBe("previously_rejected");
      expect(textAt(again.body, "resolution", "reason")).toContain(id);
      expect(textAt(again.body, "resolution", "reason")).toContain("not owed anything");
    }
  });

  test("by the same key is the rejected job itself", async () => {
    const topic = topicOf("gate");
    const keyed = { ...refund, idempotency_key: `one-${topic}` };
    const id = await rejected(topic, keyed);
    const { body } = await holds.post("agent", "/actions", { topic, ...keyed });
    expect([at(body, "job", "id"), at(body, "job", "state")]).toEqual([id, "REJECTED"]);
  });

  test("is denied as it was proposed and as people edited it before they rejected", async () => {
    const topic = topicOf("pair");
    const { body } = await holds.propose(topic, refund);
    const id = textAt(body, "job", "id");
    const edited = { ...refund.params, amount: 9_000 };
    const asked = { params: edited, reason: "that much" };
    expect(stateOf(await holds.post("ana", `/approvals/${id}/modify`, asked))).toBe("APPROVAL");
    const no = await holds.post("ben", `/approvals/${id}/reject`, { reason: "neither" });
    expect(stateOf(no)).toBe("REJECTED");
    expect(stateOf(await holds.propose(topic, refund))).toBe("DENIED");
    expect(stateOf(await holds.propose(topic, { params: edited }))).toBe("DENIED");
  });

  test("is forgotten after the time that the policy says", async () => {
    const topic = topicOf("gate");
    await rejected(topic);
    holds.line.clock.move(2 * hourMs - 1);
    expect(stateOf(await holds.propose(topic, refund))).toBe("DENIED");
    holds.line.clock.move(2);
    expect(stateOf(await holds.propose(topic, refund))).toBe("APPROVAL");
  });

  test("is a deny of the policy where the policy denies", async () => {
    const { body } = await holds.propose("job.never", refund);
    expect([at(body, "job", "state"), at(body, "resolution", "code")]).toEqual(["DENIED", null]);
  });

  test("comes through no race: of proposals beside the rejection none runs after it", async () => {
    const topic = topicOf("gate");
    const { body } = await holds.propose(topic, refund);
    const reject = holds.post("ana", `/approvals/${textAt(body, "job", "id")}/reject`, {
      reason: "no",
    });
    await Promise.all([reject, ...Array.from({ length: 8 }, () => holds.propose(topic, refund))]);
    const after = await Promise.all(Array.from({ length: 8 }, () => holds.propose(topic, refund)));
    expect(new Set(after.map(stateOf))).toEqual(new Set(["DENIED"]));
  });
});

describe("a near action", () => {
  test.for([
    ["one value is another", { params: { ...refund.params, to: "acc_2" } }],
    ["a number is within a fifth", { params: { ...refund.params, amount: 120 } }],
    ["a name is added", { params: { ...refund.params, memo: "x" } }],
  ] as const)("is held and shown beside the rejected one when %s", async ([, more]) => {
    const topic = topicOf("gate");
    const id = await rejected(topic);
    const near = await holds.propose(topic, more);
    expect(stateOf(near)).toBe("APPROVAL");
    expect(at(near.body, "watch", "near")).toBe(id);
    const card = (await holds.get("ben", `/approvals/${textAt(near.body, "job", "id")}`)).body;
    expect(at(card, "similar", 0)).toMatchObject({
      job: { id },
      near: true,
      reason: "this customer is not owed anything",
      code: "not_needed",
    });
  });

  test("is held where the policy would allow it, and released by people like any hold", async () => {
    const topic = topicOf("free");
    const id = await rejected(topic, { ...refund, labels: { hold: "yes" } });
    const same = await holds.propose(topic, refund);
    expect(at(same.body, "resolution", "code")).toBe("previously_rejected");
    const near = await holds.propose(topic, { params: { ...refund.params, to: "acc_9" } });
    expect(stateOf(near)).toBe("APPROVAL");
    expect(textAt(near.body, "policy_reason")).toContain(id);
    const jobId = textAt(near.body, "job", "id");
    const approved = await holds.post("ana", `/approvals/${jobId}/approve`);
    expect(stateOf(approved)).toBe("APPROVED");
    const job = (await holds.get("agent", `/jobs/${jobId}`)).body;
    const action = { topic, params: { ...refund.params, to: "acc_9" } };
    const grant = textAt(job, "grant", "token");
    expect((await holds.post("agent", "/grants/redeem", { grant, action })).status).toBe(200);
  });

  test("is one of the same target, whatever its parameters", async () => {
    const topic = topicOf("free");
    const target = { resource: "customers/c_81" };
    await rejected(topic, { ...refund, target, labels: { hold: "yes" } });
    const other = await holds.propose(topic, { params: { all: true }, target });
    expect(stateOf(other)).toBe("APPROVAL");
  });

  test.for([
    ["two values are others", { params: { order: "o_8", amount: 100, to: "acc_2" } }],
    ["a number is far off", { params: { order: "o_8", amount: 500, to: "acc_1" } }],
    ["it has other names", { params: { ...refund.params, memo: "x", by: "me" } }],
  ] as const)("is not one where %s", async ([, more]) => {
    const topic = topicOf("free");
    await rejected(topic, { ...refund, labels: { hold: "yes" } });
    expect(stateOf(await holds.propose(topic, more))).toBe("APPROVED");
  });

  test("is the offer of the decision too: a remediation of a rejected job is held", async () => {
    const topic = topicOf("offer");
    const id = await rejected(topic);
    const less = await holds.post("agent", `/jobs/${id}/remediate`, { remediation: "less" });
    expect([stateOf(less), at(less.body, "watch", "near")]).toEqual(["APPROVAL", id]);
    const free = await holds.post("agent", `/jobs/${id}/remediate`, { remediation: "free" });
    expect(stateOf(free)).toBe("APPROVED");
  });
});

describe("a job in the place of a rejected one", () => {
  test("is linked both ways, and held when it is near", async () => {
    const topic = topicOf("gate");
    const id = await rejected(topic);
    const more = { params: { ...refund.params, amount: 90 }, replaces: id };
    const next = await holds.propose(topic, more);
    expect([stateOf(next), at(next.body, "replaces")]).toEqual(["APPROVAL", id]);
    const before = (await holds.get("agent", `/jobs/${id}`)).body;
    expect(at(before, "replaced_by")).toBe(at(next.body, "job", "id"));
    const types = await holds.line.types(id);
    expect(types.at(-1)).toBe("job.replaced");
  });

  test("has to be the agent's own, and rejected or denied", async () => {
    const id = await rejected(topicOf("gate"));
    const waiting = textAt((await holds.propose(topicOf("gate"))).body, "job", "id");
    const refusals = [
      await holds.propose(topicOf("gate"), { replaces: id }, "other"),
      await holds.propose(topicOf("gate"), { replaces: waiting }),
      await holds.propose(topicOf("gate"), { replaces: "job-unknown" }),
    ];
    for (const { status, body } of refusals) {
      expect([status, at(body, "code"), at(body, "path")]).toEqual([
        400,
        "action_invalid",
        "/replaces",
      ]);
    }
    expect(textAt(refusals[0]?.body, "detail")).not.toContain("REJECTED");
    const denied = textAt((await holds.propose("job.never", refund)).body, "job", "id");
    const instead = await holds.propose(topicOf("free"), { replaces: denied });
    expect([stateOf(instead), at(instead.body, "replaces")]).toEqual(["APPROVED", denied]);
  });
});

describe("a rule that rotates pairs", () => {
  test("lets at most one of the last pair count again", async () => {
    const topic = topicOf("pair");
    const propose = async (): Promise<string> =>
      textAt((await holds.propose(topic)).body, "job", "id");
    const approve = (name: "ana" | "ben" | "cleo", id: string): Promise<Answer> =>
      holds.post(name, `/approvals/${id}/approve`);
    const first = await propose();
    await approve("ana", first);
    expect(stateOf(await approve("ben", first))).toBe("APPROVED");
    const second = await propose();
    expect(stateOf(await approve("ana", second))).toBe("APPROVAL");
    const refused = await approve("ben", second);
    expect([refused.status, at(refused.body, "code")]).toEqual([403, "approval_not_authorized"]);
    expect(stateOf(await approve("cleo", second))).toBe("APPROVED");
    const third = await propose();
    expect(stateOf(await approve("ben", third))).toBe("APPROVAL");
    expect(stateOf(await approve("ana", third))).toBe("APPROVED");
  });
});
