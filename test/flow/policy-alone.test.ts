// Outside development: the first policy of a person needs nobody else, and from then on every one does.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, startServer } from "@holdpoint/server";
import { addKey } from "@holdpoint/server/flow/manage-keys";
import { at, call, textAt } from "../http.ts";
import { lifePolicy } from "./life-world.ts";

let folder: string;
let server: RunningServer;
const keys: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "holdpoint-alone-"));
  const place = { port: 0, dev: false, dataDir: folder, logLevel: "silent" } as const;
  server = await startServer(place, { onProgress: () => undefined });
  for (const name of ["ana", "bob"]) {
    const key = await addKey(server.engine, {
      tenant: "default",
      request: {
        kind: "person",
        subject: `${name}@example.com`,
        scopes: ["read", "review", "admin"],
      },
      by: { kind: "system", id: "test" },
    });
    keys[name] = key.secret;
  }
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const send = (method: string, place: string, who: string, body?: unknown) =>
  call(server.url, method, place, {
    key: keys[who] ?? "",
    ...(body === undefined ? {} : { body }),
  });
const publish = (source: string) => send("POST", "/policies", "ana", { source });

test("The empty policy of the first start is replaced by one person, and by one only.", async () => {
  const start = textAt((await send("GET", "/policies/state", "ana")).body, "active", "digest");
  const first = await publish(lifePolicy);
  expect(first.status).toBe(200);
  const second = await publish(lifePolicy.replace("Reading", "Looking"));
  expect(second.status).toBe(202);
  await send("POST", `/jobs/${textAt(second.body, "job", "id")}/cancel`, "ana", {});

  // The way back to the start opens no way forth.
  const back = await send("POST", "/policies/rollback", "ana", { to: start, reason: "undo" });
  expect(back.status).toBe(200);
  expect(at((await send("GET", "/policies/state", "ana")).body, "active", "digest")).toBe(start);
  const again = await publish(lifePolicy);
  expect(again.status).toBe(202);
  const job = textAt(again.body, "job", "id");
  expect((await send("POST", `/approvals/${job}/approve`, "ana", {})).body).toMatchObject({
    code: "approval_self_review",
  });
  expect((await send("POST", `/approvals/${job}/approve`, "bob", {})).status).toBe(200);
  expect(at((await send("GET", "/policies/state", "ana")).body, "active", "digest")).toBe(
    textAt(first.body, "digest"),
  );
});

test("A rollback that is repeated after a lost answer stays where it went.", async () => {
  const undo = { reason: "undo again" };
  const once = await send("POST", "/policies/rollback", "bob", undo);
  const twice = await send("POST", "/policies/rollback", "bob", undo);
  expect([once.status, twice.status]).toEqual([200, 200]);
  expect(textAt(twice.body, "digest")).toBe(textAt(once.body, "digest"));
});

test("A publication that is asked for again is answered by its job.", async () => {
  const made = await send("POST", "/policies/drafts", "ana", { source: lifePolicy });
  const place = `/policies/drafts/${textAt(made.body, "id")}/publish`;
  const once = await send("POST", place, "ana", { rollout: 10 });
  const twice = await send("POST", place, "ana", { rollout: 10 });
  expect([once.status, twice.status]).toEqual([202, 202]);
  expect(textAt(twice.body, "job", "id")).toBe(textAt(once.body, "job", "id"));
  expect((await send("POST", place, "ana", { rollout: 20 })).body).toMatchObject({
    code: "draft_not_open",
  });
});
