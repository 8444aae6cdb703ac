// Proves that acknowledged rows survive a power cut, and that without any one measure they do not.

import { appendFileSync, cpSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DurableFs, startParamsOf } from "@holdpoint/server/storage/pglite/durable-fs";
import { openEmbedded } from "@holdpoint/server/storage/pglite/open";
import { diskUrl, makeFolders, type Folders } from "./embedded-folder.ts";
import { SimulatedDisk, type LogEntry } from "./power-cut.ts";
import { randomFrom } from "../random.ts";
import { record } from "./disk/recorded.mjs";

const cuts = Number(process.env["HOLDPOINT_POWER_CUTS"] ?? 10);
const chances = [0, 0.5, 0.9];
const steps = 60;
const batchRows = 16;

/** Something the client was told, and how much had been logged by then. */
interface Acknowledged {
  readonly logBytes: number;
  readonly step: number;
}

interface Recording {
  readonly base: string;
  readonly root: string;
  readonly entries: readonly { readonly endsAt: number; readonly entry: LogEntry }[];
  readonly acknowledged: readonly Acknowledged[];
}

type Query = (sql: string, values?: unknown[]) => Promise<unknown>;

let folders: Folders;

beforeAll(async () => {
  folders = await makeFolders();
});

afterAll(() => folders.remove());

/** Rows one by one, batches, updates of one row, and checkpoints between them. */
async function work(query: Query, log: string): Promise<Acknowledged[]> {
  const acknowledged: Acknowledged[] = [];
  for (let step = 1; step <= steps; step += 1) {
    const rows = step % 5 === 0 ? batchRows : 1;
    await query(
      `with written as (
         insert into entry select $1::int, n, repeat(md5($1::text), 10)
         from generate_series(1, $2::int) n returning 1)
       update latest set step = $1::int where (select count(*) from written) = $2::int`,
      [step, rows],
    );
    acknowledged.push({ step, logBytes: statSync(log).size });
    if (step % 17 === 0) await query("checkpoint");
  }
  return acknowledged;
}

const tablesSql = [
  "create table entry (step int, n int, body text, primary key (step, n))",
  "create table latest (step int)",
  "insert into latest values (0)",
];

function readLog(log: string): Recording["entries"] {
  let endsAt = 0;
  return readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      endsAt += line.length + 1;
      return { endsAt, entry: JSON.parse(line) as LogEntry };
    });
}

interface Prepared {
  readonly dir: string;
  readonly base: string;
  readonly log: string;
}

/** A database with its tables, closed and therefore synced, and a copy of it as the base. */
async function prepare(name: string): Promise<Prepared> {
  const dir = folders.make();
  const log = folders.path(`${name}.log`);
  const base = folders.path(`${name}-base`);
  appendFileSync(log, "");
  const database = await openEmbedded({ dir });
  for (const sql of tablesSql) await database.pool.query(sql);
  await database.close();
  cpSync(join(dir, "pgdata"), base, { recursive: true });
  return { dir, base, log };
}

async function recordEmbedded(): Promise<Recording> {
  const { dir, base, log } = await prepare("embedded");
  const database = await openEmbedded({ dir }, { diskModule: diskUrl("recorded", { log }) });
  const acknowledged = await work((sql, values) => database.pool.query(sql, values), log);
  await database.close();
  return { base, root: join(dir, "pgdata"), entries: readLog(log), acknowledged };
}

/** Opens what a power cut left; answers what is wrong with it, or undefined. */
async function faultAfterCut(dir: string, acknowledgedStep: number): Promise<string | undefined> {
  try {
    await using database = await openEmbedded({ dir });
    const { rows } = await database.pool.query<{ step: number; n: number; whole: boolean }>(
      `select step, count(*)::int as n, bool_and(body = repeat(md5(step::text), 10)) as whole
       from entry group by step order by step`,
    );
    const latest = await database.pool.query<{ step: number }>("select step from latest");
    const last = rows.length;
    if (last < acknowledgedStep) return `${acknowledgedStep - last} acknowledged writes are gone`;
    if (latest.rows[0]?.step !== last) return "a transaction is there by half";
    const isWhole = rows.every(
      ({ step, n, whole }, at) =>
        step === at + 1 && n === (step % 5 === 0 ? batchRows : 1) && whole,
    );
    return isWhole ? undefined : "a row is damaged";
  } catch (error) {
    return `it does not open: ${String(error).slice(0, 200)}`;
  }
}

