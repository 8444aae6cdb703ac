// A PostgreSQL database of its own for each test file: on the server that the run started, or on a new one.

import { randomBytes } from "node:crypto";
import pg from "pg";
import { startPostgres } from "../tools/postgres.mjs";

export interface TestDatabase {
  readonly url: string;
  /** Runs one statement as the superuser, whom row level security does not bind. */
  readonly ask: <R extends Record<string, unknown>>(
    sql: string,
    values?: readonly unknown[],
  ) => Promise<R[]>;
  remove(): Promise<void>;
}

/** The server of this process, while one of its databases is in use. */
let own: ReturnType<typeof startPostgres> | null = null;
let users = 0;

export async function makeTestDatabase(): Promise<TestDatabase> {
  const given = process.env["HOLDPOINT_TEST_POSTGRES_URL"] ?? "";
  const isOwn = given === "";
  if (isOwn) {
    users += 1;
    own ??= startPostgres();
  }
  const serverUrl = isOwn ? ((await own)?.url ?? "") : given;
  const name = `hp_${randomBytes(8).toString("hex")}`;
  await askOnce(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    ask: (sql, values) => askOnce(url.href, sql, values),
    remove: async () => {
      await askOnce(serverUrl, `drop database if exists ${name} with (force)`);
      if (isOwn) users -= 1;
      if (!isOwn || users > 0) return;
      const server = own;
      own = null;
      await (await server)?.stop();
    },
  };
}

async function askOnce<R extends Record<string, unknown>>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<R>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
