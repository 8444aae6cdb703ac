// An execution of which no outcome came: people say how it ended, once, and nobody else says it in their name.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call, textAt } from "../http.ts";
import { type CallWorld, openCallWorld, outcomeDeadlineMs } from "./call-world.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
let world: CallWorld;

beforeAll(async () => {
  world = await openCallWorld();
}, 120_000);

afterAll(() => world.close());

async function unknown(): Promise<string> {
  const job = await world.running({ agent: { run: world.name(), call: "c" } });
  const ended = await world.endedAfter(job, outcomeDeadlineMs);
  expect(ended.body).toMatchObject({ job: { state: "UNKNOWN" } });
  return textAt(job, "job", "id");
}

const said = { status: "SUCCEEDED", reason: "the bank shows it" };

test("a person says it, and the agent, the record and every repeat of the call find it", async () => {
  const id = await unknown();
  const settled = await world.post("ana", `/jobs/${id}/settle`, said, world.b);
  expect(settled.body).toMatchObject({
    job: { state: "SUCCEEDED" },
    outcome: {
      status: "SUCCEEDED",
      summary: "the bank shows it",
      has_output: false,
      settled_by: { id: "ana" },
    },
  });
  const { body } = await world.get("agent", `/jobs/${id}/wait?timeout=30&until=ended`);
  expect(body).toMatchObject({
    job: { state: "SUCCEEDED" },
    outcome: { settled_by: { id: "ana" } },
  });
  const { body: events } = await world.get("ben", `/audit/events?job=${id}&type=job.succeeded`);
  expect(events).toMatchObject({
    items: [{ actor: { kind: "person", id: "ana" }, payload: { reason: "the bank shows it" } }],
  });
  const output = await world.get("agent", `/jobs/${id}/output`);
  expect(output).toMatchObject({ status: 404, body: { code: "output_not_found" } });
});

test("said again it is the same, said otherwise it is refused, and so is a report that comes after it", async () => {
  const id = await unknown();
  await world.must("ana", `/jobs/${id}/settle`, said);
  expect((await world.post("ana", `/jobs/${id}/settle`, said)).status).toBe(200);
  const others = [
    await world.post("ana", `/jobs/${id}/settle`, { ...said, status: "FAILED" }),
    await world.post("ben", `/jobs/${id}/settle`, said),
    await world.post("agent", `/jobs/${id}/outcome`, { status: "FAILED" }),
    await world.post("agent", `/jobs/${id}/outcome`, { status: "SUCCEEDED", output: "mine" }),
  ];
  for (const other of others) {
    expect(other).toMatchObject({ status: 409, body: { code: "outcome_exists" } });
  }
  const rows = await world.database.ask("select 1 from holdpoint.outputs where job_id = $1", [id]);
  expect(rows).toEqual([]);
});

test("a report that came first stands", async () => {
  const id = await unknown();
  await world.must("agent", `/jobs/${id}/outcome`, { status: "FAILED", summary: "timed out" });
  const late = await world.post("ana", `/jobs/${id}/settle`, said);
  expect(late).toMatchObject({ status: 409, body: { code: "outcome_exists" } });
  const { body } = await world.get("agent", `/jobs/${id}`);
  expect(body).toMatchObject({ outcome: { status: "FAILED", settled_by: null } });
});

test("of a report and a settlement at once, one is taken", async () => {
  for (let round = 0; round < 10; round += 1) {
    const id = await unknown();
    const answers = await Promise.all([
      world.post("agent", `/jobs/${id}/outcome`, { status: "FAILED", output: "x" }, world.a),
      world.post("ana", `/jobs/${id}/settle`, said, world.b),
    ]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const { body } = await world.get("agent", `/jobs/${id}`);
    const isReported = answers[0].status === 200;
    expect(body).toMatchObject({
      job: { state: isReported ? "FAILED" : "SUCCEEDED" },
      outcome: { has_output: isReported },
    });
  }
});

test("no agent and no enforcement point says it, in no state, and a running job is not settled", async () => {
  const id = await unknown();
  for (const name of ["agent", "other", "point", "reader"] as const) {
    const refused = await world.post(name, `/jobs/${id}/settle`, said);
    expect(refused, name).toMatchObject({ status: 403, body: { code: "scope_missing" } });
  }
  const running = textAt(await world.running(), "job", "id");
  const early = await world.post("ana", `/jobs/${running}/settle`, said);
  expect(early).toMatchObject({ status: 409, body: { code: "job_not_unknown" } });
  const blank = await world.post("ana", `/jobs/${id}/settle`, { status: "SUCCEEDED", reason: " " });
  expect(blank).toMatchObject({ status: 400, body: { code: "request_invalid" } });
  const nothing = await world.post("ana", "/jobs/none/settle", said);
  expect(nothing).toMatchObject({ status: 404, body: { code: "job_not_found" } });
  expect((await world.get("ana", `/jobs/${id}`)).body).toMatchObject({ job: { state: "UNKNOWN" } });
});

test("with a key of the request, a repeat of it is one settlement", async () => {
  const id = await unknown();
  const headers = { "idempotency-key": "settle-once" };
  const sending = { key: world.keyOf("ana"), headers, body: said };
  const first = await call(world.a.url, "POST", `/jobs/${id}/settle`, sending);
  const again = await call(world.b.url, "POST", `/jobs/${id}/settle`, sending);
  expect(again.body).toEqual(first.body);
});

test("the command line settles, and shows who did", async () => {
  const id = await unknown();
  const env = {
    ...process.env,
    HOLDPOINT_URL: world.a.url,
    HOLDPOINT_API_KEY: world.keyOf("ana"),
    NO_COLOR: "1",
  };
  const run = (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [program, "jobs", ...args], { env }, (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, err });
      });
    });
  expect((await run("settle", id, "--reason", "so")).code).toBe(2);
  const both = await run("settle", id, "--succeeded", "--failed", "--reason", "so");
  expect(both.code).toBe(2);
  const done = await run("settle", id, "--failed", "--reason", "no row in the table");
  expect(done).toMatchObject({ code: 0, out: `${id}: settled as FAILED.\n` });
  const { out } = await run("show", id);
  expect(out).toContain("outcome FAILED settled by ana: no row in the table");
  expect((await run("settle", id, "--succeeded", "--reason", "so")).err).toContain(
    "outcome_exists",
  );
});
