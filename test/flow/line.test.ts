// The line from proposal to record over HTTP: every kind of decision, every end, every turn that policy and people take.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Line, linePolicy, startLine, stopLine } from "./line-world.ts";

let line: Line;
let robot: string;
let keys: Record<"ann" | "ben" | "cid" | "own", string>;
const topic = "job.db.delete";

beforeAll(async () => {
  line = await startLine();
  robot = await line.makeKey("agent", "robot", { owner: "own@example.com" });
  const [ann, ben, cid, own] = await Promise.all([
    line.makeKey("person", "ann@example.com", { roles: ["lead"] }),
    line.makeKey("person", "ben@example.com", { roles: ["security"] }),
    line.makeKey("person", "cid@example.com", { roles: ["lead", "security"] }),
    line.makeKey("person", "own@example.com", { roles: ["lead", "security"] }),
  ]);
  keys = { ann, ben, cid, own };
});

afterAll(() => stopLine(line));

/** A job that a person released; its token is the agent's. */
async function approved(more: object = {}): Promise<{ id: string; token: string; hash: string }> {
  const id = line.jobId();
  await line.propose(topic, { job_id: id, ...more });
  await line.post(`/approvals/${id}/approve`);
  const { body } = await line.get(`/jobs/${id}`);
  return { id, token: body.grant?.token ?? "", hash: body.job_hash ?? "" };
}

async function held(of = topic, key = robot): Promise<string> {
  const id = line.jobId();
  const { status } = await line.propose(of, { job_id: id }, { key });
  expect(status).toBe(202);
  return id;
}

describe("a decision", () => {
  it.each([
    ["allow", "job.files.read", "ALLOW", null],
    ["log", "job.files.list", "LOG", null],
    [
      "allow_with_constraints",
      "job.mail.send",
      "ALLOW_WITH_CONSTRAINTS",
      { max_runtime_sec: 60, network_allowlist: ["api.github.com"] },
    ],
  ])("`%s` goes through to the outcome without a person", async (_name, of, word, constraints) => {
    const id = line.jobId();

    const proposed = await line.propose(of, { job_id: id });
    const redeemed = await line.redeem(of, proposed.body.grant?.token ?? "");
    const ended = await line.post(`/jobs/${id}/outcome`, { status: "SUCCEEDED", summary: "done" });

    expect([proposed.status, proposed.body.decision]).toEqual([200, word]);
    expect([redeemed.status, redeemed.body.execution?.constraints]).toEqual([200, constraints]);
    expect([ended.body.job?.state, ended.body.outcome?.status]).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    expect(await line.types(id)).toEqual(["job.proposed", "grant.redeemed", "job.succeeded"]);
  });

  it("`require_approval` waits for a person, and only then runs", async () => {
    const id = line.jobId();
    const proposed = await line.propose(topic, { job_id: id });
    const waiting = line.get(`/jobs/${id}/wait?timeout=30`);

    const approval = await line.post(`/approvals/${id}/approve`, { reason: "fine" });
    const woken = await waiting;
    const redeemed = await line.redeem(topic, woken.body.grant?.token ?? "");
    const failed = await line.post(`/jobs/${id}/outcome`, { status: "FAILED" });

    expect([proposed.status, proposed.body.grant]).toEqual([202, null]);
    expect(proposed.headers.get("location")).toBe(`/api/v1/jobs/${id}`);
    expect([approval.body.job?.state, approval.body.grant?.token]).toEqual(["APPROVED", null]);
    expect([woken.body.job?.state, redeemed.status]).toEqual(["APPROVED", 200]);
    expect(failed.body.job?.state).toBe("FAILED");
    expect(await line.types(id)).toEqual([
      "job.proposed",
      "review.submitted",
      "job.approved",
      "grant.redeemed",
      "job.failed",
    ]);
  });

  it("`deny` tells the agent why, as an answer", async () => {
    const { status, body } = await line.propose("job.db.drop");

    expect([status, body.job?.state, body.decision]).toEqual([200, "DENIED", "DENY"]);
    expect(body.policy_reason).toContain("never automated");
    expect(body.grant).toBeNull();
  });

  it("without a rule asks people", async () => {
    expect((await line.propose("job.other.thing")).status).toBe(202);
  });

  it("of people against it reaches the agent with their reason", async () => {
    const id = await held();
    const waiting = line.get(`/jobs/${id}/wait?timeout=30`, { key: robot });
    await line.post(
      `/approvals/${id}/reject`,
      { reason: "wrong one", code: "wrong_target" },
      { key: keys.ann },
    );

    const { body } = await waiting;
    expect(body.job?.state).toBe("REJECTED");
    expect(body.resolution).toMatchObject({
      kind: "rejected",
      reason: "wrong one",
      code: "wrong_target",
    });
  });
});

