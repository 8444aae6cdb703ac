// A shadow is never waited for: whatever its store or its policy does, an offer returns at once and throws nothing.

import { expect, test } from "vitest";
import { shadowQueueMax } from "@holdpoint/core/base/limits";
import type { Job } from "@holdpoint/core/job/job";
import type { Store } from "../storage/store.ts";
import { makeTelemetry } from "../telemetry/events.ts";
import type { PolicyBook } from "./policy-book.ts";
import { Shadows } from "./shadows.ts";

const job = {
  tenant: "default",
  id: "job-1",
  createdAt: 1,
  facts: { history: null, velocity: {} },
  action: { topic: "job.db.read", actor: { agent: "billing" } },
  decision: { kind: "allow", ruleId: "read" },
} as unknown as Job;

function shadowsOver(store: Partial<Store>, policies: Partial<PolicyBook> = {}) {
  const lines: string[] = [];
  const telemetry = makeTelemetry(
    "info",
    (line) => void lines.push(line),
    () => 0,
  );
  const parts = { store: store as Store, policies: policies as PolicyBook, telemetry };
  const shadows = new Shadows(parts);
  shadows.start();
  return { shadows, lines };
}

const running = { id: "shd_1", digest: "sha256:00", author: "ana", startedAt: 0, endedAt: null };

test("A store that never answers holds nothing up, and what is too much is left out and counted.", () => {
  const { shadows } = shadowsOver({ lastShadow: () => new Promise(() => undefined) });
  for (let count = 0; count < shadowQueueMax + 7; count += 1) shadows.offer(job);
  expect(shadows.leftOut("default")).toBe(7);
});

test("A policy that cannot be loaded or asked is reported, and later decisions are looked at.", async () => {
  let asked = 0;
  const { shadows, lines } = shadowsOver(
    { lastShadow: async () => running },
    {
      inPlace: async () => {
        asked += 1;
        throw new Error("broken");
      },
    },
  );
  shadows.offer(job);
  await shadows.settled();
  shadows.offer(job);
  await shadows.settled();
  expect(asked).toBe(2);
  expect(lines.join()).toContain("shadow policy");
});

test("Without a shadow the store is asked once, until it hears of one.", async () => {
  let asked = 0;
  const { shadows } = shadowsOver({
    lastShadow: async () => {
      asked += 1;
      return null;
    },
  });
  for (let count = 0; count < 5; count += 1) {
    shadows.offer(job);
    await shadows.settled();
  }
  expect(asked).toBe(1);
  shadows.forget("default");
  shadows.offer(job);
  await shadows.settled();
  expect(asked).toBe(2);
});

test("Nothing is looked at before the process serves, and nothing after it stops.", async () => {
  let asked = 0;
  const store = {
    lastShadow: async () => {
      asked += 1;
      return null;
    },
  } as unknown as Store;
  const telemetry = makeTelemetry(
    "silent",
    () => undefined,
    () => 0,
  );
  const shadows = new Shadows({ store, policies: {} as PolicyBook, telemetry });
  shadows.offer(job);
  await shadows.settled();
  shadows.start();
  await shadows.stop();
  shadows.offer(job);
  await shadows.settled();
  expect(asked).toBe(0);
});
