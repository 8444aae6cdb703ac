// Records of local decisions as an agent may send them that lies, repeats itself or is far behind.

import { randomUUID } from "node:crypto";
import type {
  LocalBatch,
  LocalBatchAnswer,
  LocalRecord,
  SnapshotAnswer,
} from "@holdpoint/core/wire/local";
import { Holdpoint, isApiError } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, call } from "../http.ts";
import { type LocalWorld, openLocalWorld } from "./local-world.ts";

let world: LocalWorld;
let hp: Holdpoint;

beforeAll(async () => {
  world = await openLocalWorld();
  hp = new Holdpoint({ url: world.url });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

async function lease(): Promise<string> {
  const path = `/policy/snapshot?nonce=${"n".repeat(16)}`;
  return ((await hp.request({ method: "GET", path })) as SnapshotAnswer).lease;
}

interface Said {
  readonly topic?: string;
  readonly params?: LocalRecord["proposal"]["params"];
  readonly more?: Partial<LocalRecord["proposal"]>;
  readonly record?: Partial<LocalRecord>;
}

function recordOf({
  topic = "job.db.read",
  params = {},
  more = {},
  record = {},
}: Said = {}): LocalRecord {
  return {
    id: `job_${randomUUID().slice(0, 18)}`,
    lease: 0,
    at: Date.now(),
    decision: "allow",
    rule: "reads",
    proposal: { topic, params, ...more },
    end: { status: "SUCCEEDED", ended_at: Date.now() },
    ...record,
  };
}

async function send(batch: Partial<LocalBatch>): Promise<LocalBatchAnswer> {
  const body = { batch: randomUUID(), leases: [], records: [], ends: [], ...batch };
  const answer = await hp.request({ method: "POST", path: "/decisions/local", body });
  return answer as LocalBatchAnswer;
}

async function eventsOf(jobId: string): Promise<readonly string[]> {
  const filter = { jobId, type: null, isNewestFirst: false, limit: 50, after: null };
  return (await world.server.engine.store.listEvents("default", filter)).map(({ type }) => type);
}

async function findings(): Promise<readonly (string | null)[]> {
  const filter = { kind: "finding", isOpenOnly: true, limit: 50, after: null } as const;
  const { tasks } = await world.server.engine.store.listTasks("default", filter);
  return tasks.map(({ subject }) => subject);
}

describe("a record", () => {
  test("is written once, whatever batch it comes in and however often", async () => {
    const record = recordOf();
    const batch = { batch: "one", leases: [await lease()], records: [record] };
    expect(await send(batch)).toMatchObject({ written: 1, known: 0, mismatched: [] });
    expect(await send(batch)).toMatchObject({ written: 0, known: 1 });
    expect(await send({ ...batch, batch: "other" })).toMatchObject({ written: 0, known: 1 });
    expect(await eventsOf(record.id)).toEqual(["job.proposed", "job.succeeded"]);
    const all = await Promise.all(
      [1, 2, 3, 4].map((n) => send({ ...batch, batch: `racing-${n}` })),
    );
    expect(all.map(({ written }) => written)).toEqual([0, 0, 0, 0]);
  });

  test("that says nothing of its end runs, and ends by a later batch", async () => {
    const leases = [await lease()];
    const record = recordOf({ record: { end: null } });
    await send({ leases, records: [record] });
    expect((await hp.job(record.id)).job.state).toBe("EXECUTING");
    const end = { id: record.id, status: "FAILED", ended_at: Date.now(), summary: "no" } as const;
    expect(await send({ ends: [end] })).toMatchObject({ written: 1 });
    expect(await send({ ends: [end] })).toMatchObject({ written: 0, known: 1 });
    const job = await hp.job(record.id);
    expect([job.job.state, job.outcome?.summary]).toEqual(["FAILED", "no"]);
  });

  test("of a process that died is unknown, and can still be told", async () => {
    const end = { status: "UNKNOWN", ended_at: Date.now() } as const;
    const record = recordOf({ record: { end } });
    await send({ leases: [await lease()], records: [record] });
    expect((await hp.job(record.id)).job.state).toBe("UNKNOWN");
    await send({ ends: [{ id: record.id, status: "SUCCEEDED", ended_at: Date.now() }] });
    expect((await hp.job(record.id)).job.state).toBe("SUCCEEDED");
  });

  test("carries what the registry and the server say, not what the agent does", async () => {
    const record = recordOf({ more: { claims: { title: "x" } } });
    await send({ leases: [await lease()], records: [record] });
    const job = await hp.job(record.id);
    expect(job).toMatchObject({ decision: "ALLOW", policy_rule_id: "reads", grant: null });
    expect(job.policy_snapshot).toContain("policy#sha256:");
    await expect(hp.freshGrant(record.id)).rejects.toThrow(/SUCCEEDED/);
  });
});

describe("a record that the server does not share", () => {
  const refund = { topic: "job.pay.refund", more: { cost: { amount: 90, currency: "USD" } } };

  test.each<[string, Said, RegExp]>([
    ["of what people have to approve", refund, /not_plain/],
    ["of what no rule allows", { topic: "job.db.drop" }, /not_plain/],
    ["of a bounded action", { topic: "job.mail.send" }, /not_plain/],
    ["of the server's own topic", { topic: "holdpoint.policy.publish" }, /own_topic/],
    ["with another rule", { record: { rule: "notes" } }, /another decision/],
    ["with another decision", { record: { decision: "log" } }, /another decision/],
    ["from before its lease", { record: { at: Date.now() - 60_000 } }, /before its lease/],
    ["from the future", { record: { at: Date.now() + 30_000 } }, /future/],
    ["from after its lease", { record: { at: Date.now() + 90_000 } }, /after its lease/],
    ["under a lease that is not there", { record: { lease: 7 } }, /no lease/],
    ["with a name of its own", { more: { agent: { run: "r", call: "c" } } }, /name of its own/],
  ])("%s is denied, told and found, and counts as nothing released", async (_what, said, why) => {
    const record = recordOf(said);
    const answer = await send({ leases: [await lease()], records: [record] });
    expect(answer.mismatched).toEqual([
      { id: record.id, why: expect.stringMatching(why) as string },
    ]);
    const job = await hp.job(record.id);
    expect(job.job.state).toBe("DENIED");
    expect(job.outcome?.status).toBe("SUCCEEDED");
    expect(job.resolution).toMatchObject({ code: "local_mismatch" });
    const events = await eventsOf(record.id);
    expect(events.slice(0, 2)).toEqual(["job.proposed", "local.mismatch"]);
    expect(await findings()).toContain("local:dev");
  });

  test("is one whose lease was altered, is another agent's, or no lease at all", async () => {
    const token = await lease();
    const [head = "", body = "", signature = ""] = token.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
    const forged = Buffer.from(JSON.stringify({ ...claims, remembered: [] })).toString("base64url");
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "x" })).toString("base64url");
    const { engine } = world.server;
    const foreign = await engine.signer.signLease("default", { ...claims, aud: "other" } as never);
    const grant = await engine.signer.signGrant("default", claims as never);
    for (const bad of [
      `${head}.${forged}x.${signature}`,
      `${none}.${body}.`,
      foreign,
      grant,
      "x",
    ]) {
      const record = recordOf();
      const answer = await send({ leases: [bad], records: [record] });
      expect(answer.mismatched).toEqual([{ id: record.id, why: "no lease of this server" }]);
    }
  });

  test("is one in a topic in which people rejected something", async () => {
    const action = {
      topic: "job.pay.refund",
      params: { order: 1 },
      cost: { amount: 60, currency: "USD" },
    };
    const held = await hp.propose(action);
    await hp.request({
      method: "POST",
      path: `/approvals/${held.job.id}/reject`,
      body: { reason: "no", job_hash: held.job_hash },
    });
    const small = { cost: { amount: 49, currency: "USD" } };
    const record = recordOf({
      topic: "job.pay.refund",
      params: { order: 1 },
      more: small,
      record: { rule: "small-refunds" },
    });
    const answer = await send({ leases: [await lease()], records: [record] });
    expect(answer.mismatched[0]?.why).toMatch(/rejected/);
  });

  test("makes nothing usual: history does not know it", async () => {
    const record = recordOf({ topic: "job.odd.thing", params: { amount: 1_000_000 } });
    await send({ leases: [await lease()], records: [record] });
    const { store } = world.server.engine;
    const question = { agent: "dev", topic: "job.odd.thing", resource: null, before: null };
    const history = await store.readHistory("default", { ...question, now: Date.now() });
    expect(history.recent.map(({ state }) => state)).toEqual(["DENIED"]);
  });

  test("comes no faster than the agent may propose, and is written once all the same", async () => {
    const put = (limit: number | null): Promise<unknown> =>
      call(world.url, "PUT", "/agents/dev", { body: { limits: { per_minute: limit } } });
    const records = [1, 2, 3].map(() => recordOf({ topic: "job.db.drop" }));
    await put(2);
    try {
      await send({ records: records.slice(0, 2) });
      expect(await send({ records: records.slice(0, 2) })).toMatchObject({ written: 0, known: 2 });
      const body = { batch: randomUUID(), leases: [], records };
      const late = await call(world.url, "POST", "/decisions/local", { body });
      expect([late.status, at(late.body, "code")]).toEqual([429, "agent_rate_limited"]);
    } finally {
      await put(null);
    }
    expect(await send({ records })).toMatchObject({ written: 1, known: 2 });
  });

  test("takes no id that is another job's", async () => {
    const other = await hp.propose({
      topic: "job.pay.refund",
      params: {},
      cost: { amount: 70, currency: "USD" },
    });
    const record = recordOf({ record: { id: other.job.id } });
    const answer = await send({ leases: [await lease()], records: [record] });
    expect(answer.mismatched).toEqual([{ id: other.job.id, why: "the id or name is taken" }]);
    expect((await hp.job(other.job.id)).job.state).toBe("APPROVAL");
    const end = { id: other.job.id, status: "SUCCEEDED", ended_at: Date.now() } as const;
    expect(await send({ ends: [end] })).toMatchObject({ written: 0 });
    expect((await hp.job(other.job.id)).job.state).toBe("APPROVAL");
  });
});

describe("the snapshot", () => {
  test("is only for agents, with a nonce, and repeats it", async () => {
    const get = (query: string): Promise<unknown> =>
      hp.request({ method: "GET", path: `/policy/snapshot${query}` });
    await expect(get("?nonce=short")).rejects.toSatisfy((error) =>
      isApiError(error, "query_invalid"),
    );
    const answer = (await get(`?nonce=${"a".repeat(20)}`)) as SnapshotAnswer;
    const claims = JSON.parse(
      Buffer.from(answer.lease.split(".")[1] ?? "", "base64url").toString(),
    ) as Record<string, unknown>;
    expect(claims).toMatchObject({ aud: "dev", nonce: "a".repeat(20), tenant: "default" });
    const known = (await get(
      `?nonce=${"b".repeat(20)}&known=${String(claims["state"])}`,
    )) as SnapshotAnswer;
    expect([known.policy, known.tools]).toEqual([null, null]);
  });
});
