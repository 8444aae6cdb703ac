// `holdpoint agents` against a real server: registered, shown, stopped, let go on, given a key, ended.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AgentWorld, openAgentWorld, propose, readAction } from "./agent-world.ts";

const entry = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const execute = promisify(execFile);

let world: AgentWorld;

beforeAll(async () => {
  world = await openAgentWorld();
});

afterAll(() => world[Symbol.asyncDispose]());

async function run(...words: readonly string[]): Promise<string> {
  const env = { ...process.env, HOLDPOINT_URL: world.url, HOLDPOINT_API_KEY: "" };
  const ran = execute(process.execPath, [entry, "agents", ...words], { env });
  // Nobody answers at this terminal.
  ran.child.stdin?.end();
  const { stdout } = await ran;
  return stdout;
}

test("registers an agent below another, stops it by that one, and ends it only when asked to", async () => {
  await run("register", "office", "--name", "Office", "--no-local");
  const hook = "https://hooks.example.com/x";
  expect(await run("register", "clerk", "--parent", "office", "--webhook", hook)).toMatch(
    /^whsec_/,
  );
  await run("register", "clerk", "--pending", "7", "--webhook", "none");
  const first = (await run("rotate-key", "clerk")).trim();
  const shown = await run("show", "clerk");
  expect(shown).toMatch(/below +office/);
  expect(shown).toMatch(/holds +0 wait, 7 may/);
  expect(shown).not.toContain(hook);
  const [, replaces = ""] = /key +(key_\w+)/.exec(shown) ?? [];
  const second = (
    await run("rotate-key", "clerk", "--replaces", replaces, "--overlap", "0s")
  ).trim();
  expect((await propose(world, first, readAction())).status).toBe(401);
  expect((await propose(world, second, readAction())).status).toBe(200);

  expect(await run("pause", "office", "--reason", "odd")).toContain("office is paused");
  expect(await run("list")).toMatch(/clerk +paused by office/);
  expect((await propose(world, second, readAction())).status).toBe(403);
  expect(await run("resume", "office", "--reason", "fine")).toContain("office is active");
  expect((await propose(world, second, readAction())).status).toBe(200);

  await expect(run("kill", "clerk", "--reason", "stolen")).rejects.toThrow(/Nothing was ended/);
  expect((await propose(world, second, readAction())).status).toBe(200);
  expect(await run("kill", "clerk", "--reason", "stolen", "--yes")).toContain("2 keys, 3 jobs");
  expect((await propose(world, second, readAction())).status).toBe(401);
  await expect(run("resume", "clerk", "--reason", "x")).rejects.toThrow(/was killed/);
  await expect(run("register", "x", "--pending", "many")).rejects.toThrow(/is no number/);
});
