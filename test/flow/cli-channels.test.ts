// The commands about channels and what went over them: the built command against a server.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PeopleWorld, startPeople } from "./people-world.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
let world: PeopleWorld;

beforeAll(async () => {
  world = await startPeople();
});

afterAll(() => world?.stop());

function run(key: string, ...args: readonly string[]): Promise<readonly [number, string]> {
  const env = {
    ...process.env,
    HOLDPOINT_URL: `http://127.0.0.1:${world.line.server.port}`,
    HOLDPOINT_API_KEY: key,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, "channels", ...args], { env }, (error, out, err) => {
      resolve([error === null ? 0 : Number(error.code), out + err]);
    });
  });
}

test("channels are listed and tried out, and what went over them is told", async () => {
  expect(await run(world.admin, "list")).toEqual([0, expect.stringMatching(/^log +none/m)]);
  expect(await run(world.admin, "test", "log")).toEqual([0, "log accepted a message.\n"]);
  const pigeon = [3, expect.stringContaining("channel_not_found: no channel `pigeon`")];
  expect(await run(world.admin, "test", "pigeon")).toEqual(pigeon);
  const reader = await world.key("ana@example.com", { scopes: ["read", "review"] });
  expect(await run(reader, "test", "log")).toEqual([3, expect.stringContaining("scope_missing")]);

  const job = await world.hold("job.deploy.web");
  const [code, told] = await run(reader, "deliveries", "--job", job, "--channel", "log");
  expect(code).toBe(0);
  expect(told).toMatch(new RegExp(`^dlv_\\w+ .*log .*approval.requested .*${job}`, "m"));
  const id = /dlv_\w+/.exec(told)?.[0] ?? "";
  expect((await run(world.admin, "resend", id))[1]).toMatch(/delivery_not_dead/);
  expect((await run(world.admin, "resend", "dlv_none"))[0]).toBe(3);
  expect((await run(reader, "deliveries", "--state", "lost"))[0]).toBe(3);
});
