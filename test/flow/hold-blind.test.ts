// A blind rule shows nobody how others voted before they voted themselves, wherever they look.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, textAt } from "../http.ts";
import { type Holds, type Name, startHolds } from "./hold-world.ts";
import { stopLine } from "./line-world.ts";

/** Stands in everything that Ana says about a hold: found nowhere where her vote is hidden. */
function markOf(id: string): string {
  return `mark of ${id} end`;
}

let holds: Holds;

beforeAll(async () => {
  holds = await startHolds();
}, 120_000);

afterAll(() => stopLine(holds.line));

async function rejectedByAna(): Promise<string> {
  const { body } = await holds.propose("job.blind.pay");
  const id = textAt(body, "job", "id");
  await holds.post("ana", `/approvals/${id}/comment`, { note: markOf(id) });
  const reason = markOf(id);
  const rejected = await holds.post("ana", `/approvals/${id}/reject`, { reason });
  expect(at(rejected.body, "job", "state")).toBe("APPROVAL");
  return id;
}

/** Everything that a reader can get about a job, as text. */
async function readAll(name: Name, id: string): Promise<string> {
  const places = [
    `/jobs/${id}`,
    `/jobs/${id}/wait?timeout=0&since=0`,
    `/jobs/${id}/decisions`,
    `/approvals/${id}`,
    `/audit/events?job=${id}`,
    ...(name === "agent" ? [] : ["/approvals?limit=200", "/audit/events?order=newest&limit=200"]),
  ];
  const answers = await Promise.all(places.map((place) => holds.get(name, place)));
  for (const answer of answers) expect(answer.status).toBe(200);
  return answers.map(({ text }) => text).join("\n");
}

async function isTold(name: Name, id: string, words: string = markOf(id)): Promise<boolean> {
  return (await readAll(name, id)).includes(words);
}

/** Who the events of a job say did something that tells a vote. */
async function actors(name: Name, id: string): Promise<unknown[]> {
  const { body } = await holds.get(name, `/audit/events?job=${id}`);
  const events = at(body, "items") as { type: string; actor: { id: string } }[];
  const types = ["review.submitted", "job.modified", "attempt.refused"];
  return events.filter(({ type }) => types.includes(type)).map(({ actor }) => actor.id);
}

interface Following {
  /** Position to begin after; from now on when left out. */
  readonly from?: string;
  /** Called once the stream is open. */
  readonly onOpen?: () => Promise<unknown>;
}

/** The first review of a job that the stream tells of. */
async function streamed(name: Name, id: string, { from, onOpen }: Following): Promise<unknown> {
  const end = new AbortController();
  const start = from === undefined ? "" : `&last_event_id=${from}`;
  const response = await fetch(`${holds.url}/api/v1/events?job=${id}${start}`, {
    headers: { authorization: `Bearer ${holds.keys[name]}` },
    signal: end.signal,
  });
  expect(response.status).toBe(200);
  await onOpen?.();
  const decoder = new TextDecoder();
  let text = "";
  let reviewed: unknown = null;
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const frames = text.split("\n\n").slice(0, -1);
    const found = frames.find((frame) => frame.includes("event: review.submitted\n"));
    if (found === undefined) continue;
    const data = found.split("\n").find((line) => line.startsWith("data: ")) ?? "";
    reviewed = JSON.parse(data.slice("data: ".length));
    break;
  }
  end.abort();
  return reviewed;
}

describe("a vote under a blind rule", () => {
  test.for(["ben", "olga", "admin", "agent"] as const)(
    "is hidden from %s: only how many voted is told",
    async (name) => {
      const id = await rejectedByAna();
      expect(await isTold(name, id)).toBe(false);
      expect(await actors(name, id)).toEqual(["(hidden)", "(hidden)"]);
      const job = (await holds.get(name, `/jobs/${id}`)).body;
      expect([at(job, "votes"), at(job, "votes_hidden")]).toEqual([1, true]);
      expect(at(job, "requirements", 0, "approved")).toBe(0);
      expect(at((await holds.get(name, `/approvals/${id}`)).body, "reviews")).toEqual([]);
    },
  );

  test("is hidden on the stream, actor, leaf and words", async () => {
    const id = await rejectedByAna();
    const hidden = { actor: { id: "(hidden)" }, leaf: "", payload: { hidden: true } };
    expect(await streamed("ben", id, { from: "0-0" })).toMatchObject(hidden);
    const comment = { note: markOf(id) };
    const onOpen = (): Promise<unknown> => holds.post("ana", `/approvals/${id}/comment`, comment);
    expect(await streamed("ben", id, { onOpen })).toMatchObject(hidden);
    const own = { actor: { id: "ana" }, payload: { note: markOf(id) } };
    expect(await streamed("ana", id, { from: "0-0" })).toMatchObject(own);
    expect(await streamed("ana", id, { onOpen })).toMatchObject(own);
  });

  test("is not told by a refusal of another vote", async () => {
    const id = await rejectedByAna();
    const hash = `sha256:${"0".repeat(64)}`;
    const refused = await holds.post("ana", `/approvals/${id}/approve`, { job_hash: hash });
    expect(refused.status).toBe(409);
    expect(await actors("ben", id)).toEqual(["(hidden)", "(hidden)", "(hidden)"]);
    expect(await actors("ana", id)).toEqual(["ana", "ana", "ana"]);
  });

  test("is shown to its own voter, and to the others once they voted", async () => {
    const id = await rejectedByAna();
    expect(await isTold("ana", id)).toBe(true);
    await holds.post("ben", `/approvals/${id}/comment`, { note: `I look at ${id} now` });
    expect(await isTold("ben", id)).toBe(false);
    expect(await isTold("ben", id, `I look at ${id} now`)).toBe(true);
    const voted = await holds.post("ben", `/approvals/${id}/approve`);
    expect([at(voted.body, "votes"), at(voted.body, "votes_hidden")]).toEqual([2, false]);
    expect(await isTold("ben", id)).toBe(true);
    expect(await isTold("cleo", id)).toBe(false);
  });

  test("is shown to everybody once the hold is decided", async () => {
    const id = await rejectedByAna();
    for (const name of ["ben", "cleo"] as const) {
      await holds.post(name, `/approvals/${id}/reject`, { reason: "no" });
    }
    expect(await isTold("olga", id)).toBe(true);
    const reviews = at((await holds.get("olga", `/approvals/${id}`)).body, "reviews") as unknown[];
    expect(reviews).toHaveLength(4);
  });

  test("is hidden anew after an edit, and the editor's own is too", async () => {
    const id = await rejectedByAna();
    const edited = await holds.post("ben", `/approvals/${id}/modify`, {
      params: { id, note: `edited ${id}` },
      reason: `edit of ${id} end`,
    });
    expect([edited.status, at(edited.body, "job", "state")]).toEqual([200, "APPROVAL"]);
    expect(await isTold("cleo", id)).toBe(false);
    expect(await isTold("cleo", id, `edit of ${id} end`)).toBe(false);
    expect(new Set(await actors("cleo", id))).toEqual(new Set(["(hidden)"]));
    expect(await isTold("cleo", id, `edited ${id}`)).toBe(true);
  });
});

test("votes of other rules are open to every reader", async () => {
  const { body } = await holds.propose("job.db.write");
  const id = textAt(body, "job", "id");
  await holds.post("ana", `/approvals/${id}/approve`, { reason: markOf(id) });
  expect(await isTold("olga", id)).toBe(true);
});
