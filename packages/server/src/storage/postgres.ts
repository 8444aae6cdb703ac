// PostgreSQL 15 or newer by its URL: a pool under the application role, and one connection that listens.

import pg from "pg";
import { HoldpointError } from "@holdpoint/core/error/error";
import { type Database, makeDatabase, planSettings, survive } from "./database.ts";
import { watchGrowingTables } from "./growing-tables.ts";
import { migrate } from "./migrate.ts";

export interface PostgresOptions {
  readonly url: string;
  readonly poolMax: number;
  readonly now: () => number;
  readonly onProgress: (sentence: string) => void;
}

const sessionSettings = [
  "-c role=holdpoint_app",
  "-c search_path=holdpoint",
  "-c statement_timeout=15000",
  "-c idle_in_transaction_session_timeout=30000",
  ...Object.entries(planSettings).map(([name, value]) => `-c ${name}=${value}`),
].join(" ");
const versionMin = 150_000;
/** A crash recovery takes seconds; after this somebody should look. */
const recoveryMs = 60_000;
const recoveryLookMs = 500;

export async function openPostgres(options: PostgresOptions): Promise<Database> {
  await preparePostgres(options);
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolMax,
    options: sessionSettings,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: "holdpoint",
  });
  pool.on("error", () => undefined);
  const listener = new ListenConnection(options.url);
  const database = makeDatabase({
    pool,
    flushesMax: 2,
    sessionSql: null,
    worked: watchGrowingTables(pool).worked,
    listen: (channel, call) => listener.add(channel, call),
    close: async () => {
      await listener.close();
      await pool.end();
    },
  });
  try {
    await refuseUnsafeRole(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** Connects once as the login itself, refuses an old version, brings the schema up to date. */
export async function preparePostgres(options: Omit<PostgresOptions, "poolMax">): Promise<void> {
  const client = await connectPatiently(options);
  try {
    const { rows } = await client.query<{ version: string }>(
      "select current_setting('server_version_num') as version",
    );
    if (Number(rows[0]?.version) < versionMin) {
      throw new HoldpointError("config_invalid", { message: "PostgreSQL 15 or newer is needed" });
    }
    const applied = await migrate(client, options.now());
    if (applied.length > 0) options.onProgress(`Database migrated: ${applied.join(", ")}.`);
  } finally {
    await client.end();
  }
}

/** PostgreSQL that is starting or recovering says so (57P03): that passes, and is waited for. */
async function connectPatiently(options: Omit<PostgresOptions, "poolMax">): Promise<pg.Client> {
  const until = performance.now() + recoveryMs;
  for (;;) {
    const client = new pg.Client({ connectionString: options.url, connectionTimeoutMillis: 5_000 });
    survive(client);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      const isStarting = error instanceof pg.DatabaseError && error.code === "57P03";
      if (!isStarting || performance.now() > until) throw noConnection(error);
      options.onProgress("PostgreSQL is starting up; waiting for it.");
      await new Promise((resolve) => setTimeout(resolve, recoveryLookMs));
    }
  }
}

function noConnection(error: unknown): HoldpointError {
  const message = `cannot connect to the database of DATABASE_URL: ${error instanceof Error ? error.message : ""}`;
  return new HoldpointError("storage_unavailable", { message }, { cause: error });
}

/** INVARIANT: never serve under a role that row level security does not bind. */
export async function refuseUnsafeRole(database: Database): Promise<void> {
  const rows = await database.query<{ unsafe: boolean }>("default", roleStatement, []);
  if (rows[0]?.unsafe !== false) {
    throw new HoldpointError("storage_unsafe_role", {
      message: "the session role could read across tenants; let the login switch to holdpoint_app",
    });
  }
}

const roleStatement = {
  name: "session_role",
  text: "select (rolsuper or rolbypassrls) as unsafe from pg_roles where rolname = current_user",
};

/** One connection for LISTEN that comes back by itself; listeners are called once after each return. */
class ListenConnection {
  readonly #url: string;
  readonly #calls = new Map<string, Set<(payload: string) => void>>();
  #client: pg.Client | null = null;
  #isClosed = false;
  #retry: NodeJS.Timeout | null = null;
  #pauseMs = 100;

  constructor(url: string) {
    this.#url = url;
  }

  async add(channel: string, call: (payload: string) => void): Promise<() => Promise<void>> {
    const calls = this.#calls.get(channel) ?? new Set();
    calls.add(call);
    this.#calls.set(channel, calls);
    if (this.#client === null) await this.#connect();
    else await this.#client.query(`listen ${pg.escapeIdentifier(channel)}`);
    return async () => {
      calls.delete(call);
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      keepAlive: true,
      application_name: "holdpoint listen",
    });
    client.on("error", () => this.#lost(client));
    client.on("end", () => this.#lost(client));
    client.on("notification", ({ channel, payload }) => {
      for (const call of this.#calls.get(channel) ?? []) call(payload ?? "");
    });
    await client.connect();
    this.#client = client;
    for (const channel of this.#calls.keys())
      await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    this.#pauseMs = 100;
  }

  /** Notifications were lost meanwhile: an empty payload tells listeners to look at everything. */
  #lost(client: pg.Client): void {
    if (
      this.#isClosed ||
      (this.#client !== null && this.#client !== client) ||
      this.#retry !== null
    )
      return;
    this.#client = null;
    this.#pauseMs = Math.min(this.#pauseMs * 2, 5_000);
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#connect().then(
        () => {
          for (const calls of this.#calls.values()) for (const call of calls) call("");
        },
        () => this.#lost(client),
      );
    }, this.#pauseMs);
  }
}
