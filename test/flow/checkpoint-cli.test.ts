// `holdpoint checkpoints` against a real server: what people see, copy, remove, and write to a file of their own.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { textAt } from "../http.ts";
import { type Line, startLine, stopLine } from "./line-world.ts";

const entry = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const execute = promisify(execFile);
const bytes = Buffer.from([0, 27, 91, 50, 74, 255]);

let line: Line;
let folder: string;
const keys: Record<string, string> = {};

beforeAll(async () => {
  line = await startLine();
  folder = mkdtempSync(join(tmpdir(), "holdpoint-checkpoint-cli-"));
  keys["agent"] = await line.makeKey("agent", "billing");
  keys["admin"] = await line.makeKey("person", "boss", { scopes: ["read", "review", "admin"] });
  for (const id of ["c-1", "c-2"]) {
    const body = { id, codec: "bytes", state: bytes.toString("base64"), step: 3 };
    await line.post("/threads/t-1/checkpoints", body, { key: keys["agent"] });
  }
});

afterAll(async () => {
  await stopLine(line);
  rmSync(folder, { recursive: true, force: true });
});

async function run(who: "agent" | "admin", ...words: readonly string[]): Promise<string> {
  const url = line.url("").replace("/api/v1", "");
  const env = { ...process.env, HOLDPOINT_URL: url, HOLDPOINT_API_KEY: keys[who] };
  const ran = await execute(process.execPath, [entry, "checkpoints", ...words], { env });
  return ran.stdout;
}

const own = ["--agent", "billing"];

it("lists threads and checkpoints of the agent that is named", async () => {
  expect(await run("admin", "list", ...own)).toMatch(/t-1 +2 +12 /);
  expect(await run("agent", "list")).toContain("t-1");
  const listed = await run("admin", "list", "t-1", ...own);
  expect(listed.indexOf("c-2")).toBeGreaterThan(0);
  expect(listed.indexOf("c-1")).toBeGreaterThan(listed.indexOf("c-2"));
  await expect(run("admin", "list")).rejects.toThrow(/whose checkpoints/);
});

it("shows what stands around the state, and writes the state to a new file only", async () => {
  const file = join(folder, "state");
  expect(await run("admin", "show", "t-1", ...own)).toContain("id: c-2");
  expect(await run("admin", "show", "t-1", "c-1", ...own, "--state", file)).toContain("id: c-1");
  expect(readFileSync(file).equals(bytes)).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = run("admin", "show", "t-1", "c-1", ...own, "--state", file);
  await expect(again).rejects.toThrow(/EEXIST/);
  const told = await run("admin", "show", "t-1", "c-1", ...own, "--json");
  expect(JSON.parse(told)).not.toHaveProperty("state");
});

it("copies one and removes one, or a whole thread when that is said", async () => {
  const copied = await run("admin", "fork", "t-1", "latest", ...own, "--to", "t-2", "--json");
  expect(textAt(JSON.parse(copied), "thread")).toBe("t-2");
  expect(await run("admin", "delete", "t-1", "c-1", ...own)).toContain("1 removed");
  await expect(run("admin", "delete", "t-1", ...own)).rejects.toThrow(/--all/);
  await expect(run("admin", "delete", "t-1", "c-2", "--all", ...own)).rejects.toThrow(/--all/);
  expect(await run("agent", "delete", "t-1", "--all")).toContain("1 removed");
  expect(await run("agent", "list")).not.toContain("t-1");
});
