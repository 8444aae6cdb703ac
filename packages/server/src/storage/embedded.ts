// The embedded database as a Database: same driver, same statements, one session under the application role.

import { type Database, makeDatabase, planSettings } from "./database.ts";
import { migrate } from "./migrate.ts";
import { watchGrowingTables } from "./growing-tables.ts";
import { type EmbeddedDatabase, openEmbedded } from "./pglite/open.ts";
import { refuseUnsafeRole } from "./postgres.ts";

export interface EmbeddedStoreOptions {
  readonly dir: string;
  readonly now: () => number;
  readonly onProgress: (sentence: string) => void;
  readonly onFault: (error: Error) => void;
}

export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Database> {
  const embedded = await openEmbedded(options);
  try {
    return await databaseOver(embedded, options.now());
  } catch (error) {
    await embedded.close();
    throw error;
  }
}

/** Migrates what was opened and binds its one session to the application role. */
export async function databaseOver(embedded: EmbeddedDatabase, now: number): Promise<Database> {
  const client = await embedded.pool.connect();
  try {
    await migrate(client, now);
  } finally {
    client.release();
  }
  const plans = Object.entries(planSettings).map(([name, value]) => `set ${name} to ${value}`);
  const database = makeDatabase({
    pool: embedded.pool,
    flushesMax: 1,
    sessionSql: ["set role holdpoint_app", "set search_path to holdpoint", ...plans].join("; "),
    worked: watchGrowingTables(embedded.pool).worked,
    listen: (channel, listener) => embedded.listen(channel, listener),
    close: () => embedded.close(),
  });
  await refuseUnsafeRole(database);
  return database;
}
