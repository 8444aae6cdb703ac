// Tests that a secret in an action is hashed and run, and nowhere shown, told or recorded.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningServer, startServer } from "@holdpoint/server";

const canary = "canary-4f1d9a77c0ffee";
let server: RunningServer;
let dir: string;
const lines: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "holdpoint-secret-"));
  const write = (line: string): number => lines.push(line);
  server = await startServer({ port: 0, dev: true, dataDir: dir }, { write });
});

afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: {
    readonly job_hash: string;
    readonly action: {
      readonly params: Record<string, unknown>;
      readonly target: { readonly environment: string | null; readonly resource: string | null };
      readonly labels: Record<string, string>;
    };
  };
}

async function call(method: string, at: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${server.url}/api/v1${at}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Answer["body"] };
}

it("hides a secret from card, queue, record, log and messages, and keeps it through an edit", async () => {
  const params = { user: "app", password: canary, url: `https://app:${canary}@host/`, limit: 10 };
  const target = { environment: "prod", resource: `postgres://app:${canary}@db/orders` };
  const proposed = await call("POST", "/actions", {
    job_id: "secret-1",
    topic: "job.db.rotate",
    params,
    target,
    labels: { api_token: canary },
  });
  expect(proposed.body.action).toMatchObject({ params, target, labels: { api_token: canary } });

  const card = await call("GET", "/approvals/secret-1");
  const queue = await call("GET", "/approvals");
  const events = await call("GET", "/audit/events?job=secret-1");
  for (const seen of [card, queue, events]) expect(seen.text).not.toContain(canary);

  const edited = { ...card.body.action.params, limit: 5 };
  const modified = await call("POST", "/approvals/secret-1/modify", {
    params: edited,
    target: card.body.action.target,
    reason: "fewer",
  });
  expect(modified.status).toBe(200);
  expect(modified.text).not.toContain(canary);

  const forAgent = await call("GET", "/jobs/secret-1");
  expect(forAgent.body.action).toMatchObject({ params: { ...params, limit: 5 }, target });
  const record = await call("GET", "/audit/events?job=secret-1");
  expect(record.text).not.toContain(canary);
  expect(lines.join("\n")).not.toContain(canary);
});
