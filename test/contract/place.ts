// The two databases that every promise of the Store is kept on, opened the same way for the contract.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database, Row } from "@holdpoint/server/storage/database";
import { databaseOver } from "@holdpoint/server/storage/embedded";
import { storeOver } from "@holdpoint/server/storage/open";
import { asOwner } from "@holdpoint/server/storage/as-owner";
import { openEmbedded } from "@holdpoint/server/storage/pglite/open";
import { openPostgres } from "@holdpoint/server/storage/postgres";
import type { Store } from "@holdpoint/server/storage/store";
import { makeTestDatabase } from "../database.ts";

export interface Place {
  readonly database: Database;
  readonly store: Store;
  /** Runs as the owner of the schema, whom row level security does not bind. */
  readonly ask: <R extends Row>(sql: string, values?: readonly unknown[]) => Promise<R[]>;
  /** What another process on the same database would open; null where only one can be. */
  readonly openAnother: (() => Promise<Database>) | null;
  close(): Promise<void>;
}

const ignore = (): void => undefined;

export async function openEmbeddedPlace(): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), "holdpoint-contract-"));
  const embedded = await openEmbedded({ dir });
  const database = await databaseOver(embedded, 0);
  return {
    database,
    store: storeOver(database),
    ask: async <R extends Row>(sql: string, values: readonly unknown[] = []) => {
      let rows: R[] = [];
      await asOwner(embedded.pool, async (client) => {
        rows = (await client.query<R>(sql, [...values])).rows;
      });
      return rows;
    },
    openAnother: null,
    close: async () => {
      await database.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function openPostgresPlace(): Promise<Place> {
  const made = await makeTestDatabase();
  const open = (): Promise<Database> =>
    openPostgres({ url: made.url, poolMax: 4, now: () => 0, onProgress: ignore });
  const database = await open();
  return {
    database,
    store: storeOver(database),
    ask: made.ask,
    openAnother: open,
    close: async () => {
      await database.close();
      await made.remove();
    },
  };
}

export interface PlaceKind {
  readonly name: string;
  /** True when several processes can have it open at once. */
  readonly isShared: boolean;
  open(): Promise<Place>;
}

export const placeKinds: readonly PlaceKind[] = [
  { name: "the embedded database", isShared: false, open: openEmbeddedPlace },
  { name: "PostgreSQL", isShared: true, open: openPostgresPlace },
];
