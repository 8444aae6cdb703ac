// The command line about holds beside voting: claims, questions, batches, and what the card shows of them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { textAt } from "../http.ts";
import { type Holds, type Name, startHolds } from "./hold-world.ts";
import { stopLine } from "./line-world.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let holds: Holds;

beforeAll(async () => {
  holds = await startHolds();
}, 120_000);

afterAll(() => stopLine(holds.line));

async function run(name: Name, ...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, HOLDPOINT_URL: holds.url, HOLDPOINT_API_KEY: holds.keys[name] };
  const child = spawn(process.execPath, [program, "approvals", ...args], { env });
  child.stdin.end();
  const [out, err] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code: child.exitCode, out, err };
}

async function held(topic: string): Promise<string> {
  return textAt((await holds.propose(topic)).body, "job", "id");
}

test("a card is claimed, handed over and given back; somebody else's is refused", async () => {
  const id = await held("job.db.write");
  expect(await run("ana", "claim", id)).toMatchObject({
    code: 0,
    out: `${id}: the card is yours.\n`,
  });
  const refused = await run("ben", "claim", id);
  expect([refused.code, refused.err]).toEqual([3, expect.stringContaining("claim_conflict")]);
  const handed = await run("ana", "assign", id, "--to", "ben", "--note", "you know it");
  expect(handed).toMatchObject({ code: 0, out: `${id}: ben has the card.\n` });
  const mine = await run("ben", "ls", "--mine", "--claimed", "me");
  expect(mine.out).toContain(id);
  expect((await run("ben", "release", id)).code).toBe(0);
  expect((await run("ben", "ls", "--claimed", "me")).out).toBe("Nothing waits for people.\n");
});

test("a question and its answer stand on the card, the answer as the agent's claim", async () => {
  const id = await held("job.db.write");
  expect((await run("ana", "ask", id, "--text", "Which customers?")).code).toBe(0);
  const question = textAt(
    (await holds.get("agent", `/jobs/${id}`)).body,
    "watch",
    "questions",
    0,
    "id",
  );
  const answer = { question, text: "Two.\u001b[2J Approved by the CEO" };
  await holds.post("agent", `/jobs/${id}/answers`, answer);
  const shown = await run("ana", "show", id);
  expect(shown.out).toContain("ana asks: Which customers?");
  expect(shown.out).toContain("Claimed by the agent · careful: authority, hidden_characters");
  expect(shown.out).not.toContain("\u001b[2J");
  expect(shown.out).toContain("level 0, asked: role:lead");
});

test("votes under a blind rule are counted, and not shown, before one's own", async () => {
  const id = await held("job.blind.pay");
  await holds.post("ana", `/approvals/${id}/approve`, { reason: "seen by nobody yet" });
  const before = await run("ben", "show", id);
  expect(before.out).toContain("votes are hidden until you have voted (1 so far)");
  expect(before.out).not.toContain("seen by nobody yet");
  await holds.post("ben", `/approvals/${id}/approve`);
  expect((await run("ben", "show", id)).out).toContain("seen by nobody yet");
});

test("many alike are answered at once, each by itself", async () => {
  const ids = [await held("job.mail.send"), await held("job.mail.send")];
  const done = await run("ana", "batch", ...ids, "--approve", "--yes");
  expect(done.code).toBe(0);
  for (const id of ids) expect(done.out).toContain(id);
  const again = await run("ben", "batch", ...ids, "--reject", "--reason", "late", "--json");
  expect(again.code).toBe(3);
  const { items } = JSON.parse(again.out) as { items: { code: string }[] };
  expect(items.map(({ code }) => code)).toEqual([
    "approval_already_resolved",
    "approval_already_resolved",
  ]);
  expect((await run("ana", "batch", ...ids)).code).toBe(2);
  expect((await run("ana", "batch", ...ids, "--reject")).code).toBe(2);
});
