// A proposal that redeems in the same step what nobody has to be asked about: once, for whoever made it, and nothing else.

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, at, call, textAt } from "../http.ts";
import { type CallWorld, type Name, openCallWorld } from "./call-world.ts";

let world: CallWorld;

beforeAll(async () => {
  world = await openCallWorld();
}, 120_000);

afterAll(() => world.close());

interface Asked {
  readonly topic: string;
  readonly params: object;
  readonly agent: { readonly run: string; readonly call: string };
  readonly redeem: { readonly nonce: string; readonly enforces?: readonly string[] };
}

/** A call that has not been made, by its own name. */
function asked(topic: string, enforces?: readonly string[]): Asked {
  const agent = { run: world.name(), call: "call-1" };
  const redeem = { nonce: randomUUID(), ...(enforces !== undefined && { enforces }) };
  return { topic, params: { id: 1 }, agent, redeem };
}

function propose(one: object, name: Name = "agent", server = world.a): Promise<Answer> {
  return world.post(name, "/actions", one, server);
}

async function eventsOf(job: unknown): Promise<unknown[]> {
  const { body } = await world.get("ana", `/audit/events?job=${textAt(job, "job", "id")}`);
  return (at(body, "items") as object[]).map((event) => {
    const { type, revision, state } = event as Record<string, unknown>;
    return [type, revision, state];
  });
}

function receiptOf(answer: unknown): unknown {
  const execution = at(answer, "execution") as Record<string, unknown> | null;
  return execution?.["receipt"] ?? null;
}

describe("an action that policy releases", () => {
  test("is proposed, redeemed and on the record in one call, and takes its outcome", async () => {
    const { status, body } = await propose(asked("job.files.read"));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      job: { state: "EXECUTING", revision: 2 },
      grant: null,
    });
    expect(at(body, "execution")).toMatchObject({ constraints: null, receipt: expect.any(String) });
    expect(await eventsOf(body)).toEqual([
      ["job.proposed", 1, "APPROVED"],
      ["grant.redeemed", 2, "EXECUTING"],
    ]);
    const id = textAt(body, "job", "id");
    const done = await world.must("agent", `/jobs/${id}/outcome`, {
      status: "SUCCEEDED",
      execution_id: textAt(body, "execution", "id"),
    });
    expect(done.body).toMatchObject({ job: { state: "SUCCEEDED", revision: 3 } });
  });

  test("is the same execution for a repeat after a lost answer, and none for anybody else", async () => {
    const one = asked("job.files.read");
    const { body } = await propose(one);
    const again = await propose(one, "agent", world.b);
    expect(at(again.body, "execution", "id")).toBe(at(body, "execution", "id"));
    expect(receiptOf(again.body)).toEqual(expect.any(String));

    const { redeem: _redeem, ...plain } = one;
    for (const other of [plain, { ...one, redeem: { nonce: randomUUID() } }]) {
      const theirs = await propose(other, "agent", world.b);
      expect(theirs.body).toMatchObject({ job: { state: "EXECUTING" }, grant: null });
      expect(receiptOf(theirs.body)).toBeNull();
    }
    const read = await world.get("agent", `/jobs/${textAt(body, "job", "id")}`);
    expect(read.text).not.toContain(one.redeem.nonce);
    expect(receiptOf(read.body)).toBeNull();
    expect(await eventsOf(body)).toHaveLength(2);
  });

  test("and that was proposed without it before is redeemed by the repeat, once, on either server", async () => {
    for (const server of [world.a, world.b]) {
      const one = asked("job.files.read");
      const { redeem: _redeem, ...plain } = one;
      const before = await propose(plain);
      const { body } = await propose(one, "agent", server);
      expect(body).toMatchObject({ job: { state: "EXECUTING", revision: 2 }, grant: null });
      expect(receiptOf(body)).toEqual(expect.any(String));
      const { body: again } = await propose(one, "agent", world.a);
      expect(at(again, "execution", "id")).toBe(at(body, "execution", "id"));
      expect(receiptOf(again)).toEqual(expect.any(String));
      const other = await propose({ ...one, redeem: { nonce: randomUUID() } });
      expect(receiptOf(other.body)).toBeNull();
      const redeemed = await world.post("agent", "/grants/redeem", {
        grant: textAt(before.body, "grant", "token"),
        action: { topic: one.topic, params: one.params },
      });
      expect(redeemed).toMatchObject({ status: 409, body: { code: "grant_already_redeemed" } });
    }
  });

  test("is redeemed under constraints only where the caller keeps all of them", async () => {
    const bounds = ["max_runtime_sec", "redact"];
    for (const enforces of [undefined, [], ["redact"], ["max_rows"]]) {
      const { body } = await propose(asked("job.bounded.read", enforces));
      expect(body).toMatchObject({ job: { state: "APPROVED", revision: 1 }, execution: null });
      expect(at(body, "grant", "token")).toEqual(expect.any(String));
    }
    const { body } = await propose(asked("job.bounded.read", [...bounds, "sandbox"]));
    expect(body).toMatchObject({
      job: { state: "EXECUTING" },
      execution: { constraints: { max_runtime_sec: 5, redact: ["iban"] } },
    });
  });
});

