// The life of a policy at the command line: the built command, with the keys of two admins, against a real server.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LifeWorld, lifePolicy, startLife } from "./life-world.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const looser = lifePolicy.replace(
  "decision: require_approval, reason: Writing",
  "decision: allow, reason: Writing",
);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let world: LifeWorld;

beforeAll(async () => {
  world = await startLife();
});

afterAll(() => world.stop());

async function run(key: string, args: readonly string[], input = ""): Promise<Ended> {
  const { DATABASE_URL: _database, ...inherited } = process.env;
  const place = `http://127.0.0.1:${world.line.server.port}`;
  const env = { ...inherited, HOLDPOINT_URL: place, HOLDPOINT_API_KEY: key };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: "pipe" });
  child.stdin.end(input);
  const ended = once(child, "close");
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  return { code: child.exitCode, out, err };
}

test("A file that is published waits, says for whom and how they answer, and is then active.", async () => {
  const before = await world.active();
  const asked = await run(world.ana, ["policy", "publish", "-", "--message", "quicker"], looser);
  expect(asked.code).toBe(0);
  expect(asked.out).toMatch(
    /^drf_\w+ waits for approval by an admin other than the author: job_\w+/,
  );
  const job = /job_\w+/.exec(asked.out)?.[0] ?? "";
  const draft = /drf_\w+/.exec(asked.out)?.[0] ?? "";
  expect(asked.err + asked.out).toContain(`holdpoint approvals approve ${job}`);
  expect(await world.active()).toBe(before);

  const listed = await run(world.bob, ["policy", "drafts"]);
  expect(listed.out).toMatch(new RegExp(`${draft} +proposed +ana@example.com`));
  const card = await run(world.bob, ["approvals", "show", job]);
  expect(card.out).toContain("Publish policy");
  expect(card.out).toContain("rules changed: write");
  expect(card.out).toContain("What the server found\nauthor · ana@example.com\n");
  expect(card.out).toContain("0 of 1 from any admin");
  expect(card.out).not.toContain("Claimed by the agent");
  expect((await run(world.ana, ["approvals", "approve", job, "--yes"])).code).toBe(3);
  expect((await run(world.bob, ["approvals", "approve", job, "--yes"])).code).toBe(0);

  const state = await run(world.ana, ["policy", "state"]);
  expect(state.out).toContain(`active     ${await world.active()}`);
  expect(state.out).toMatch(/ana@example\.com +quicker/);
  expect(await world.active()).not.toBe(before);
});

test("Drafts, shadow, schedule, rollout and rollback have their commands.", async () => {
  const made = await run(world.ana, ["policy", "draft", "-", "--message", "back"], lifePolicy);
  expect(made.out).toContain("changes: rules changed: write");
  expect(made.out).toContain("publishing takes an admin other than the author");
  const id = /drf_\w+/.exec(made.out)?.[0] ?? "";
  const wrong = await run(
    world.ana,
    ["policy", "draft", "-", "--id", id],
    "version: v1\nrulez: []\n",
  );
  expect(wrong.out).toContain("does not load");
  expect(wrong.out + wrong.err).toContain("rulez");
  const right = await run(world.ana, ["policy", "draft", "-", "--id", id], lifePolicy);
  expect(right.out).toContain("revision 3");

  const shadow = await run(world.ana, ["policy", "shadow", "-"], lifePolicy);
  expect(shadow.out).toContain("0 decisions looked at, 0 left out");
  expect((await run(world.ana, ["policy", "shadow", "--stop"])).out).toContain("ended");

  const share = await run(world.ana, ["policy", "publish", id, "--rollout", "10"]);
  const job = /job_\w+/.exec(share.out)?.[0] ?? "";
  await run(world.bob, ["approvals", "approve", job, "--yes"]);
  const wider = await run(world.bob, ["policy", "rollout", "advance"]);
  expect(wider.out).toContain("running at 50 %");
  const done = await run(world.bob, ["policy", "rollout", "finish"]);
  expect(done.out).toContain("finished at 100 %");
  const back = await run(world.bob, ["policy", "rollback", "--reason", "no"]);
  expect(back.out).toMatch(/^cfg:default:policy#sha256:\w+ is active/);
  expect((await run(world.bob, ["policy", "rollout"])).code).toBe(2);
  expect((await run(world.bob, ["policy", "rollout", "sideways"])).code).toBe(2);

  const at = new Date(world.line.clock.now() + 86_400_000).toISOString();
  const later = await run(world.ana, ["policy", "schedule", "-", "--at", at], lifePolicy);
  const second = /job_\w+/.exec(later.out)?.[0] ?? "";
  await run(world.bob, ["approvals", "approve", second, "--yes"]);
  expect((await run(world.ana, ["policy", "state"])).out).toContain(`for ${at}`);
});
