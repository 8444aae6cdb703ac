// Proves that one process at a time has the data folder, and that a dead one does not keep it.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEmbedded } from "@holdpoint/server/storage/pglite/open";
import { makeFolders, type Folders } from "./embedded-folder.ts";

const child = fileURLToPath(new URL("./embedded-child.mjs", import.meta.url));
const elsewhere = { pid: 1, host: "other", place: "other boot net", token: "t", beat: 0 };

let folders: Folders;

beforeAll(async () => {
  folders = await makeFolders();
}, 60_000);

afterAll(() => folders.remove());

async function holdInChild(dir: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, [child, dir], { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  return holder;
}

async function kill(holder: ChildProcess): Promise<void> {
  const ended = once(holder, "exit");
  holder.kill("SIGKILL");
  await ended;
}

test("a second process is refused, told who holds the folder, and let in after kill -9", async () => {
  const dir = folders.make();
  const holder = await holdInChild(dir);
  const link = folders.path("another-path");
  symlinkSync(dir, link);
  const refusal = {
    code: "storage_locked",
    message: expect.stringContaining(`process ${holder.pid} `),
  };
  await expect(openEmbedded({ dir })).rejects.toMatchObject(refusal);
  await expect(openEmbedded({ dir: link })).rejects.toMatchObject(refusal);
  await kill(holder);
  expect(existsSync(join(dir, "lease.json"))).toBe(true);
  await using database = await openEmbedded({ dir: link });
  const lease = JSON.parse(readFileSync(join(dir, "lease.json"), "utf8")) as { pid: number };
  expect(lease.pid).toBe(process.pid);
  expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("the same process is refused too", async () => {
  const dir = folders.make();
  await using first = await openEmbedded({ dir });
  await expect(openEmbedded({ dir })).rejects.toMatchObject({ code: "storage_locked" });
  expect((await first.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("a lease from another host that stands still is taken over", async () => {
  const dir = folders.make();
  writeFileSync(join(dir, "lease.json"), JSON.stringify(elsewhere));
  await using database = await openEmbedded({ dir }, { leaseObserveMs: 20 });
  expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("a lease from another host that still beats is respected", async () => {
  const dir = folders.make();
  const path = join(dir, "lease.json");
  writeFileSync(path, JSON.stringify(elsewhere));
  let beat = 0;
  const beating = setInterval(() => {
    beat += 1;
    writeFileSync(path, JSON.stringify({ ...elsewhere, beat }));
  }, 5);
  const refused = openEmbedded({ dir }, { leaseObserveMs: 200 });
  await expect(refused).rejects.toMatchObject({ code: "storage_locked" });
  clearInterval(beating);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ host: "other" });
});