describe("what people are asked about", () => {
  /** A held call, and the answer of people to it. */
  async function answered(one: object, how = "approve", said: object = {}): Promise<unknown> {
    const held = await propose(one);
    expect(held).toMatchObject({
      status: 202,
      body: { job: { state: "APPROVAL" }, execution: null },
    });
    await world.must("ana", `/approvals/${textAt(held.body, "job", "id")}/${how}`, said);
    return held.body;
  }

  const also = (one: Asked): object => ({ ...one, redeem: { ...one.redeem, approved: true } });

  test("is redeemed with no proposal that does not ask for that, and what is denied with none", async () => {
    const one = asked("job.db.write");
    await answered(one);
    const released = await propose(one);
    expect(released.body).toMatchObject({ job: { state: "APPROVED" }, execution: null });
    const denied = await propose(also(asked("job.never.run")) as Asked);
    expect(denied.body).toMatchObject({ job: { state: "DENIED" }, execution: null, grant: null });
  });

  test("and approved as it was proposed is redeemed by a repeat that asks for it, with the answer", async () => {
    for (const server of [world.a, world.b]) {
      const one = asked("job.db.write");
      await answered(also(one));
      const { body } = await propose(also(one), "agent", server);
      expect(body).toMatchObject({ job: { state: "EXECUTING" }, grant: null });
      expect(receiptOf(body)).toEqual(expect.any(String));
      expect(await eventsOf(body)).toContainEqual(["grant.redeemed", 3, "EXECUTING"]);
      const other = { ...one, redeem: { nonce: randomUUID(), approved: true } };
      expect(receiptOf((await propose(other, "agent", server)).body)).toBeNull();
    }
  });

  test("and changed by people is left to its grant, which names what runs", async () => {
    const one = asked("job.db.write");
    await answered(also(one), "modify", { params: { id: 2 }, reason: "the other" });
    expect((await propose(also(one))).body).toMatchObject({
      job: { state: "APPROVED" },
      action: { params: { id: 2 } },
      execution: null,
    });
  });

  test("and rejected, or with another effect than was shown, is not redeemed", async () => {
    const rejected = asked("job.db.write");
    await answered(rejected, "reject", { reason: "no" });
    expect((await propose(also(rejected))).body).toMatchObject({
      job: { state: "REJECTED" },
      execution: null,
    });
    const shown = { ...asked("job.db.write"), effect: { rows: 3 } };
    await answered(shown);
    const grown = await propose({ ...(also(shown) as Asked), effect: { rows: 4 } } as Asked);
    expect(grown.body).toMatchObject({ job: { state: "APPROVED" }, execution: null });
  });

  test("by four repeats at once runs once, twenty times", async () => {
    for (let round = 0; round < 20; round += 1) {
      const one = asked("job.db.write");
      await answered(one);
      const answers = await Promise.all(
        [world.a, world.b, world.a, world.b].map((server) =>
          propose({ ...one, redeem: { nonce: randomUUID(), approved: true } }, "agent", server),
        ),
      );
      expect(answers.map(({ body }) => at(body, "job", "state"))).toEqual(
        answers.map(() => "EXECUTING"),
      );
      expect(answers.filter(({ body }) => receiptOf(body) !== null)).toHaveLength(1);
    }
  });

  test.each([
    ["was revoked", "revoked_at = 1"],
    ["has ended", "expires_at = 1"],
  ])("runs by no way with a key that %s a moment ago", async (_how, set) => {
    const request = { kind: "agent", subject: "agent", scopes: ["propose", "redeem"] };
    const { body: made } = await call(world.a.url, "POST", "/keys", { body: request });
    const key = textAt(made, "secret");
    const by = (place: string, body: object): Promise<Answer> =>
      call(world.a.url, "POST", place, { key, body });
    const one = asked("job.db.write");
    const held = await by("/actions", one);
    await world.approve(held.body);
    const { body } = await by("/actions", one);
    const grant = textAt(body, "grant", "token");
    await world.database.ask(`update holdpoint.api_keys set ${set} where id = $1`, [
      textAt(made, "id"),
    ]);
    const running = { topic: one.topic, params: one.params };
    expect((await by("/grants/redeem", { grant, action: running })).status).toBe(401);
    expect((await by("/actions", also(one))).status).toBe(401);
    const { body: now } = await world.get("ana", `/jobs/${textAt(held.body, "job", "id")}`);
    expect(now).toMatchObject({ job: { state: "APPROVED" } });
  });
});

