// `holdpoint identities` against a real server: whose account a code is of, linked, listed, ended.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ana, openSlackWorld, seconds, type SlackWorld } from "./slack-world.ts";

const entry = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const execute = promisify(execFile);

let world: SlackWorld;
let key: string;

beforeAll(async () => {
  world = await openSlackWorld();
  key = await world.line.makeKey("person", "ana");
});

afterAll(async () => {
  await world.close();
});

async function run(...words: readonly string[]): Promise<string> {
  const env = { ...process.env, HOLDPOINT_URL: world.base, HOLDPOINT_API_KEY: key };
  const ran = execute(process.execPath, [entry, "identities", ...words], { env });
  // Nobody answers at this terminal.
  ran.child.stdin?.end();
  const { stdout } = await ran;
  return stdout;
}

it("says whose account a code is of, links nothing unasked, and ends a link", async () => {
  const told = await world.slack.command(world.base, ana, "link", seconds(world));
  const code = /[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}/.exec(String(told["text"]))?.[0] ?? "";

  await expect(run("link", code)).rejects.toThrow(/Nothing was linked/);
  expect(await run("list")).not.toContain("T1:UANA");

  expect(await run("link", code, "--yes")).toContain("ana (T1:UANA) speaks for ana");
  expect(await run("list")).toContain("T1:UANA");
  await expect(run("link", code, "--yes")).rejects.toThrow(/used, ran out or is not one/);

  expect(await run("unlink", "slack", "T1:UANA")).toContain("nobody any more");
  expect(await run("list")).not.toContain("T1:UANA");
});