describe("time", () => {
  it("ends a hold that nobody answered, at its deadline and not before", async () => {
    const id = await held();
    line.pass(59_999);
    expect((await line.get(`/jobs/${id}`)).body.job?.state).toBe("APPROVAL");

    line.pass(1);
    const { body } = await line.after(id, 1);

    expect(body.job?.state).toBe("EXPIRED");
    expect(await line.types(id)).toEqual(["job.proposed", "job.expired"]);
    const late = await line.post(`/approvals/${id}/approve`, {}, { key: keys.ann });
    expect([late.status, late.body.code]).toEqual([409, "approval_already_resolved"]);
  });

  it("ends a release that nobody used", async () => {
    const { id } = await approved();
    line.pass(86_400_000);

    expect((await line.after(id, 2)).body.job?.state).toBe("EXPIRED");
  });

  it("makes an outcome unknown, and a late one is still taken", async () => {
    const { id, token } = await approved();
    await line.redeem(topic, token);
    line.pass(900_000);
    const unknown = await line.after(id, 3);
    const late = await line.post(`/jobs/${id}/outcome`, { status: "SUCCEEDED" });

    expect(unknown.body.job?.state).toBe("UNKNOWN");
    expect(late.body.job?.state).toBe("SUCCEEDED");
    expect((await line.types(id)).slice(-2)).toEqual(["job.unknown", "job.succeeded"]);
  });

  it("ends a grant; a fresh one works and the one before does not", async () => {
    const { id, token } = await approved();
    line.pass(300_000);
    const expired = await line.redeem(topic, token);
    const renewed = await line.post(`/jobs/${id}/grant`);
    line.pass(1_000);
    const again = await line.post(`/jobs/${id}/grant`);
    const replaced = await line.redeem(topic, renewed.body.grant?.token ?? "");
    const used = await line.redeem(topic, again.body.grant?.token ?? "");

    expect([expired.status, expired.body.code]).toEqual([410, "grant_expired"]);
    expect([replaced.status, replaced.body.code]).toEqual([409, "grant_not_live"]);
    expect(used.status).toBe(200);
    expect((await line.redeem(topic, again.body.grant?.token ?? "")).body.code).toBe(
      "grant_already_redeemed",
    );
  });
});

describe("a policy published between release and redemption", () => {
  it("that asks more people sends the job back to them", async () => {
    const { id, token } = await approved();
    await line.publish(linePolicy.replace("id: gate", "id: new-gate"));
    const refused = await line.redeem(topic, token);
    const back = await line.get(`/jobs/${id}`);

    expect([refused.status, refused.body.code]).toEqual([409, "grant_not_live"]);
    expect([back.body.job?.state, back.body.grant]).toEqual(["APPROVAL", null]);
    await line.post(`/approvals/${id}/approve`);
    const fresh = (await line.get(`/jobs/${id}`)).body.grant?.token ?? "";
    expect((await line.redeem(topic, token)).body.code).toBe("grant_not_live");
    expect((await line.redeem(topic, fresh)).status).toBe(200);
    await line.publish(linePolicy);
  });

  it("that denies ends the job", async () => {
    const { id, token } = await approved();
    await line.publish(linePolicy.replace('["job.db.drop"]', '["job.db.*"]'));
    const refused = await line.redeem(topic, token);

    expect([refused.status, refused.body.code]).toEqual([409, "grant_policy_denied"]);
    expect((await line.get(`/jobs/${id}`)).body.job?.state).toBe("REVOKED");
    await line.publish(linePolicy);
    expect((await line.redeem(topic, token)).body.code).toBe("grant_not_live");
  });

  it("that has nothing to do with it disturbs nothing", async () => {
    const { token } = await approved();
    await line.publish(linePolicy.replace("max_runtime_sec: 60", "max_runtime_sec: 30"));

    expect((await line.redeem(topic, token)).status).toBe(200);
    await line.publish(linePolicy);
  });

  it("that asks more people while they look starts the count anew", async () => {
    const id = await held();
    await line.publish(linePolicy.replace("id: gate", "id: new-gate"));
    const stale = await line.post(`/approvals/${id}/approve`, {}, { key: keys.ann });
    const then = await line.post(`/approvals/${id}/approve`, {}, { key: keys.ann });

    expect([stale.status, stale.body.code]).toEqual([409, "approval_stale_snapshot"]);
    expect([then.status, then.body.job?.state]).toEqual([200, "APPROVED"]);
    await line.publish(linePolicy);
  });
});

