// Recorded outputs: whom they are given to, how they lie in the database, and how long.

import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Json } from "@holdpoint/core/base/json/value";
import { outputBytesMax } from "@holdpoint/core/base/limits";
import { at, textAt } from "../http.ts";
import { type CallWorld, dayMs, openCallWorld, outcomeDeadlineMs } from "./call-world.ts";

let world: CallWorld;

beforeAll(async () => {
  world = await openCallWorld();
}, 120_000);

afterAll(() => world.close());

function digestOf(output: Json): string {
  return `sha256:${createHash("sha256").update(canonicalJson(output)).digest("hex")}`;
}

async function recorded(output: Json, more: object = {}): Promise<string> {
  const id = textAt(await world.running(), "job", "id");
  await world.must("agent", `/jobs/${id}/outcome`, { status: "SUCCEEDED", output, ...more });
  return id;
}

function outputRow(id: string): Promise<{ sealed: Buffer; digest: string }[]> {
  return world.database.ask("select sealed, digest from holdpoint.outputs where job_id = $1", [id]);
}

/** Every table with a row that has this text in it, also inside of bytes. */
async function tablesWith(text: string): Promise<readonly string[]> {
  const tables = await world.database.ask<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'holdpoint'",
  );
  const hex = Buffer.from(text).toString("hex");
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await world.database.ask(
      `select 1 from holdpoint.${name} t where t::text like $1 or t::text like $2 limit 1`,
      [`%${text}%`, `%${hex}%`],
    );
    if (rows.length > 0) found.push(name);
  }
  return found;
}

describe("an output", () => {
  test.each([
    [{ b: [1.5, "é\u2028", { __proto__x: null }], a: true }],
    [null],
    [""],
    [false],
    ["x".repeat(outputBytesMax - 2)],
  ] as [Json][])(
    "is given to the agent and the enforcement point as it was: %#",
    async (output) => {
      const id = await recorded(output, { output_digest: digestOf(output) });
      for (const name of ["agent", "point"] as const) {
        const answer = await world.get(name, `/jobs/${id}/output`, world.b);
        expect(answer.status, answer.text.slice(0, 500)).toBe(200);
        expect(answer.body).toEqual({
          job_id: id,
          status: "SUCCEEDED",
          output,
          digest: digestOf(output),
          bytes: Buffer.byteLength(canonicalJson(output)),
          created_at: new Date(world.clock.now()).toISOString(),
        });
      }
      expect((await world.get("agent", `/jobs/${id}`)).body).toMatchObject({
        outcome: { has_output: true, output_digest: digestOf(output) },
      });
    },
  );

  test("with a member named __proto__ keeps it", async () => {
    const id = textAt(await world.running(), "job", "id");
    const body = '{"status":"SUCCEEDED","output":{"__proto__":{"admin":true}}}';
    const sent = await world.post("agent", `/jobs/${id}/outcome`, body);
    expect(sent.status, sent.text).toBe(200);
    const { text } = await world.get("agent", `/jobs/${id}/output`);
    expect(text).toContain('"output":{"__proto__":{"admin":true}}');
  });

  test("of a failure is kept too, and one that was not sent is not there", async () => {
    const failed = await recorded({ code: 7 }, { status: "FAILED" });
    const read = await world.get("agent", `/jobs/${failed}/output`);
    expect(read.body).toMatchObject({ status: "FAILED", output: { code: 7 } });

    const id = textAt(await world.running(), "job", "id");
    const before = await world.get("agent", `/jobs/${id}/output`);
    expect(before).toMatchObject({ status: 404, body: { code: "output_not_found" } });
    const output_digest = digestOf("elsewhere");
    await world.must("agent", `/jobs/${id}/outcome`, { status: "SUCCEEDED", output_digest });
    const after = await world.get("agent", `/jobs/${id}/output`);
    expect(after).toMatchObject({ status: 404, body: { code: "output_not_found" } });
    expect((await world.get("agent", `/jobs/${id}`)).body).toMatchObject({
      outcome: { has_output: false, output_digest },
    });
  });

  test("is not for people, other agents, or a key that only reads", async () => {
    const id = await recorded("between the agent and its tool");
    const codes = {
      other: [404, "job_not_found"],
      ana: [403, "scope_missing"],
      admin: [403, "scope_missing"],
      reader: [403, "scope_missing"],
    } as const;
    for (const [name, [status, code]] of Object.entries(codes)) {
      const answer = await world.get(name as keyof typeof codes, `/jobs/${id}/output`);
      expect(answer, name).toMatchObject({ status, body: { code } });
      expect(answer.text).not.toContain("between");
    }
    expect((await world.get("ana", `/jobs/${id}`)).text).not.toContain("between");
    expect((await world.get("ana", `/audit/events?job=${id}`)).text).not.toContain("between");
  });

  test.each([
    ["short", "s3cr3t-0f-th3-0utput"],
    ["long enough to be compressed", "s3cr3t-in-a-l0ng-0ne ".repeat(40)],
  ])("lies sealed in the database: one that is %s", async (_name, text) => {
    const id = await recorded({ token: text });
    expect(await tablesWith(text.slice(0, 16))).toEqual([]);
    expect(await tablesWith(id)).toContain("outputs");
    const { body } = await world.get("agent", `/jobs/${id}/output`);
    expect(at(body, "output", "token")).toBe(text);
  });
});

