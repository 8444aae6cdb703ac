// Takeovers over HTTP: opened by a rejection, claimed by one person, done or given back, told to the agent.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, textAt } from "../http.ts";
import { eventsOf, type OverrideWorld, startOverrides } from "./override-world.ts";

let world: OverrideWorld;

beforeAll(async () => {
  world = await startOverrides();
});

afterAll(() => world.stop());

interface Takeover {
  readonly id: string;
  readonly job_id: string;
  readonly state: string;
}

async function takeoverOf(job: string): Promise<Takeover | undefined> {
  const { body } = await world.send("GET", "/takeovers?state=all", "rev");
  return (at(body, "items") as readonly Takeover[]).find(({ job_id }) => job_id === job);
}

async function rejected(topic: string): Promise<string> {
  const job = await world.hold(topic);
  const answer = await world.send("POST", `/approvals/${job}/reject`, "rev", {
    reason: "do it by hand",
    code: "unsafe",
  });
  expect(at(answer.body, "job", "state"), answer.text).toBe("REJECTED");
  return job;
}

function step(verb: "claim" | "done" | "return", who: keyof OverrideWorld["keys"], id: string) {
  return world.send(
    "POST",
    `/takeovers/${id}/${verb}`,
    who,
    verb === "claim" ? {} : { note: "so it is" },
  );
}

describe("a rejection", () => {
  it("opens a takeover when its rule escalates, with everything that is needed, and tells the agent", async () => {
    const asked = await world.send("POST", "/actions", "agent", {
      topic: "job.db.migrate",
      params: { id: 1 },
      agent: { run: "run-7", thread: "th-1", on_behalf_of: "customer@example.com" },
      checkpoint: "s3://states/7",
    });
    const job = textAt(asked.body, "job", "id");
    await world.send("POST", `/approvals/${job}/reject`, "rev", {
      reason: "by hand",
      code: "unsafe",
    });
    expect(await takeoverOf(job)).toMatchObject({
      state: "open",
      topic: "job.db.migrate",
      agent: "billing",
      on_behalf_of: "customer@example.com",
      run: "run-7",
      thread: "th-1",
      checkpoint: "s3://states/7",
      reason: "by hand",
      code: "unsafe",
      rejected_by: { name: "rev@example.com" },
      claimed_by: null,
    });
    const seen = await world.send("GET", `/jobs/${job}`, "agent");
    expect(seen.body).toMatchObject({
      resolution: { on_reject: "escalate", code: "unsafe" },
      takeover: { state: "open", note: null },
    });
    const events = await world.line.server.engine.store.listEvents("default", {
      jobId: job,
      type: null,
      isNewestFirst: true,
      limit: 20,
      after: null,
    });
    const opened = events.find(({ type }) => type === "takeover.opened");
    const ended = events.find(({ type }) => type === "job.rejected");
    expect(opened?.txid).toBe(ended?.txid);
  });

  it("opens none under a rule that does not ask for it, and none when the hold is cancelled", async () => {
    const plain = await world.hold("job.plain.x");
    await world.send("POST", `/approvals/${plain}/reject`, "rev", { reason: "no" });
    expect(await takeoverOf(plain)).toBeUndefined();
    const cancelled = await world.hold("job.db.cancelled");
    await world.send("POST", `/jobs/${cancelled}/cancel`, "agent", {});
    expect(await takeoverOf(cancelled)).toBeUndefined();
  });
});

describe("a takeover", () => {
  it("is claimed by one person of those who were asked, and by no one of the agent's side", async () => {
    const { id } = (await takeoverOf(await rejected("job.db.claim"))) ?? { id: "" };
    const refused: readonly [keyof OverrideWorld["keys"], string][] = [
      ["agent", "scope_missing"],
      ["owner", "approval_self_review"],
      ["board", "approval_not_authorized"],
    ];
    for (const [who, code] of refused) {
      expect((await step("claim", who, id)).body).toMatchObject({ status: 403, code });
    }
    const answers = await Promise.all([step("claim", "rev", id), step("claim", "rob", id)]);
    const won = answers.findIndex(({ status }) => status === 200);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers[1 - won]?.body).toMatchObject({ status: 409, code: "claim_conflict" });
    const [winner, loser] = won === 0 ? (["rev", "rob"] as const) : (["rob", "rev"] as const);
    expect((await step("claim", winner, id)).status).toBe(200);
    expect((await step("done", loser, id)).body).toMatchObject({ code: "claim_conflict" });
    expect((await step("done", winner, id)).body).toMatchObject({ takeover: { state: "done" } });
    expect((await step("done", winner, id)).status).toBe(200);
    expect((await step("return", winner, id)).body).toMatchObject({ code: "takeover_not_open" });
    expect((await step("claim", loser, id)).body).toMatchObject({ code: "takeover_not_open" });
    expect((await step("claim", loser, "tko_none")).body).toMatchObject({
      status: 404,
      code: "takeover_not_found",
    });
    const left = await world.send("GET", "/takeovers", "rev");
    expect((at(left.body, "items") as readonly Takeover[]).map((one) => one.id)).not.toContain(id);
  });

  it("wakes the agent that waits past the rejection, with what the person said", async () => {
    const job = await rejected("job.db.wake");
    const { id } = (await takeoverOf(job)) ?? { id: "" };
    const seen = await world.send("GET", `/jobs/${job}`, "agent");
    const since = at(seen.body, "job", "revision");
    const before = world.line.server.engine.hub.waiterCount;
    const waiting = world.send(
      "GET",
      `/jobs/${job}/wait?timeout=30&since=${String(since)}`,
      "agent",
    );
    await world.line.waiting(before + 1);
    await step("claim", "rev", id);
    expect((await step("return", "rev", id)).status).toBe(200);
    expect((await waiting).body).toMatchObject({
      takeover: { id, state: "returned", note: "so it is" },
    });
    const [event] = await eventsOf(world, "takeover.returned");
    expect(event).toMatchObject({
      job_id: job,
      payload: { takeover: id, note: "so it is", person_name: "rev@example.com" },
    });
  });
});
