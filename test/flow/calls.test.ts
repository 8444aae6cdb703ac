// One call of a run is one job, whoever proposes it again, when, and with what at the same moment.

import { Holdpoint } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, textAt } from "../http.ts";
import { type CallWorld, openCallWorld, outcomeDeadlineMs } from "./call-world.ts";

let world: CallWorld;

beforeAll(async () => {
  world = await openCallWorld();
}, 120_000);

afterAll(() => world.close());

interface Named {
  readonly topic: string;
  readonly params: { readonly id: number };
  readonly agent: { readonly run: string; readonly call: string };
}

function named(topic: string): Named {
  return { topic, params: { id: 1 }, agent: { run: world.name(), call: "call-1" } };
}

/** How a job of the call comes into a state. */
const ways: Readonly<Record<string, (proposed: Named) => Promise<unknown>>> = {
  APPROVAL: propose,
  APPROVED: async (one) => approved(await propose(one)),
  EXECUTING: async (one) => executing(await propose(one)),
  SUCCEEDED: async (one) => reported(await executing(await propose(one)), "SUCCEEDED"),
  FAILED: async (one) => reported(await executing(await propose(one)), "FAILED"),
  UNKNOWN: async (one) => {
    const job = await executing(await propose(one));
    return (await world.endedAfter(job, outcomeDeadlineMs)).body;
  },
  REJECTED: async (one) => {
    const job = await propose(one);
    await world.must("ana", `/approvals/${idOf(job)}/reject`, { reason: "no" });
    return job;
  },
  CANCELLED: async (one) => {
    const job = await propose(one);
    await world.must("agent", `/jobs/${idOf(job)}/cancel`);
    return job;
  },
  REVOKED: async (one) => {
    const job = await approved(await propose(one));
    await world.must("ana", `/jobs/${idOf(job)}/revoke`, { reason: "no" });
    return job;
  },
  DENIED: (one) => propose(one),
  EXPIRED: async (one) => (await world.endedAfter(await propose(one), 3_600_000)).body,
};

async function propose(one: Named): Promise<unknown> {
  return (await world.must("agent", "/actions", one)).body;
}

async function approved(job: unknown): Promise<unknown> {
  await world.approve(job);
  return job;
}

async function executing(job: unknown): Promise<unknown> {
  await approved(job);
  expect((await world.redeem(job)).status).toBe(200);
  return job;
}

async function reported(job: unknown, status: string): Promise<unknown> {
  await world.must("agent", `/jobs/${idOf(job)}/outcome`, { status });
  return job;
}

function idOf(job: unknown): string {
  return textAt(job, "job", "id");
}

describe("a call that was proposed before", () => {
  test.each(Object.entries(ways))("attaches to its job in state %s", async (state, come) => {
    const one = named(state === "DENIED" ? "job.never.run" : "job.db.write");
    const job = await come(one);
    for (const server of [world.a, world.b]) {
      const again = await world.post("agent", "/actions", one, server);
      expect(again.body).toMatchObject({
        job: { id: idOf(job), state },
        action: { agent: one.agent, idempotency_key: `call:${one.agent.run}:call-1` },
      });
    }
    const other = await world.post("agent", "/actions", { ...one, params: { id: 2 } });
    expect(other).toMatchObject({ status: 409, body: { code: "idempotency_mismatch" } });
    const detail = textAt(other.body, "detail");
    expect(detail).toContain(one.agent.run);
    expect(detail).toContain(one.agent.call);
  });

  test("attaches with the agent's own words for it, also after people changed it", async () => {
    const one = named("job.db.write");
    const job = await propose(one);
    const edit = { params: { id: 7 }, reason: "the other one" };
    await world.must("ana", `/approvals/${idOf(job)}/modify`, edit);
    const again = await propose({ ...one, claims: { title: "again" } } as Named);
    expect(again).toMatchObject({
      job: { id: idOf(job), state: "APPROVED" },
      action: { params: { id: 7 } },
      proposed_action: { params: { id: 1 } },
    });
  });

  test("is another job by another name, in another run, and for another agent", async () => {
    const one = named("job.db.write");
    const first = idOf(await propose(one));
    const named2 = { ...one, agent: { ...one.agent, call: "call-2" } };
    const elsewhere = { ...one, agent: { ...one.agent, run: world.name() } };
    const ids = [idOf(await propose(named2)), idOf(await propose(elsewhere))];
    const theirs = await world.must("other", "/actions", one);
    expect(new Set([first, ...ids, idOf(theirs.body)]).size).toBe(4);
  });

  test("goes by the key that the agent gives, where it gives one", async () => {
    const one = { ...named("job.db.write"), idempotency_key: world.name() };
    const first = idOf(await propose(one));
    expect(idOf(await propose({ ...one, idempotency_key: world.name() } as Named))).not.toBe(first);
    expect(idOf(await propose(one))).toBe(first);
  });
});

