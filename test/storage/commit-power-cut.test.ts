// Proves that a power cut takes no acknowledged change of a job, and leaves none by half.

import { appendFileSync, cpSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Context } from "@holdpoint/server/flow/context";
import { redeem, reportOutcome } from "@holdpoint/server/flow/execute";
import { propose } from "@holdpoint/server/flow/propose";
import { readJob } from "@holdpoint/server/flow/read-job";
import { review } from "@holdpoint/server/flow/review";
import { databaseOver } from "@holdpoint/server/storage/embedded";
import { storeOver } from "@holdpoint/server/storage/open";
import { openEmbedded } from "@holdpoint/server/storage/pglite/open";
import type { Store } from "@holdpoint/server/storage/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomFrom } from "../random.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";
import { diskUrl, type Folders, makeFolders } from "./embedded-folder.ts";
import { type LogEntry, SimulatedDisk } from "./power-cut.ts";

const cuts = Number(process.env["HOLDPOINT_COMMIT_CUTS"] ?? 5);
const chances = [0, 0.5, 0.9];
const tenant = "default";
const lanes = 6;
const jobsPerLane = 5;
const policy = `version: v1
rules:
  - { id: gate, match: { topics: ["job.db.*"] }, decision: require_approval, timeout: 1h }
`;

/** A change that a caller was told of, and how much had reached the disk's log by then. */
interface Acknowledged {
  readonly jobId: string;
  readonly revision: number;
  readonly logBytes: number;
}

interface Recording {
  readonly base: string;
  readonly root: string;
  readonly entries: readonly { readonly endsAt: number; readonly entry: LogEntry }[];
  readonly acknowledged: readonly Acknowledged[];
}

let folders: Folders;

beforeAll(async () => {
  folders = await makeFolders();
});
afterAll(() => folders.remove());

async function openStore(dir: string, diskModule?: string): Promise<Store> {
  const embedded = await openEmbedded({ dir }, diskModule === undefined ? {} : { diskModule });
  return storeOver(await databaseOver(embedded, 0));
}

/** One job from the proposal to its outcome; tells of each answer. */
async function live(ctx: Context, jobId: string, tell: (revision: number) => void): Promise<void> {
  const action = { topic: "job.db.delete", params: { id: jobId } };
  tell((await propose(ctx, { ...action, job_id: jobId })).view.job.revision);
  const approved = await review(ctx, {
    jobId,
    verdict: "approve",
    reason: "looked at",
    code: null,
    note: null,
    edit: null,
    seenHash: null,
    seenRevision: null,
    idempotencyKey: `approve-${jobId}`,
  });
  tell(approved.job.revision);
  const grant = (await readJob(ctx, jobId)).grant?.token ?? "";
  await redeem(ctx, { grant, action }, `redeem-${jobId}`);
  tell(3);
  const outcome = { status: "SUCCEEDED" as const, summary: jobId };
  tell((await reportOutcome(ctx, { jobId, outcome, idempotencyKey: null })).job.revision);
}

/** Many jobs at once, so that their changes share flushes. */
async function work(store: Store, log: string): Promise<Acknowledged[]> {
  const ctx = contextOf(engineOver(store, new HandClock()), tenant);
  const acknowledged: Acknowledged[] = [];
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (let at = 0; at < jobsPerLane; at += 1) {
        const jobId = `job-${lane}-${at}`;
        await live(ctx, jobId, (revision) =>
          acknowledged.push({ jobId, revision, logBytes: statSync(log).size }),
        );
      }
    }),
  );
  return acknowledged;
}

async function recordWork(): Promise<Recording> {
  const dir = folders.make();
  const base = folders.path("commit-base");
  const log = folders.path("commit.log");
  const first = await openStore(dir);
  await makeTenant(engineOver(first, new HandClock()), tenant, policy);
  await first.close();
  cpSync(join(dir, "pgdata"), base, { recursive: true });
  appendFileSync(log, "");
  const store = await openStore(dir, diskUrl("recorded", { log }));
  const acknowledged = await work(store, log);
  await store.close();
  let endsAt = 0;
  const entries = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      endsAt += line.length + 1;
      return { endsAt, entry: JSON.parse(line) as LogEntry };
    });
  return { base, root: join(dir, "pgdata"), entries, acknowledged };
}

