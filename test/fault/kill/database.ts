// The two databases that a server may be killed over, and how the second one itself is made to crash.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startPostgres } from "../../../tools/postgres.mjs";

export interface KillDatabase {
  readonly dir: string;
  readonly url: string | null;
  /** Every session ends at once, and the server recovers from its log; null: it cannot be done. */
  readonly crash: (() => Promise<void>) | null;
  remove(): Promise<void>;
}

export async function embedded(): Promise<KillDatabase> {
  const dir = mkdtempSync(join(tmpdir(), "holdpoint-kill-"));
  return {
    dir,
    url: null,
    crash: null,
    remove: async () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** A server of its own, because a crash ends the sessions of everybody. */
export async function postgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<KillDatabase> {
  const base = await embedded();
  const server = await startPostgres({ settings });
  return {
    dir: base.dir,
    url: server.url,
    crash: () => crash(server.url),
    remove: async () => {
      await server.stop();
      await base.remove();
    },
  };
}

/** One that acknowledges before its disk does, as nobody should run it: what it loses has to be seen. */
export function forgetful(): Promise<KillDatabase> {
  return postgres({ synchronous_commit: "off", wal_writer_delay: "10s" });
}

/**
 * A session that is killed may have left shared memory in any state, so PostgreSQL ends all others
 * at once, throws the memory away and replays its log: what `pg_ctl stop -m immediate` and a start do.
 */
async function crash(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name = 'holdpoint' limit 1",
  );
  for (const { pid } of rows) process.kill(pid, "SIGKILL");
  await client.end().catch(() => undefined);
  await untilRecovered(url);
}

async function untilRecovered(url: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => undefined);
    const isUp = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => undefined);
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("PostgreSQL did not recover from the crash.");
}
