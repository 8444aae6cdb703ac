// One verdict about many holds: each by its own review, none by another door.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, at, textAt } from "../http.ts";
import { type Holds, type Name, startHolds } from "./hold-world.ts";
import { stopLine } from "./line-world.ts";

interface Item {
  readonly job_id: string;
  readonly job_hash: string;
}

let holds: Holds;

beforeAll(async () => {
  holds = await startHolds();
}, 120_000);

afterAll(() => stopLine(holds.line));

async function held(topic: string, name: Name = "agent"): Promise<Item> {
  const { body } = await holds.propose(topic, {}, name);
  return { job_id: textAt(body, "job", "id"), job_hash: textAt(body, "job_hash") };
}

function batch(name: Name, items: readonly Item[], more: object = {}): Promise<Answer> {
  return holds.post(name, "/approvals/batch", { verdict: "approve", items, ...more });
}

function resultsOf({ body }: Answer): unknown[] {
  return (at(body, "items") as object[]).map((item) => [
    at(item, "job_id"),
    at(item, "status"),
    at(item, "code") ?? at(item, "state"),
  ]);
}

test("each hold is reviewed by itself and has its own answer and event", async () => {
  const [good, stale, decided] = await Promise.all([
    held("job.mail.send"),
    held("job.mail.send"),
    held("job.mail.send"),
  ]);
  await holds.post("ben", `/approvals/${decided.job_id}/reject`, { reason: "no" });
  const answer = await batch("ana", [
    good,
    { ...stale, job_hash: `sha256:${"0".repeat(64)}` },
    decided,
    { job_id: "job-unknown", job_hash: good.job_hash },
  ]);
  expect(answer.status).toBe(200);
  expect(resultsOf(answer)).toEqual([
    [good.job_id, 200, "APPROVED"],
    [stale.job_id, 409, "approval_stale_request"],
    [decided.job_id, 409, "approval_already_resolved"],
    ["job-unknown", 404, "job_not_found"],
  ]);
  expect(await holds.line.types(good.job_id)).toEqual([
    "job.proposed",
    "review.submitted",
    "job.approved",
  ]);
  expect(at((await holds.get("ana", `/jobs/${stale.job_id}`)).body, "votes")).toBe(0);
});

test("a rejection carries its reason to each, and a repeat has the same answers", async () => {
  const items = [await held("job.mail.send"), await held("job.mail.send")];
  const words = { verdict: "reject", reason: "not these", code: "unsafe" };
  const first = await batch("ana", items, words);
  expect(resultsOf(first)).toEqual(items.map(({ job_id: id }) => [id, 200, "REJECTED"]));
  expect(resultsOf(await batch("ana", items, words))).toEqual(resultsOf(first));
  for (const { job_id: id } of items) {
    const { body } = await holds.get("agent", `/jobs/${id}`);
    expect(at(body, "resolution")).toMatchObject({ reason: "not these", code: "unsafe" });
    expect((await holds.line.types(id)).filter((type) => type === "review.submitted")).toHaveLength(
      1,
    );
  }
});

test("holds of another topic, rule or agent, and those that want a signature, are not mixed", async () => {
  const mail = await held("job.mail.send");
  const mixes = [
    [mail, await held("job.mail.bulk")],
    [mail, await held("job.db.write")],
    [mail, await held("job.mail.send", "other")],
    [await held("job.signed.deploy")],
  ];
  for (const items of mixes) {
    const { status, body } = await batch("ana", items);
    expect([status, at(body, "code")]).toEqual([400, "batch_mixed"]);
  }
  expect(at((await holds.get("ana", `/jobs/${mail.job_id}`)).body, "votes")).toBe(0);
});

test("it gives nobody a right that a review would not", async () => {
  const item = await held("job.mail.send");
  expect(resultsOf(await batch("olga", [item]))).toEqual([
    [item.job_id, 403, "approval_not_authorized"],
  ]);
  expect((await batch("agent", [item])).status).toBe(403);
  expect(at((await holds.get("ana", `/jobs/${item.job_id}`)).body, "job", "state")).toBe(
    "APPROVAL",
  );
});

test("what is not one batch is refused whole", async () => {
  const item = await held("job.mail.send");
  const bodies = [
    { verdict: "approve", items: [] },
    { verdict: "approve", items: [item, item] },
    { verdict: "reject", items: [item] },
    { verdict: "reject", reason: "  ", items: [item] },
    { verdict: "approve", code: "unsafe", items: [item] },
    { verdict: "modify", items: [item] },
    { verdict: "approve", items: [{ job_id: item.job_id }] },
    {
      verdict: "approve",
      items: Array.from({ length: 101 }, (_, n) => ({ ...item, job_id: `j${n}` })),
    },
  ];
  for (const body of bodies) {
    const answer = await holds.post("ana", "/approvals/batch", body);
    expect([answer.status, at(answer.body, "code")]).toEqual([400, "request_invalid"]);
  }
});
