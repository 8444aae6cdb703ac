// `holdpoint tools` as an operator uses it: the built command against a server with a tools file.

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Knowledge, openKnowledge } from "./knowledge-world.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
let world: Knowledge;

beforeAll(async () => {
  world = await openKnowledge("version: v1\nrules: []\n");
}, 60_000);

afterAll(() => world?.close());

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, HOLDPOINT_URL: world.server.url, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, "tools", ...args], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

test("sets, lists and removes a tool", async () => {
  const schema = '{"type":"object","properties":{"to":{"type":"array"}}}';
  const options = ["--topic", "job.mail.*", "--tag", "egress", "pii", "--irreversible"];
  const computed = ["--recipients", "size(action.params.to)", "--schema", schema];
  const done = await run("set", "mail", ...options, ...computed);
  expect(done).toMatchObject({ code: 0, out: "mail is registered for topics job.mail.*.\n" });
  const { out } = await run("list");
  expect(out).toMatch(/^mail +job\.mail\.\* +egress,pii +no +schema/m);
  const { items } = JSON.parse((await run("ls", "--json")).out) as { items: unknown[] };
  expect(items).toMatchObject([{ effect: { recipients: "size(action.params.to)" } }]);
  expect((await run("remove", "mail")).code).toBe(0);
  expect((await run("remove", "mail")).code).toBe(3);
});

test("refuses an expression that the schema does not know, and options that contradict", async () => {
  const schema =
    '{"type":"object","properties":{"to":{"type":"array"}},"additionalProperties":false}';
  const typo = ["--schema", schema, "--rows", "size(action.params.too)"];
  const refused = await run("set", "mail", "--topic", "job.mail.*", ...typo);
  expect(refused.code).toBe(3);
  expect(refused.err).toContain("tools_invalid");
  const both = await run("set", "mail", "--topic", "job.x", "--reversible", "--irreversible");
  expect(both.code).toBe(2);
});

test("imports a file whole, says what it removed, and shows a bad one line by line", async () => {
  const file = path.join(world.folder, "tools.yaml");
  await run("set", "old", "--topic", "job.old");
  await writeFile(file, "version: v1\ntools:\n  - { id: new, tool: crm.*, risk_tags: [write] }\n");
  const { code, out } = await run("import", file);
  expect([code, out]).toEqual([0, "The registry has 1 tools; removed: old.\n"]);
  await writeFile(file, "version: v1\ntools:\n  - { id: new, topics: job.x }\n");
  const bad = await run("import", file);
  expect(bad.code).toBe(1);
  expect(bad.out).toContain(`${file}:3:`);
  expect(bad.out).toContain("did you mean `topic`?");
});
