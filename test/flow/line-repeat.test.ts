// A request sent again with its Idempotency-Key: the first answer, one effect; another request under the key is refused.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Line, linePolicy, startLine, stopLine } from "./line-world.ts";

let line: Line;
const topic = "job.db.delete";

beforeAll(async () => {
  line = await startLine();
});

afterAll(() => stopLine(line));

let keys = 0;
function keyed(): { headers: Record<string, string> } {
  keys += 1;
  return { headers: { "idempotency-key": `key-${keys}` } };
}

async function held(): Promise<string> {
  const id = line.jobId();
  await line.propose(topic, { job_id: id });
  return id;
}

async function approved(): Promise<string> {
  const id = await held();
  await line.post(`/approvals/${id}/approve`);
  return id;
}

async function tokenOf(id: string): Promise<string> {
  return (await line.get(`/jobs/${id}`)).body.grant?.token ?? "";
}

async function running(): Promise<string> {
  const id = await approved();
  await line.redeem(topic, await tokenOf(id));
  return id;
}

interface Case {
  readonly prepare: () => Promise<string>;
  readonly path: (id: string) => string;
  readonly body: object;
  readonly other: object;
}

const cases: Readonly<Record<string, Case>> = {
  approve: {
    prepare: held,
    path: (id) => `/approvals/${id}/approve`,
    body: { reason: "fine" },
    other: { reason: "not so fine" },
  },
  reject: {
    prepare: held,
    path: (id) => `/approvals/${id}/reject`,
    body: { reason: "no" },
    other: { reason: "no", code: "unsafe" },
  },
  modify: {
    prepare: held,
    path: (id) => `/approvals/${id}/modify`,
    body: { params: { id: "c_9" }, reason: "r" },
    other: { params: { id: "c_9" }, cost: { amount: 5, currency: "EUR" }, reason: "r" },
  },
  comment: {
    prepare: held,
    path: (id) => `/approvals/${id}/comment`,
    body: { note: "hm" },
    other: { note: "hmm" },
  },
  abstain: {
    prepare: held,
    path: (id) => `/approvals/${id}/abstain`,
    body: {},
    other: { reason: "mine" },
  },
  cancel: {
    prepare: held,
    path: (id) => `/jobs/${id}/cancel`,
    body: { reason: "a" },
    other: { reason: "b" },
  },
  revoke: {
    prepare: approved,
    path: (id) => `/jobs/${id}/revoke`,
    body: { reason: "a" },
    other: { reason: "b" },
  },
  outcome: {
    prepare: running,
    path: (id) => `/jobs/${id}/outcome`,
    body: { status: "SUCCEEDED" },
    other: { status: "FAILED" },
  },
};

describe("the same request under one key", () => {
  it.each(Object.entries(cases))("%s is answered the same and done once", async (_name, one) => {
    const id = await one.prepare();
    const call = keyed();

    const first = await line.post(one.path(id), one.body, call);
    const before = await line.types(id);
    const again = await line.post(one.path(id), one.body, call);

    expect(first.status).toBe(200);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(await line.types(id)).toEqual(before);
  });

  it.each(Object.entries(cases))(
    "%s is refused when it asks for something else",
    async (_name, one) => {
      const id = await one.prepare();
      const call = keyed();
      await line.post(one.path(id), one.body, call);

      const other = await line.post(one.path(id), one.other, call);

      expect([other.status, other.body.code]).toEqual([409, "idempotency_mismatch"]);
    },
  );

  it("redeems once and hands the same receipt out again", async () => {
    const id = await approved();
    const token = await tokenOf(id);
    const call = keyed();

    const first = await line.redeem(topic, token, {}, call);
    const again = await line.redeem(topic, token, {}, call);
    const without = await line.redeem(topic, token);

    expect(first.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect([without.status, without.body.code]).toEqual([409, "grant_already_redeemed"]);
    expect((await line.types(id)).filter((type) => type === "grant.redeemed")).toHaveLength(1);
  });

  it("is refused the same when the first one only sent the job back to its reviewers", async () => {
    const id = await held();
    const call = keyed();
    await line.publish(linePolicy.replace("id: gate", "id: new-gate"));

    const first = await line.post(`/approvals/${id}/approve`, {}, call);
    const again = await line.post(`/approvals/${id}/approve`, {}, call);
    const { body } = await line.get(`/jobs/${id}`);
    const looked = await line.post(`/approvals/${id}/approve`, {}, keyed());

    expect([first.status, first.body.code]).toEqual([409, "approval_stale_snapshot"]);
    expect([again.status, again.body.code]).toEqual([409, "approval_stale_snapshot"]);
    expect(body.job).toMatchObject({ state: "APPROVAL", revision: 2 });
    expect(looked.body.job?.state).toBe("APPROVED");
    await line.publish(linePolicy);
  });

  it("publishes a policy once", async () => {
    const { body } = await line.get("/policies/active");
    const count = async (): Promise<number> => {
      const { body: page } = await line.get("/audit/events?type=policy.activated");
      return page.items?.length ?? 0;
    };
    const before = await count();
    const source = "version: v1\ndefaults: { rejection_memory: 0 }\nrules: []\n";
    const call = keyed();

    const first = await line.post("/policies", { source, replaces: body.digest }, call);
    const again = await line.post("/policies", { source, replaces: body.digest }, call);

    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.body.digest).toBe(first.body.digest);
    expect(await count()).toBe(before + 1);
  });
});

describe("a proposal sent again", () => {
  const same = (answers: readonly Answer[]): void => {
    const [first] = answers;
    for (const { status, body } of answers) {
      expect([status, body.job?.id]).toEqual([first?.status, first?.body.job?.id]);
    }
  };

  it("under its key is the same job, even when both come at once", async () => {
    const call = keyed();
    const both = await Promise.all([line.propose(topic, {}, call), line.propose(topic, {}, call)]);
    const later = await line.propose(topic, {}, call);

    same([...both, later]);
    const [{ body }] = both;
    expect(await line.types(body.job?.id ?? "")).toEqual(["job.proposed"]);
  });

  it("under its job id is the same job, whatever became of it", async () => {
    const id = line.jobId();
    const first = await line.propose(topic, { job_id: id });
    await line.post(`/approvals/${id}/reject`, { reason: "no" });
    const again = await line.propose(topic, { job_id: id });

    expect(first.status).toBe(202);
    expect(again.body.job).toMatchObject({ id, state: "REJECTED" });
  });

  it("of something else under a used key or id is refused", async () => {
    const call = keyed();
    const id = line.jobId();
    await line.propose(topic, { job_id: id }, call);

    const byKey = await line.propose(topic, { params: { id: "c_9" } }, call);
    const byId = await line.propose(topic, { job_id: id, params: { id: "c_9" } });

    expect([byKey.status, byKey.body.code]).toEqual([409, "idempotency_mismatch"]);
    expect([byId.status, byId.body.code]).toEqual([409, "job_exists"]);
  });
});
