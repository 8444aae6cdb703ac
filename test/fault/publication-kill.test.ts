// A server that is killed at the moment of an approval puts the policy in force once, after its restart.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { at, call, textAt } from "../http.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
/** Milliseconds after the vote was sent: before it is written, in the middle, after all of it. */
const moments = [2, 8, 20, 60];
const patienceMs = 30_000;

let dir: string;
let child: ChildProcess;
let url: string;
const keys: Record<string, string> = {};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdpoint-publication-kill-"));
  await start();
  for (const subject of ["ana", "bob"]) {
    const scopes = ["read", "review", "admin"];
    const body = { kind: "person", subject, scopes };
    keys[subject] = textAt((await call(url, "POST", "/keys", { body })).body, "secret");
  }
});

afterAll(async () => {
  await kill();
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(HOLDPOINT_|DATABASE_)/.test(name),
  );
  const args = ["start", "--dev", "--json", "--quiet", "--port", "0", "--data", dir];
  child = spawn(process.execPath, [program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: Object.fromEntries(inherited),
  });
  const { stdout } = child;
  if (stdout === null) throw new Error("no pipe");
  url = await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    createInterface({ input: stdout }).on("line", (line) => {
      const said = JSON.parse(line) as { event?: string; url?: string };
      if (said.event === "listening" && said.url !== undefined) resolve(said.url);
    });
  });
}

async function kill(): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

const as = (who: string, body?: unknown) => ({
  key: keys[who] ?? "",
  ...(body === undefined ? {} : { body }),
});
const vote = (job: string) => call(url, "POST", `/approvals/${job}/approve`, as("bob", {}));
const stateOf = async (job: string) =>
  textAt((await call(url, "GET", `/jobs/${job}`, as("ana"))).body, "job", "state");

test.each(moments)(
  "A kill %i ms after the vote was sent delays the policy and doubles nothing.",
  async (ms) => {
    const source = `version: v1\nrules:\n  - { id: r${ms}, match: { topics: ["job.**"] }, decision: deny, reason: R }\n`;
    const made = await call(url, "POST", "/policies/drafts", as("ana", { source }));
    const place = `/policies/drafts/${textAt(made.body, "id")}`;
    const job = textAt(
      (await call(url, "POST", `${place}/publish`, as("ana", {}))).body,
      "job",
      "id",
    );

    const answered = vote(job).catch(() => null);
    await pause(ms);
    await kill();
    await answered;
    await start();
    // A vote that was not written before the kill is cast again, as a person would.
    if ((await stateOf(job)) === "APPROVAL") await vote(job);
    const deadline = performance.now() + patienceMs;
    while ((await stateOf(job)) !== "SUCCEEDED" && performance.now() < deadline) await pause(50);

    expect(await stateOf(job)).toBe("SUCCEEDED");
    const { body } = await call(url, "GET", "/policies/state", as("ana"));
    expect(at(body, "active", "digest")).toBe(at(made.body, "digest"));
    const lines = (at(body, "history") as readonly { digest: string }[]).filter(
      ({ digest }) => digest === at(made.body, "digest"),
    );
    expect(lines).toHaveLength(1);
    const draft = await call(url, "GET", place, as("ana"));
    expect(at(draft.body, "outcome")).toBeNull();
    const events = await call(url, "GET", `/audit/events?job=${job}`, as("ana"));
    const types = (at(events.body, "items") as readonly { type: string }[]).map(({ type }) => type);
    for (const type of ["job.approved", "grant.redeemed", "policy.activated", "job.succeeded"]) {
      expect([type, types.filter((one) => one === type).length]).toEqual([type, 1]);
    }
  },
);
