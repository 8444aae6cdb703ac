// Opens the embedded database: a durable PostgreSQL in a thread of this process, behind a pg.Pool.

import pg from "pg";
import { HoldpointError, isHoldpointError } from "@holdpoint/core/error/error";
import { lockFolder, type FolderLock } from "./folder-lock.ts";
import { ensureDatabase, makeDataFolder } from "./data-folder.ts";
import { EngineLink } from "./engine-link.ts";
import { Listeners, type Listener } from "./listeners.ts";
import { asOwner } from "../as-owner.ts";
import { startMaintenance, type Maintenance, type MaintenanceOptions } from "./maintenance.ts";
import { testDurability } from "./self-test.ts";

export interface EmbeddedOptions {
  /** The data folder; the database is in `pgdata` below it. Made with mode 0700 when missing. */
  readonly dir: string;
  readonly sharedBuffersMb?: number;
  /** Told in sentences what takes long or goes wrong without being fatal. */
  readonly onProgress?: (sentence: string) => void;
  /** Told once when the database cannot be used any more; acknowledged writes are safe. */
  readonly onFault?: (error: Error) => void;
}

/** What tests replace; a server passes none of it. */
export interface EmbeddedSeams {
  /** URL of a module whose `attach(files)` wraps the engine's file operations. */
  readonly diskModule?: string;
  readonly leaseObserveMs?: number;
  readonly waitMsMax?: number;
  readonly upkeep?: Pick<MaintenanceOptions, "walBytesMax" | "vacuumEveryMs">;
}

/**
 * One session serves everybody: an open transaction holds all others up, and a query that waits
 * for a second client inside one fails after `waitMsMax`. There is no statement timeout and no
 * cancel, so every query has to be bounded by its own text. COPY is not carried.
 */
export interface EmbeddedDatabase extends AsyncDisposable {
  readonly pool: pg.Pool;
  /** Listens on a channel across clients of the pool; resolves when notifications will arrive. */
  listen(channel: string, listener: Listener): Promise<() => Promise<void>>;
  /** How many fsync calls the operating system confirmed since the start. */
  syncCount(): Promise<number>;
  /** One look of the upkeep, which otherwise runs by itself. */
  maintain(): Promise<void>;
  /** Waits for running queries, writes a checkpoint and frees the folder. */
  close(): Promise<void>;
}

const sharedBuffersMbDefault = 32;
const waitMsMaxDefault = 30_000;
/** Three beats of a lease, so that a living holder on another host is seen. */
const leaseObserveMsDefault = 16_000;

function makePool(link: () => EngineLink, waitMsMax: number): pg.Pool {
  const pool = new pg.Pool({
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: waitMsMax,
    stream: () => link().openStream(),
    // Named in full, so that PGHOST, PGSSLMODE and the like have no say here.
    host: "embedded",
    port: 5432,
    user: "postgres",
    database: "postgres",
    ssl: false,
    application_name: "holdpoint",
  });
  // A lost client is no news: the fault behind it goes to onFault, and its query fails.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/**
 * pg forgets calls that wait when a pool ends, and their promises never settle. So the pool ends
 * only while its one client is held here and nobody waits for it.
 */
async function drain(pool: pg.Pool): Promise<void> {
  let ended: Promise<void> | undefined;
  while (ended === undefined) {
    await asOwner(pool, async (client) => {
      if (pool.waitingCount > 0) return;
      ended = pool.end();
      await client.query("checkpoint");
    });
  }
  await ended;
}

async function startEngine(
  options: EmbeddedOptions,
  seams: EmbeddedSeams,
  place: { dir: string; onFault: (error: Error) => void },
): Promise<{ link: EngineLink; pool: pg.Pool; listeners: Listeners }> {
  const dataDir = await ensureDatabase(place.dir, options.onProgress ?? (() => undefined));
  const pool = makePool(() => link, seams.waitMsMax ?? waitMsMaxDefault);
  const listeners = new Listeners(pool);
  const link = await EngineLink.start({
    start: {
      dataDir,
      sharedBuffersMb: options.sharedBuffersMb ?? sharedBuffersMbDefault,
      diskModule: seams.diskModule,
    },
    onFault: place.onFault,
    onNotification: (notification) => listeners.deliver(notification),
  });
  try {
    await testDurability(pool, () => link.syncCount());
  } catch (error) {
    await pool.end();
    await link.close();
    throw error;
  }
  return { link, pool, listeners };
}

/** Opens the database, or throws a HoldpointError that says why not and what to do. */
export async function openEmbedded(
  options: EmbeddedOptions,
  seams: EmbeddedSeams = {},
): Promise<EmbeddedDatabase> {
  try {
    return await open(options, seams);
  } catch (error) {
    if (isHoldpointError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the data folder ${options.dir} cannot be used: ${reason}`;
    throw new HoldpointError("storage_unavailable", { message }, { cause: error });
  }
}

async function open(options: EmbeddedOptions, seams: EmbeddedSeams): Promise<EmbeddedDatabase> {
  const onProgress = options.onProgress ?? (() => undefined);
  const dir = makeDataFolder(options.dir);
  let isOpen = false;
  let fail: (reason: string) => void = () => undefined;
  const lock = await lockFolder(dir, {
    observeMs: seams.leaseObserveMs ?? leaseObserveMsDefault,
    onProgress,
    onLost: () => fail("another process took the lease of the data folder"),
  });
  try {
    const onFault = (error: Error): void => {
      if (isOpen) options.onFault?.(error);
    };
    const engine = await startEngine(options, seams, { dir, onFault });
    fail = (reason) => engine.link.fail(reason);
    isOpen = true;
    const maintenance = startMaintenance(engine.pool, { onProgress, ...seams.upkeep });
    return handle(engine, maintenance, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function handle(
  engine: { link: EngineLink; pool: pg.Pool; listeners: Listeners },
  maintenance: Maintenance,
  lock: FolderLock,
): EmbeddedDatabase {
  const { link, pool, listeners } = engine;
  let closing: Promise<void> | undefined;
  async function closeOnce(): Promise<void> {
    try {
      await maintenance.stop();
      if (!link.isEnded()) await drain(pool);
    } finally {
      await link.close();
      await lock.release();
    }
  }
  // A second caller waits for the first.
  const close = (): Promise<void> => (closing ??= closeOnce());
  return {
    pool,
    listen: (channel, listener) => listeners.add(channel, listener),
    syncCount: () => Promise.resolve(link.syncCount()),
    maintain: () => maintenance.look(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
