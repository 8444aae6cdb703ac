// What a decision offers instead: the agent takes it, the old job makes way, and the record links the two.

import { Holdpoint, type JobView } from "@holdpoint/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Line, startLine, stopLine } from "./line-world.ts";

const policy = `version: v1
rules:
  - id: open
    match: { topics: ["job.**"] }
    decision: allow
  - id: gate
    match: { topics: ["job.db.delete"] }
    when: '!has(action.params.dry_run)'
    decision: require_approval
    remediations:
      - { id: dry-run, title: Run it as a dry run, set: { params: { dry_run: true, force: null } } }
      - { id: drop, title: Drop it, set: { topic: job.db.drop } }
  - id: never
    match: { topics: ["job.db.drop"] }
    decision: deny
    remediations:
      - id: archive
        title: Archive it
        set: { topic: job.db.archive, target: { environment: staging }, labels: { kept: "yes" } }
`;

let line: Line;
let hp: Holdpoint;

beforeAll(async () => {
  line = await startLine();
  await line.publish(policy);
  hp = new Holdpoint({ url: `http://127.0.0.1:${line.server.port}` });
}, 60_000);

afterAll(() => stopLine(line));

function proposeDelete(): Promise<JobView> {
  return hp.propose({
    topic: "job.db.delete",
    params: { table: "orders", force: true },
    target: { environment: "prod", resource: "orders" },
    claims: { title: "Clean up" },
  });
}

async function errorOf(call: Promise<unknown>): Promise<string> {
  const failed = await call.catch((error: unknown) => error);
  return (failed as { code?: string }).code ?? "no error";
}

test("a hold that is remediated makes way for the new job, and both know of each other", async () => {
  const held = await proposeDelete();
  expect(held.job.state).toBe("APPROVAL");
  const released = await hp.remediate(held.job.id, "dry-run");
  expect(released).toMatchObject({
    job: { state: "APPROVED" },
    decision: "ALLOW",
    remediates: held.job.id,
    action: { params: { table: "orders", dry_run: true }, target: { environment: "prod" } },
  });
  expect(released.action.params).not.toHaveProperty("force");
  const before = await hp.job(held.job.id);
  expect(before).toMatchObject({
    job: { state: "CANCELLED" },
    remediated_by: released.job.id,
    resolution: { kind: "cancelled" },
  });
  expect(await line.types(held.job.id)).toEqual([
    "job.proposed",
    "job.remediated",
    "job.cancelled",
  ]);
  const again = await hp.remediate(held.job.id, "dry-run");
  expect(again.job.id).toBe(released.job.id);
  expect(await line.types(released.job.id)).toEqual(["job.proposed"]);
});

test("a denied job stays denied, and its remediation replaces topic, target and labels", async () => {
  const denied = await hp.propose({ topic: "job.db.drop", target: { resource: "orders" } });
  const archived = await hp.remediate(denied.job.id, "archive", { newJobId: "archived-1" });
  expect(archived).toMatchObject({
    job: { id: "archived-1", state: "APPROVED" },
    action: {
      topic: "job.db.archive",
      target: { environment: "staging", resource: "orders" },
      labels: { kept: "yes" },
    },
  });
  expect((await hp.job(denied.job.id)).job.state).toBe("DENIED");
});

test("a remediation that policy denies leaves the hold to people", async () => {
  const held = await proposeDelete();
  const denied = await hp.remediate(held.job.id, "drop");
  expect(denied.job.state).toBe("DENIED");
  expect((await hp.job(held.job.id)).job.state).toBe("APPROVAL");
});

test("what is not offered, was released or belongs to another agent is refused", async () => {
  const held = await proposeDelete();
  expect(await errorOf(hp.remediate(held.job.id, "nothing"))).toBe("remediation_not_found");
  const apiKey = await line.makeKey("agent", "other");
  const other = new Holdpoint({ url: hp.url, apiKey });
  expect(await errorOf(other.remediate(held.job.id, "dry-run"))).toBe("job_not_found");
  await line.post(`/approvals/${held.job.id}/approve`);
  expect(await errorOf(hp.remediate(held.job.id, "dry-run"))).toBe("approval_not_actionable");
});

test("many at once make one new job", async () => {
  const held = await proposeDelete();
  const made = await Promise.all(
    Array.from({ length: 8 }, () => hp.remediate(held.job.id, "dry-run")),
  );
  expect(new Set(made.map(({ job }) => job.id)).size).toBe(1);
});