describe("a quorum of two roles", () => {
  const deploy = "job.deploy.api";
  const approve = (id: string, key: string): ReturnType<Line["post"]> =>
    line.post(`/approvals/${id}/approve`, {}, { key });

  it("is filled by two people", async () => {
    const id = await held(deploy);

    expect((await approve(id, keys.ann)).body.job?.state).toBe("APPROVAL");
    expect((await approve(id, keys.ben)).body.job?.state).toBe("APPROVED");
  });

  it("is not filled by one person who holds both, with however many keys", async () => {
    const id = await held(deploy);
    const second = await line.makeKey("person", "CID@example.com", { roles: ["security"] });

    expect((await approve(id, keys.cid)).body.job?.state).toBe("APPROVAL");
    expect((await approve(id, second)).body.job?.state).toBe("APPROVAL");
    expect((await approve(id, keys.ben)).body.job?.state).toBe("APPROVED");
  });

  it("is not filled by people outside it", async () => {
    const id = await held(deploy);
    const guest = await line.makeKey("person", "gus@example.com", { roles: [] });

    const { status, body } = await approve(id, guest);
    expect([status, body.code]).toEqual([403, "approval_not_authorized"]);
  });

  it("is started anew by an edit, in which its editor counts", async () => {
    const id = await held(deploy);
    const before = (await line.get(`/jobs/${id}`)).body.job_hash;
    await approve(id, keys.ann);
    const edit = { params: { id: "c_82" }, reason: "the other one" };

    const edited = await line.post(`/approvals/${id}/modify`, edit, { key: keys.ben });
    expect(edited.body.job?.state).toBe("APPROVAL");
    expect(edited.body.job_hash).not.toBe(before);
    const final = await approve(id, keys.ann);
    expect(final.body.job?.state).toBe("APPROVED");

    const token = (await line.get(`/jobs/${id}`, { key: robot })).body.grant?.token ?? "";
    const asProposed = await line.redeem(deploy, token, {}, { key: robot });
    const asEdited = await line.redeem(deploy, token, { params: { id: "c_82" } }, { key: robot });
    expect([asProposed.body.code, asEdited.status]).toEqual(["grant_hash_mismatch", 200]);
  });
});