describe("an output that cannot be taken", () => {
  test.each([
    [
      "with another's digest",
      { output: "a", output_digest: digestOf("b") },
      400,
      "output_digest_mismatch",
    ],
    ["that is too large", { output: "x".repeat(outputBytesMax - 1) }, 413, "output_too_large"],
  ])(
    "%s leaves the job as it was, and the report can be made again",
    async (_name, more, status, code) => {
      const id = textAt(await world.running(), "job", "id");
      const refused = await world.post("agent", `/jobs/${id}/outcome`, {
        status: "SUCCEEDED",
        ...more,
      });
      expect(refused).toMatchObject({ status, body: { code } });
      expect(await outputRow(id)).toEqual([]);
      const again = await world.post("agent", `/jobs/${id}/outcome`, {
        status: "SUCCEEDED",
        output: "so",
      });
      expect(again.body).toMatchObject({ job: { state: "SUCCEEDED" } });
    },
  );

  test("for a job that does not run is not kept", async () => {
    const job = await world.must("agent", "/actions", { topic: "job.files.read" });
    const id = textAt(job.body, "job", "id");
    const body = { status: "SUCCEEDED", output: "early" };
    const refused = await world.post("agent", `/jobs/${id}/outcome`, body);
    expect(refused).toMatchObject({ status: 409, body: { code: "job_not_executing" } });
    expect(await outputRow(id)).toEqual([]);
  });

  test("by a second report stays out, and the same report again is the first one", async () => {
    const id = await recorded({ n: 1 });
    const same = await world.post("agent", `/jobs/${id}/outcome`, {
      status: "SUCCEEDED",
      output: { n: 1 },
    });
    expect(same.status).toBe(200);
    const other = await world.post("agent", `/jobs/${id}/outcome`, {
      status: "SUCCEEDED",
      output: { n: 2 },
    });
    expect(other).toMatchObject({ status: 409, body: { code: "outcome_exists" } });
    const { body } = await world.get("agent", `/jobs/${id}/output`);
    expect(at(body, "output")).toEqual({ n: 1 });
  });

  test("by two processes at once is one of the two, with its outcome", async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = textAt(await world.running(), "job", "id");
      const report = (output: string, server: CallWorld["a"]): ReturnType<CallWorld["post"]> =>
        world.post("agent", `/jobs/${id}/outcome`, { status: "SUCCEEDED", output }, server);
      const answers = await Promise.all([report("a", world.a), report("b", world.b)]);
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
      const won = answers[0].status === 200 ? "a" : "b";
      const { body } = await world.get("agent", `/jobs/${id}/output`);
      expect(body).toMatchObject({ output: won, digest: digestOf(won) });
      const job = await world.get("agent", `/jobs/${id}`);
      expect(job.body).toMatchObject({ outcome: { output_digest: digestOf(won) } });
    }
  });
});

describe("a row that is not as it was written", () => {
  const set = "update holdpoint.outputs set sealed = $2, digest = $3 where job_id = $1";

  test("does not open in the place of another one", async () => {
    const [mine, theirs] = [await recorded("mine"), await recorded("theirs")];
    const [row] = await outputRow(theirs);
    await world.database.ask(set, [mine, row?.sealed, row?.digest]);
    const read = await world.get("agent", `/jobs/${mine}/output`);
    expect(read).toMatchObject({ status: 500, body: { code: "seal_broken" } });
    expect(read.text).not.toContain("theirs");
  });

  test("is not given out with a byte turned over, wherever it is", async () => {
    const id = await recorded("whole");
    const [row] = await outputRow(id);
    const sealed = row?.sealed ?? Buffer.alloc(0);
    for (let place = 0; place < sealed.length; place += 3) {
      const damaged = Buffer.from(sealed);
      damaged[place] = (damaged[place] ?? 0) ^ 1;
      await world.database.ask(set, [id, damaged, row?.digest]);
      const read = await world.get("agent", `/jobs/${id}/output`);
      expect(read.status, `byte ${place}`).toBe(500);
      expect(read.text).not.toContain("whole");
    }
  });

  test("is not given out under another digest", async () => {
    const id = await recorded("named");
    const [row] = await outputRow(id);
    await world.database.ask(set, [id, row?.sealed, digestOf("another")]);
    const read = await world.get("agent", `/jobs/${id}/output`);
    expect(read).toMatchObject({ status: 500, body: { code: "seal_broken" } });
  });
});

describe("time", () => {
  test("takes outputs away after a week, and the outcome stays", async () => {
    const id = await recorded("for a while");
    world.clock.move(7 * dayMs - 1);
    expect((await world.get("agent", `/jobs/${id}/output`)).status).toBe(200);
    world.clock.move(1);
    const read = await world.get("agent", `/jobs/${id}/output`);
    expect(read).toMatchObject({ status: 404, body: { code: "output_not_found" } });
    expect(textAt(read.body, "detail")).toContain("time is over");
    for (const server of [world.a, world.b]) server.engine.hub.work();
    while ((await outputRow(id)).length > 0) await new Promise(setImmediate);
    expect((await world.get("agent", `/jobs/${id}`)).body).toMatchObject({
      job: { state: "SUCCEEDED" },
      outcome: { has_output: true, output_digest: digestOf("for a while") },
    });
  });

  test("that makes an outcome unknown does not keep the agent from telling it, with its output", async () => {
    const job = await world.running();
    const id = textAt(job, "job", "id");
    const unknown = await world.endedAfter(job, outcomeDeadlineMs);
    expect(unknown.body).toMatchObject({ job: { state: "UNKNOWN" }, outcome: null });
    await world.must("agent", `/jobs/${id}/outcome`, { status: "SUCCEEDED", output: "late" });
    expect((await world.get("agent", `/jobs/${id}/output`)).body).toMatchObject({ output: "late" });
  });
});
