// The commands around an emergency as people use them: the built command against a server.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { at } from "../http.ts";
import { type OverrideWorld, startOverrides } from "./override-world.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
let world: OverrideWorld;

beforeAll(async () => {
  world = await startOverrides();
});

afterAll(() => world.stop());

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(who: keyof OverrideWorld["keys"], ...args: readonly string[]): Promise<Ended> {
  const env = {
    ...process.env,
    HOLDPOINT_URL: `http://127.0.0.1:${world.line.server.port}`,
    HOLDPOINT_API_KEY: world.keys[who],
    NO_COLOR: "1",
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

test("opens an incident, overrides in it, judges the override and reports it", async () => {
  const opened = await run("rev", "incidents", "open", "Down", "--id", "INC-9", "--label", "a=b=c");
  expect(opened).toMatchObject({ code: 0, out: "INC-9 is open.\n" });
  expect((await run("rev", "incidents", "open", "Down", "--label", "ab")).code).toBe(2);
  expect((await run("rev", "incidents", "list")).out).toMatch(/^INC-9 +open +.* a=b=c +Down$/m);

  const job = await world.hold("job.db.cli");
  const refused = await run("rev", "override", job, "--reason", "now", "--incident", "INC-9");
  expect(refused.code).toBe(3);
  expect(refused.err).toContain("approval_not_authorized");
  const done = await run("oncall", "override", job, "--reason", "now");
  expect(done).toMatchObject({ code: 0, out: `${job} is APPROVED\n` });

  expect((await run("rev", "approvals", "show", job)).out).toMatch(/^overridden by .*: now$/m);
  const review = await world.reviewOf(job);
  expect((await run("board", "governance", "list")).out).toContain(review);
  const words = ["--what-went-wrong", "all slept", "--how-to-avoid", "wake them"];
  expect((await run("board", "governance", "close", review, ...words)).code).toBe(2);
  const closed = await run("board", "governance", "close", review, "--legitimate", ...words);
  expect(closed).toMatchObject({ code: 0, out: `${review} is closed: legitimate.\n` });
  const { out } = await run("board", "governance", "report");
  expect(out).toContain("1 overrides: 1 legitimate, 0 not, 0 open (0 overdue)");
  expect(out).toMatch(/^gate +1 +1 +0$/m);
  const json = JSON.parse(
    (await run("board", "governance", "ls", "--all", "--json")).out,
  ) as object;
  expect(at(json, "items", 0, "legitimate")).toBe(true);
  expect((await run("rev", "incidents", "close", "INC-9")).out).toBe("INC-9 is closed.\n");
  expect((await run("rev", "incidents", "list")).out).toBe("No incident is open.\n");
});

test("claims a takeover and gives it back", async () => {
  const job = await world.hold("job.db.hand");
  await world.send("POST", `/approvals/${job}/reject`, "rev", { reason: "by hand" });
  const listed = await run("rev", "takeovers", "list");
  const id = /^tko_\w+/m.exec(listed.out)?.[0] ?? "";
  expect((await run("rev", "takeovers", "claim", id)).out).toBe(`${id} is claimed.\n`);
  expect((await run("rob", "takeovers", "done", id)).code).toBe(3);
  const note = ["--note", "the table is locked"];
  expect((await run("rev", "takeovers", "return", id, ...note)).out).toBe(`${id} is returned.\n`);
  expect((await run("rev", "takeovers", "list")).out).toBe("Nothing waits to be taken over.\n");
});