describe("whoever may not redeem", () => {
  /** A key of its own, for what is done to it. */
  async function keyOf(subject: string, scopes: readonly string[]): Promise<[string, string]> {
    const request = { kind: "agent", subject, scopes };
    const { body } = await call(world.a.url, "POST", "/keys", { body: request });
    return [textAt(body, "id"), textAt(body, "secret")];
  }

  function by(key: string, body: object): Promise<Answer> {
    return call(world.b.url, "POST", "/actions", { key, body });
  }

  async function jobsOf(run: string): Promise<readonly { state: string }[]> {
    const key = `call:${run}:call-1`;
    const sql = "select state from holdpoint.jobs where idempotency_key = $1";
    return world.database.ask<{ state: string }>(sql, [key]);
  }

  test("by the scopes of the key is refused, and nothing is written", async () => {
    const [, key] = await keyOf("writer", ["propose"]);
    const one = asked("job.files.read");
    expect(await by(key, one)).toMatchObject({ status: 403, body: { code: "scope_missing" } });
    expect((await propose(one, "point")).status).toBe(403);
    expect(await jobsOf(one.agent.run)).toEqual([]);
  });

  test.each([
    ["was revoked", "revoked_at = 1"],
    ["has ended", "expires_at = 1"],
  ])(
    "because the key %s a moment ago does not redeem by what a process remembers",
    async (_how, set) => {
      const [id, key] = await keyOf("bot", ["propose", "redeem"]);
      expect((await by(key, asked("job.files.read"))).body).toMatchObject({
        job: { state: "EXECUTING" },
      });
      await world.database.ask(`update holdpoint.api_keys set ${set} where id = $1`, [id]);
      const one = asked("job.files.read");
      await by(key, one);
      expect((await jobsOf(one.agent.run)).filter(({ state }) => state !== "APPROVED")).toEqual([]);
    },
  );

  test.each(["paused", "killed"])(
    "because the agent was %s a moment ago is refused",
    async (state) => {
      const subject = world.name();
      const [, key] = await keyOf(subject, ["propose", "redeem"]);
      expect((await by(key, asked("job.files.read"))).status).toBe(200);
      await world.database.ask("update holdpoint.agents set state = $2 where id = $1", [
        subject,
        state,
      ]);
      const one = asked("job.files.read");
      expect((await by(key, one)).status).toBeGreaterThanOrEqual(400);
      expect(await jobsOf(one.agent.run)).toEqual([]);
    },
  );
});

test("two processes that propose and redeem one call at once: one runs it, twenty times", async () => {
  for (let round = 0; round < 20; round += 1) {
    const one = asked("job.files.read");
    const answers = await Promise.all(
      [world.a, world.b, world.a, world.b].map((server) =>
        propose({ ...one, redeem: { nonce: randomUUID() } }, "agent", server),
      ),
    );
    expect(answers.map(({ body }) => at(body, "job", "state"))).toEqual(
      answers.map(() => "EXECUTING"),
    );
    expect(answers.filter(({ body }) => receiptOf(body) !== null)).toHaveLength(1);
    expect(await eventsOf(answers[0]?.body)).toHaveLength(2);
  }
});
