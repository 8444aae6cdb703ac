// Proves that kill -9 in the middle of writing loses no row that was acknowledged.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEmbedded } from "@holdpoint/server/storage/pglite/open";
import { makeFolders, type Folders } from "./embedded-folder.ts";

const child = fileURLToPath(new URL("./embedded-child.mjs", import.meta.url));
const rounds = Number(process.env["HOLDPOINT_KILLS"] ?? 10);

let folders: Folders;

beforeAll(async () => {
  folders = await makeFolders();
}, 60_000);

afterAll(() => folders.remove());

/** Kills the writer after so many acknowledgements; answers the last one that it gave. */
async function killAfter(dir: string, round: number, acks: number): Promise<number> {
  const writer = spawn(process.execPath, [child, dir, String(round)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(writer, "exit");
  let last = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    if (line === "open") continue;
    last = Number(line);
    if (last === acks) writer.kill("SIGKILL");
  }
  await ended;
  return last;
}

test(
  `${rounds} kills lose no acknowledged row`,
  { timeout: 60_000 + rounds * 10_000 },
  async () => {
    const dir = folders.make();
    const acked: { round: number; last: number }[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      // Kills fall before, on and after the checkpoint that every 40th row brings.
      acked.push({ round, last: await killAfter(dir, round, 10 + ((round * 37) % 120)) });
    }
    await using database = await openEmbedded({ dir });
    const { rows } = await database.pool.query<{ round: number; n: number; top: number }>(
      "select round, count(*)::int as n, max(n) as top from acked group by round order by round",
    );
    expect(rows.map(({ round }) => round)).toEqual(acked.map(({ round }) => round));
    for (const [at, { last }] of acked.entries()) {
      const row = rows[at];
      expect(row?.n).toBe(row?.top);
      expect(row?.n).toBeGreaterThanOrEqual(last);
    }
  },
);
