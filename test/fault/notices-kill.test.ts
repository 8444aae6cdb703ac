// A server killed between claiming, sending and settling tells everybody after its restart: each once by the id of the mail.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MailFake } from "../fake/mail.ts";
import { at, call } from "../http.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const holds = 24;
const names = ["ana", "ben", "cat"];
/** Milliseconds after the last hold of a batch was written. */
const moments = [0, 15, 40, 90];
/** The lease of what the killed process had claimed runs out first. */
const patienceMs = 90_000;
const policy = `version: v1
defaults: { rejection_memory: 0 }
groups: { ops: { members: [${names.join(", ")}] } }
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    approvals: [{ group: ops }]
    timeout: 1h
`;

let dir: string;
let mail: MailFake;
let child: ChildProcess;
let url: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdpoint-notices-kill-"));
  mail = await MailFake.start();
  writeFileSync(join(dir, "policy.yaml"), policy);
  await start();
  const people = names.map((id) => `  - { id: ${id}, email: ${id}@example.test }\n`).join("");
  const body = { source: `version: v1\npeople:\n${people}` };
  expect((await call(url, "POST", "/people/import", { body })).status).toBe(200);
});

afterAll(async () => {
  await kill();
  await mail.close();
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(HOLDPOINT_|DATABASE_)/.test(name),
  );
  const args = ["start", "--dev", "--json", "--quiet", "--port", "0", "--data", join(dir, "data")];
  child = spawn(process.execPath, [program, ...args, "--policy", join(dir, "policy.yaml")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...Object.fromEntries(inherited),
      HOLDPOINT_PUBLIC_URL: "http://holdpoint.test",
      HOLDPOINT_SMTP_URL: mail.url,
      HOLDPOINT_EMAIL_FROM: "Holdpoint <holdpoint@example.test>",
    },
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

/** For each mail id who has it about which hold. */
function arrived(): ReadonlyMap<string, string> {
  const found = mail.mails.map(({ to, parsed }): [string, string] => {
    const job = /approvals\/(hold-\d+)/.exec(parsed.text ?? "")?.[1] ?? "";
    return [parsed.messageId ?? "", `${to[0] ?? ""} ${job}`];
  });
  return new Map(found);
}

/** The holds of which it is on record that somebody was told, one entry for each event. */
async function proved(): Promise<readonly string[]> {
  const { body } = await call(url, "GET", "/audit/events?type=hold.notified&limit=200");
  return (at(body, "items") as readonly { job_id: string }[]).map((one) => one.job_id);
}

test("nobody is left untold, and no mail has two ids", async () => {
  let written = 0;
  for (const moment of moments) {
    for (let at = 0; at < holds / moments.length; at += 1) {
      const body = { topic: "job.db.delete", params: { at: written }, job_id: `hold-${written}` };
      expect((await call(url, "POST", "/actions", { body })).status).toBe(202);
      written += 1;
    }
    await pause(moment);
    await kill();
    await start();
  }
  const deadline = performance.now() + patienceMs;
  // A mail whose acceptance was not written down comes again, and proves its level then.
  while (arrived().size < holds * names.length || (await proved()).length < holds) {
    if (performance.now() > deadline) break;
    await pause(200);
  }

  const told = [...arrived().values()];
  expect(new Set(told).size).toBe(holds * names.length);
  expect(told).toHaveLength(holds * names.length);
  const dead = await call(url, "GET", "/deliveries?state=dead");
  expect(at(dead.body, "items")).toEqual([]);
  const jobs = await proved();
  expect(jobs).toHaveLength(holds);
  expect(new Set(jobs).size).toBe(holds);
});