describe("nobody reviews an action of their own", () => {
  const verdicts = ["approve", "reject", "modify", "comment", "abstain"] as const;
  const bodies = {
    approve: {},
    reject: { reason: "no" },
    modify: { params: { id: "x" }, reason: "edit" },
    comment: { note: "hm" },
    abstain: {},
  };

  it.each(verdicts)(
    "by `%s`: not the owner, not the key's maker, not whom it acts for",
    async (verdict) => {
      const id = line.jobId();
      await line.propose(
        topic,
        { job_id: id, agent: { on_behalf_of: "user:ann@example.com" } },
        { key: robot },
      );
      const body = bodies[verdict];

      const answers = [
        await line.post(`/approvals/${id}/${verdict}`, body, { key: keys.own }),
        await line.post(`/approvals/${id}/${verdict}`, body, { key: keys.ann }),
        await line.post(`/approvals/${id}/${verdict}`, body),
      ];

      expect(answers.map(({ body: told }) => told.code)).toEqual(
        new Array<string>(3).fill("approval_self_review"),
      );
      const { body: job } = await line.get(`/jobs/${id}`);
      expect([job.job?.state, job.job?.revision]).toEqual(["APPROVAL", 1]);
      expect(await line.types(id)).toEqual([
        "job.proposed",
        ...new Array<string>(3).fill("attempt.refused"),
      ]);
    },
  );

  it("by asking what an edit would bring", async () => {
    const id = await held();
    const { body } = await line.post(`/approvals/${id}/modify?preview=true`, bodies.modify, {
      key: keys.own,
    });
    expect(body.code).toBe("approval_self_review");
  });

  it("and an agent reviews nothing at all", async () => {
    const id = await held();
    for (const verdict of verdicts) {
      const { status } = await line.post(`/approvals/${id}/${verdict}`, bodies[verdict], {
        key: robot,
      });
      expect(status).toBe(403);
    }
    expect((await line.post(`/jobs/${id}/revoke`, { reason: "x" }, { key: robot })).status).toBe(
      403,
    );
  });
});

describe("what a reviewer saw", () => {
  it("is compared by hash and by revision", async () => {
    const id = await held("job.deploy.api");
    const hash = (await line.get(`/jobs/${id}`)).body.job_hash;
    const first = await line.get(`/jobs/${id}`);
    await line.post(
      `/approvals/${id}/modify`,
      { params: { id: "c_9" }, reason: "r" },
      { key: keys.ben },
    );

    const byHash = await line.post(
      `/approvals/${id}/approve`,
      { job_hash: hash },
      { key: keys.ann },
    );
    const headers = { "if-match": first.headers.get("etag") ?? "" };
    const byTag = await line.post(`/approvals/${id}/approve`, {}, { key: keys.ann, headers });
    const now = await line.get(`/jobs/${id}`);
    const fresh = { "if-match": now.headers.get("etag") ?? "" };
    const body = { job_hash: now.body.job_hash };
    const taken = await line.post(`/approvals/${id}/approve`, body, {
      key: keys.ann,
      headers: fresh,
    });

    expect([byHash.status, byHash.body.code]).toEqual([409, "approval_stale_request"]);
    expect([byTag.status, byTag.body.code]).toEqual([409, "approval_stale_request"]);
    expect([taken.status, taken.body.job?.state]).toEqual([200, "APPROVED"]);
  });
});

describe("a withdrawal", () => {
  it("by the agent ends its hold, by another agent finds nothing", async () => {
    const id = await held();
    const stranger = await line.makeKey("agent", "stranger");

    const refused = await line.post(`/jobs/${id}/cancel`, {}, { key: stranger });
    const cancelled = await line.post(
      `/jobs/${id}/cancel`,
      { reason: "done by hand" },
      { key: robot },
    );

    expect([refused.status, refused.body.code]).toEqual([404, "job_not_found"]);
    expect(cancelled.body.job?.state).toBe("CANCELLED");
  });

  it("by a person ends the hold of any agent, in the person's name", async () => {
    const [one, two] = [await held(), await held()];

    const byKey = await line.post(`/jobs/${one}/cancel`, {}, { key: keys.ann });
    const byDevelopment = await line.post(`/jobs/${two}/cancel`, { reason: "no" });

    expect(byKey.body.job?.state).toBe("CANCELLED");
    expect(byDevelopment.body.job?.state).toBe("CANCELLED");
    const { body } = await line.get(`/audit/events?job=${two}&type=job.cancelled`);
    expect(body.items?.[0]?.actor).toEqual({ kind: "person", id: "local" });
  });

  it("by a person takes a release back before it is used", async () => {
    const { id, token } = await approved();
    const revoked = await line.post(
      `/jobs/${id}/revoke`,
      { reason: "not today" },
      { key: keys.ben },
    );

    expect(revoked.body.job?.state).toBe("REVOKED");
    expect((await line.redeem(topic, token)).body.code).toBe("grant_not_live");
    expect((await line.post(`/jobs/${id}/grant`)).body.code).toBe("job_not_approved");
  });
});