/** Cuts the power after each of the given entries and lists what was wrong afterwards. */
async function faultsOf(
  recording: Recording,
  moments: readonly { after: number; chance: number }[],
  random: () => number,
): Promise<string[]> {
  const disk = new SimulatedDisk(recording.base, recording.root);
  const faults: string[] = [];
  const byTime = moments.toSorted((one, other) => one.after - other.after);
  let applied = 0;
  for (const [round, { after, chance }] of byTime.entries()) {
    for (; applied <= after; applied += 1) {
      const logged = recording.entries[applied];
      if (logged !== undefined) disk.apply(logged.entry);
    }
    const endsAt = recording.entries[after]?.endsAt ?? 0;
    const known = recording.acknowledged.filter(({ logBytes }) => logBytes <= endsAt);
    const image = folders.path(`image-${round}`);
    disk.cutInto(join(image, "pgdata"), () => random() < chance);
    const fault = await faultAfterCut(image, known.at(-1)?.step ?? 0);
    if (fault !== undefined) faults.push(`cut after entry ${after}, chance ${chance}: ${fault}`);
    rmSync(image, { recursive: true, force: true });
  }
  return faults;
}

test(
  `${cuts} power cuts at any moment lose no acknowledged row`,
  { timeout: 60_000 + cuts * 10_000 },
  async () => {
    const seed = fc.sample(fc.nat(), 1)[0] ?? 0;
    const random = randomFrom(seed);
    const recording = await recordEmbedded();
    const told = recording.acknowledged[0]?.logBytes ?? 0;
    const firstTold = recording.entries.findIndex(({ endsAt }) => endsAt >= told);
    const moments = Array.from({ length: cuts }, (_, round) => {
      // One in four falls anywhere, the start included; the others fall while rows are written.
      const from = round % 4 === 0 ? 0 : firstTold;
      const after = from + Math.floor(random() * (recording.entries.length - from));
      return { after, chance: chances[round % chances.length] ?? 0 };
    });
    const faults = await faultsOf(recording, moments, random);
    expect({ seed, faults }).toEqual({ seed, faults: [] });
  },
);

const durable = startParamsOf(32);
const withoutFsyncMethod = durable.flatMap((part, at) =>
  part === "wal_sync_method=fsync" || durable[at + 1] === "wal_sync_method=fsync" ? [] : [part],
);
const holes = [
  { name: "PGlite as it comes", params: PGlite.defaultStartParams, hook: false },
  { name: "fsync switched off", params: [...durable, "-F"], hook: true },
  { name: "no fsync in the file system", params: durable, hook: false },
  { name: "the default wal_sync_method", params: withoutFsyncMethod, hook: true },
];

class RecordedPlainFs extends NodeFS {
  readonly log: string;

  constructor(dir: string, log: string) {
    super(dir);
    this.log = log;
  }

  override init(...[engine, options]: Parameters<NodeFS["init"]>): ReturnType<NodeFS["init"]> {
    const attach = (module: unknown): void =>
      record((module as { NODEFS: unknown }).NODEFS, this.log);
    return super.init(engine, { ...options, preRun: [...(options.preRun ?? []), attach] as never });
  }
}

test.each(holes)("the simulator catches $name", async ({ name, params, hook }) => {
  const { dir, base, log } = await prepare(name);
  const root = join(dir, "pgdata");
  const ignore = (): void => undefined;
  const watch = { onSync: ignore, onFault: ignore, attach: (files: unknown) => record(files, log) };
  const fs = hook ? new DurableFs(root, watch) : new RecordedPlainFs(root, log);
  const engine = await PGlite.create({ fs, startParams: [...params] });
  const acknowledged = await work((sql, values) => engine.query(sql, values), log);
  const entries = readLog(log);
  await engine.close();
  const recording: Recording = { base, root, entries, acknowledged };
  const after = entries.length - 1;
  // When everything survives nothing may be wrong, or the simulator itself would be the fault.
  expect(await faultsOf(recording, [{ after, chance: 1 }], () => 0.5)).toEqual([]);
  expect(await faultsOf(recording, [{ after, chance: 0 }], () => 0.5)).toEqual([
    expect.stringMatching(/acknowledged writes are gone|does not open/),
  ]);
});
