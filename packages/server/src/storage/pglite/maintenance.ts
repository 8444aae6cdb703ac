// What PostgreSQL's background processes would do, and the embedded one has none: checkpoint, vacuum.

import type pg from "pg";
import { asOwner } from "../as-owner.ts";

export interface MaintenanceOptions {
  readonly onProgress: (sentence: string) => void;
  readonly lookEveryMs?: number;
  readonly checkpointEveryMs?: number;
  readonly walBytesMax?: number;
  readonly vacuumEveryMs?: number;
}

export interface Maintenance {
  /** Looks once, now; waits for a look that is under way. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

const minuteMs = 60_000;
/** A checkpoint leaves about this much log of its own; less than that is not worth another. */
const walBytesMin = 4_096;

const walBytesSql = `
  select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 as bytes
  from pg_control_checkpoint()`;

const tablesSql = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm') and c.relpersistence = 'p'
  order by c.oid`;

/** Vacuums table by table, so that callers get the one session in between. */
async function vacuum(pool: pg.Pool, isStopped: () => boolean): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(tablesSql);
  for (const { name } of rows) {
    if (isStopped()) return;
    await asOwner(pool, (client) => client.query(`vacuum (analyze) ${name}`));
  }
}

export function startMaintenance(pool: pg.Pool, options: MaintenanceOptions): Maintenance {
  const { lookEveryMs = 5_000, checkpointEveryMs = 5 * minuteMs } = options;
  const { walBytesMax = 64 * 1024 * 1024, vacuumEveryMs = 60 * minuteMs } = options;
  let checkpointAt = performance.now();
  let vacuumAt = performance.now();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function work(): Promise<void> {
    if (stopped) return;
    const { rows } = await pool.query<{ bytes: number }>(walBytesSql);
    const walBytes = rows[0]?.bytes ?? 0;
    const isDue = performance.now() - checkpointAt >= checkpointEveryMs && walBytes > walBytesMin;
    if (isDue || walBytes >= walBytesMax) {
      await asOwner(pool, (client) => client.query("checkpoint"));
      checkpointAt = performance.now();
    }
    if (performance.now() - vacuumAt >= vacuumEveryMs) {
      await vacuum(pool, () => stopped);
      vacuumAt = performance.now();
    }
  }

  // INVARIANT: one chain, so that a checkpoint and a vacuum never overlap.
  function look(): Promise<void> {
    running = running.then(work).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      if (!stopped) options.onProgress(`Upkeep of the database failed, trying again: ${reason}.`);
    });
    return running;
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(() => void look().then(schedule), lookEveryMs);
    timer.unref();
  }

  schedule();
  return {
    look,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