describe("two processes", () => {
  test("that propose one call at once get one job, twenty times", async () => {
    for (let round = 0; round < 20; round += 1) {
      const one = named("job.db.write");
      const answers = await Promise.all(
        [world.a, world.b, world.a, world.b].map((server) =>
          world.post("agent", "/actions", one, server),
        ),
      );
      const ids = new Set(answers.map(({ body }) => idOf(body)));
      expect(ids.size).toBe(1);
      const rows = await world.database.ask(
        "select id from holdpoint.jobs where idempotency_key = $1",
        [`call:${one.agent.run}:call-1`],
      );
      expect(rows).toHaveLength(1);
    }
  });

  test("that propose one call with two meanings at once: one is taken, the other refused", async () => {
    for (let round = 0; round < 10; round += 1) {
      const one = named("job.files.read");
      const answers = await Promise.all([
        world.post("agent", "/actions", one, world.a),
        world.post("agent", "/actions", { ...one, params: { id: 2 } }, world.b),
      ]);
      const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
      expect(statuses).toEqual([200, 409]);
    }
  });

  test("that redeem one call at once: one runs it", async () => {
    const job = await propose(named("job.files.read"));
    const { body } = await world.get("agent", `/jobs/${idOf(job)}`);
    const grant = textAt(body, "grant", "token");
    const action = { topic: "job.files.read", params: { id: 1 } };
    const answers = await Promise.all(
      [world.a, world.b, world.a, world.b].map((server) =>
        world.post("agent", "/grants/redeem", { grant, action }, server),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 409, 409, 409,
    ]);
  });

  test("wait for the end of what one of them runs, and are told by the other server", async () => {
    const job = await world.running({ agent: { run: world.name(), call: "c" } });
    const waiting = world.get("agent", `/jobs/${idOf(job)}/wait?timeout=30&until=ended`, world.b);
    while (world.b.engine.hub.waiterCount === 0) await new Promise(setImmediate);
    // What waits for the answer alone has it already.
    const answered = await world.get("agent", `/jobs/${idOf(job)}/wait?timeout=30`, world.b);
    expect(at(answered.body, "job", "state")).toBe("EXECUTING");
    await world.must("agent", `/jobs/${idOf(job)}/outcome`, { status: "SUCCEEDED", output: 42 });
    const { body } = await waiting;
    expect(body).toMatchObject({ job: { state: "SUCCEEDED" }, outcome: { has_output: true } });
  });
});

test("the SDK names the call, attaches to its job, and waits for its end", async () => {
  const hp = new Holdpoint({ url: world.a.url, apiKey: world.keyOf("agent") });
  const agent = { run: world.name(), call: "call-1" };
  const action = { topic: "job.files.read", params: { id: 1 }, agent };
  const job = await hp.propose(action);
  expect((await hp.propose(action)).job.id).toBe(job.job.id);
  const other = hp.propose({ ...action, params: { id: 2 } });
  await expect(other).rejects.toMatchObject({ code: "idempotency_mismatch" });
  const unnamed = { topic: "job.files.read", params: { id: 1 }, agent: { run: agent.run } };
  const ids = [await hp.propose(unnamed), await hp.propose(unnamed)].map((one) => one.job.id);
  expect(new Set(ids).size).toBe(2);

  const execution = await hp.redeem(job, action);
  const ended = hp.wait(job.job.id, { until: "ended" });
  await hp.report(job.job.id, {
    status: "SUCCEEDED",
    executionId: execution.id,
    output: { rows: [1, 2], none: null },
  });
  expect((await ended).job.state).toBe("SUCCEEDED");
  expect(await hp.output(job.job.id)).toMatchObject({
    job_id: job.job.id,
    status: "SUCCEEDED",
    output: { rows: [1, 2], none: null },
  });
  await expect(hp.output(ids[0] ?? "")).rejects.toMatchObject({ code: "output_not_found" });
  hp.close();
});
