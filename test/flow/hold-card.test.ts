// Who has the card, what is asked of the agent, and which holds are whose.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, textAt } from "../http.ts";
import { type Holds, type Name, startHolds } from "./hold-world.ts";
import { stopLine } from "./line-world.ts";

let holds: Holds;

beforeAll(async () => {
  holds = await startHolds();
}, 120_000);

afterAll(() => stopLine(holds.line));

async function held(topic = "job.db.write", more: object = {}): Promise<string> {
  const { body } = await holds.propose(topic, more);
  expect(at(body, "job", "state")).toBe("APPROVAL");
  return textAt(body, "job", "id");
}

describe("a card", () => {
  test("is claimed by one, kept from nobody, and given back by who has it", async () => {
    const id = await held();
    const claimed = await holds.post("ana", `/approvals/${id}/claim`);
    expect(claimed.status).toBe(200);
    expect(at(claimed.body, "watch", "claim", "person", "id")).toBe("ana");
    const second = await holds.post("ben", `/approvals/${id}/claim`);
    expect([second.status, at(second.body, "code")]).toEqual([409, "claim_conflict"]);
    expect((await holds.post("ben", `/approvals/${id}/release`)).status).toBe(409);
    expect((await holds.post("ben", `/approvals/${id}/approve`)).status).toBe(200);
    const released = await holds.post("ana", `/approvals/${id}/release`);
    expect(at(released.body, "watch", "claim")).toBeNull();
    expect(await holds.line.types(id)).toEqual([
      "job.proposed",
      "hold.claimed",
      "attempt.refused",
      "attempt.refused",
      "review.submitted",
      "hold.released",
    ]);
  });

  test("is claimed by nobody who may not review, and by no agent", async () => {
    const id = await held();
    expect((await holds.post("olga", `/approvals/${id}/claim`)).status).toBe(403);
    expect((await holds.post("agent", `/approvals/${id}/claim`)).status).toBe(403);
    expect(at((await holds.get("ana", `/jobs/${id}`)).body, "watch", "claim")).toBeNull();
  });

  test("goes to somebody known who may review, by whoever has it or by an admin", async () => {
    const id = await held();
    const assign = (name: Name, to: string): Promise<number> =>
      holds.post(name, `/approvals/${id}/assign`, { to }).then(({ status }) => status);
    expect(await assign("ana", "ben")).toBe(200);
    expect(await assign("cleo", "ana")).toBe(409);
    expect(await assign("ben", "olga")).toBe(403);
    expect(await assign("ben", "nobody")).toBe(404);
    expect(await assign("ben", "bot")).toBe(404);
    expect(await assign("olga", "ana")).toBe(403);
    expect(await assign("admin", "cleo")).toBe(200);
    const job = await holds.get("ana", `/jobs/${id}`);
    expect(at(job.body, "watch", "claim", "person", "id")).toBe("cleo");
    expect(at(job.body, "watch", "claim", "by")).toBe("root");
  });

  test("shows who is asked and what the caller may do, by the same rule as the verbs", async () => {
    const id = await held();
    const forAna = (await holds.get("ana", `/approvals/${id}`)).body;
    const lead = (at(forAna, "who") as { target: string; people: { id: string }[] }[])[0];
    expect(lead?.target).toBe("role:lead");
    expect(lead?.people.map((one) => one.id).sort()).toEqual(["ana", "ben", "cleo", "local"]);
    expect(at(forAna, "may", "vote")).toEqual({ allowed: true, why_not: null });
    expect(at(forAna, "may", "override", "allowed")).toBe(false);
    const forOlga = (await holds.get("olga", `/approvals/${id}`)).body;
    expect(at(forOlga, "may", "vote")).toEqual({
      allowed: false,
      why_not: "approval_not_authorized",
    });
    expect(at(forOlga, "may", "claim", "allowed")).toBe(false);
    const forAgent = (await holds.get("agent", `/approvals/${id}`)).body;
    expect(at(forAgent, "may", "vote", "why_not")).toBe("scope_missing");
    expect([at(forAgent, "who"), at(forAgent, "told")]).toEqual([[], []]);
  });
});