/** What is wrong with what a power cut left. */
async function faultsIn(dir: string, known: readonly Acknowledged[]): Promise<string[]> {
  const store = await openStore(dir);
  try {
    const faults: string[] = [];
    for (const { jobId, revision } of known) {
      const has = (await store.findJob(tenant, jobId))?.file.job.revision ?? 0;
      if (has < revision) faults.push(`${jobId} is at ${has}, acknowledged was ${revision}`);
    }
    const ids = Array.from(
      { length: lanes * jobsPerLane },
      (_, at) => `job-${at % lanes}-${Math.floor(at / lanes)}`,
    );
    for (const id of ids) faults.push(...(await halvesOf(store, id)));
    return faults;
  } finally {
    await store.close();
  }
}

const wholeLife = [
  ["job.proposed"],
  ["review.submitted", "job.approved"],
  ["grant.redeemed"],
  ["job.succeeded"],
];

/** The job, its reviews, its events and their payloads come together or not at all. */
async function halvesOf(store: Store, jobId: string): Promise<string[]> {
  const found = await store.findJob(tenant, jobId);
  const filter = { jobId, type: null, isNewestFirst: false, limit: 100, after: null };
  const all = await store.listEvents(tenant, filter);
  const events = all.filter((event) => event.revision !== null);
  const revision = found?.file.job.revision ?? 0;
  const expected = wholeLife.slice(0, revision).flat();
  const faults: string[] = [];
  if (events.map(({ type }) => type).join() !== expected.join()) {
    faults.push(`${jobId} at ${revision} has the events ${events.map(({ type }) => type).join()}`);
  }
  if (events.some(({ payload }) => payload === null)) faults.push(`${jobId} misses a payload`);
  if ((found?.file.reviews.length ?? 0) !== (revision >= 2 ? 1 : 0)) {
    faults.push(`${jobId} at ${revision} has ${found?.file.reviews.length ?? 0} reviews`);
  }
  return faults;
}

test(
  `${cuts} power cuts while jobs run take nothing acknowledged and leave nothing by half`,
  { timeout: 60_000 + cuts * 15_000 },
  async () => {
    const seed = fc.sample(fc.nat(), 1)[0] ?? 0;
    const random = randomFrom(seed);
    const { base, root, entries, acknowledged } = await recordWork();
    expect(acknowledged).toHaveLength(lanes * jobsPerLane * wholeLife.length);
    const told = acknowledged[0]?.logBytes ?? 0;
    const firstTold = entries.findIndex(({ endsAt }) => endsAt >= told);
    const moments = Array.from(
      { length: cuts },
      () => firstTold + Math.floor(random() * (entries.length - firstTold)),
    ).toSorted((one, other) => one - other);

    const disk = new SimulatedDisk(base, root);
    const faults: string[] = [];
    let applied = 0;
    for (const [round, after] of moments.entries()) {
      for (const { entry } of entries.slice(applied, after + 1)) disk.apply(entry);
      applied = Math.max(applied, after + 1);
      const chance = chances[round % chances.length] ?? 0;
      const endsAt = entries[after]?.endsAt ?? 0;
      const image = folders.path(`commit-image-${round}`);
      disk.cutInto(join(image, "pgdata"), () => random() < chance);
      const known = acknowledged.filter(({ logBytes }) => logBytes <= endsAt);
      const found = await faultsIn(image, known);
      faults.push(...found.map((fault) => `cut after entry ${after}, chance ${chance}: ${fault}`));
      rmSync(image, { recursive: true, force: true });
    }
    expect({ seed, faults }).toEqual({ seed, faults: [] });
  },
);
