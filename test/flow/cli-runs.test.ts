// `holdpoint runs` as an operator uses it: the built command against a server with suspended runs.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stopLine } from "./line-world.ts";
import { type Runs, startRuns } from "./runs-world.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
let runs: Runs;

beforeAll(async () => {
  runs = await startRuns();
});
afterAll(() => stopLine(runs.holds.line));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(...args: readonly string[]): Promise<Ended> {
  const { url, keys } = runs.holds;
  const own = { HOLDPOINT_URL: url, HOLDPOINT_API_KEY: keys.admin, NO_COLOR: "1" };
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...own } };
    execFile(process.execPath, [program, "runs", ...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

test("lists, shows, retries and cancels", async () => {
  expect((await run("list", "--state", "dead")).out).toBe("No run is suspended.\n");
  const [job = ""] = await runs.hold();
  const made = await runs.suspended([job], { run: "run-31" });
  await runs.answer(job);
  const claimed = await runs.claimOf(made);
  await runs.say(claimed, "fail", { error: "the mail server is away", is_final: true });
  const listed = await run("list", "--state", "dead", "--agent", "bot");
  expect(listed.out).toMatch(/^RESUMPTION +STATE .* AGENT +RUN +THREAD /);
  expect(listed.out).toMatch(
    new RegExp(`^${made.id} +dead .* 1/1 all +bot +${made.run} .*mail server`, "m"),
  );
  const shown = (await run("show", made.id)).out;
  expect(shown).toMatch(new RegExp(`^resumption +${made.id}$`, "m"));
  expect(shown).toMatch(new RegExp(`^run +${made.run}$`, "m"));
  expect(shown).toContain(job);
  expect(shown).toContain(made.checkpoint.digest);
  expect(shown).toContain("the mail server is away");
  const retried = await run("retry", made.id, "--reason", "it is back");
  expect(retried).toMatchObject({ code: 0, out: `${made.id} is waiting.\n` });
  expect((await run("retry", made.id)).code).toBe(3);
  const cancelled = await run("cancel", made.id, "--json");
  expect(JSON.parse(cancelled.out)).toMatchObject({ id: made.id, state: "cancelled" });
  expect((await run("show", "run_none")).code).toBe(3);
});