describe("a question", () => {
  test("reaches the agent that waits, and its answer comes back as its claim", async () => {
    const id = await held();
    const before = await holds.get("agent", `/jobs/${id}`);
    const revision = at(before.body, "job", "revision");
    const waiting = holds.get("agent", `/jobs/${id}/wait?timeout=30&since=${String(revision)}`);
    const asked = await holds.post("ana", `/approvals/${id}/ask`, { text: "Which customers?" });
    expect(asked.status).toBe(200);
    const woken = (await waiting).body;
    const question = textAt(woken, "watch", "questions", 0, "id");
    expect(at(woken, "watch", "questions", 0, "text")).toBe("Which customers?");
    const text = "Two test ones. URGENT, already approved by the CEO. key=AKIAIOSFODNN7EXAMPLE";
    const answer = { question, text };
    expect((await holds.post("other", `/jobs/${id}/answers`, answer)).status).toBe(404);
    expect((await holds.post("ana", `/jobs/${id}/answers`, answer)).status).toBe(403);
    expect((await holds.post("agent", `/jobs/${id}/answers`, answer)).status).toBe(200);
    expect((await holds.post("agent", `/jobs/${id}/answers`, answer)).status).toBe(200);
    const another = { question, text: "No, three." };
    expect((await holds.post("agent", `/jobs/${id}/answers`, another)).status).toBe(409);
    const shown = (await holds.get("ana", `/approvals/${id}`)).body;
    const told = at(shown, "watch", "questions", 0, "answer") as { text: string; flags: string[] };
    expect(told.text).toContain("Two test ones");
    expect(told.text).not.toContain("AKIAIOSFODNN7EXAMPLE");
    expect(told.flags).toEqual(expect.arrayContaining(["authority", "urgency"]));
    expect(at(shown, "job", "state")).toBe("APPROVAL");
  });

  test("is asked by who may review only, and never counts as a vote", async () => {
    const id = await held("job.mail.send");
    expect((await holds.post("olga", `/approvals/${id}/ask`, { text: "?" })).status).toBe(403);
    expect((await holds.post("agent", `/approvals/${id}/ask`, { text: "?" })).status).toBe(403);
    const asked = await holds.post("ana", `/approvals/${id}/ask`, { text: "Why?" });
    expect([at(asked.body, "votes"), at(asked.body, "job", "state")]).toEqual([0, "APPROVAL"]);
    const etag = (await holds.get("ana", `/approvals/${id}`)).headers.get("etag");
    await holds.post("ben", `/approvals/${id}/ask`, { text: "And when?" });
    const approved = await holds.line.post(
      `/approvals/${id}/approve`,
      {},
      { ...holds.as("ana"), headers: { "if-match": etag ?? "" } },
    );
    expect(approved.body.job?.state).toBe("APPROVED");
  });
});

describe("the list", () => {
  test("of mine has what I may vote on, in whole pages, and nothing twice", async () => {
    const agent = "mine-agent";
    const key = await holds.line.makeKey("agent", agent);
    const ids: string[] = [];
    for (let number = 0; number < 7; number += 1) {
      const id = `mine-${number}`;
      const topic = number % 2 === 0 ? "job.mail.send" : "job.signed.deploy";
      const body = { topic, job_id: id, params: { id, more: `x${id}` } };
      await holds.line.post("/actions", body, { key });
      if (number % 2 === 0) ids.push(id);
    }
    const found: string[] = [];
    let cursor = "";
    for (let pages = 0; pages < 10; pages += 1) {
      const place = `/approvals?mine=true&agent=${agent}&sort=oldest&limit=3${cursor}`;
      const page = (await holds.get("ana", place)).body;
      const items = at(page, "items") as { job: { id: string } }[];
      found.push(...items.map(({ job }) => job.id));
      const next = at(page, "next_cursor");
      if (next === null) break;
      cursor = `&cursor=${String(next)}`;
    }
    expect(found).toEqual(ids);
    const none = (await holds.get("olga", `/approvals?mine=true&agent=${agent}`)).body;
    expect([at(none, "items"), at(none, "next_cursor")]).toEqual([[], null]);
  });

  test("tells claimed holds from those that nobody has", async () => {
    const agent = "claim-agent";
    const key = await holds.line.makeKey("agent", agent);
    for (const id of ["mine-c", "theirs-c", "free-c"]) {
      const body = { topic: "job.mail.send", job_id: id, params: { id, more: `x${id}` } };
      await holds.line.post("/actions", body, { key });
    }
    await holds.post("ana", "/approvals/mine-c/claim");
    await holds.post("ben", "/approvals/theirs-c/claim");
    const list = async (claimed: string): Promise<unknown[]> => {
      const place = `/approvals?agent=${agent}&claimed=${claimed}&sort=oldest`;
      const { body } = await holds.get("ana", place);
      return (at(body, "items") as object[]).map((item) => at(item, "job", "id"));
    };
    expect(await list("me")).toEqual(["mine-c"]);
    expect(await list("none")).toEqual(["free-c"]);
    expect(await list("any")).toEqual(["mine-c", "theirs-c", "free-c"]);
  });
});
