// One database behind one driver: sessions bound to a tenant, prepared statements, errors in the product's words.

import pg from "pg";
import { HoldpointError, isHoldpointError } from "@holdpoint/core/error/error";

export type Row = Record<string, unknown>;

/** A statement with a name: prepared once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Runs statements inside one tenant's wall. */
export interface Session {
  query<R extends Row>(statement: Statement, values: readonly unknown[]): Promise<R[]>;
}

export interface Database {
  /** One statement, its own transaction. */
  query<R extends Row>(
    tenant: string,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<R[]>;
  /** Several statements, all or nothing. For rare writes; the hot path is one statement. */
  transaction<T>(tenant: string, work: (session: Session) => Promise<T>): Promise<T>;
  listen(channel: string, listener: (payload: string) => void): Promise<() => Promise<void>>;
  /** How many statements of the committer may be on their way at once. */
  readonly flushesMax: number;
  close(): Promise<void>;
}

/** Part of a Database that differs between the embedded one and a server. */
export interface DatabaseParts {
  readonly pool: pg.Pool;
  readonly flushesMax: number;
  /** Run once on each new connection, before anything else. */
  readonly sessionSql: string | null;
  /** Called after each statement and each transaction. */
  readonly worked: () => void;
  listen: Database["listen"];
  close(): Promise<void>;
}

/**
 * Every statement is prepared once, while tables may be empty and nothing is known about them. So
 * no plan may lean on statistics: rows are found by index, and joins that write go by row address.
 * Which index is known once the table has some rows (`growing-tables`): then it is planned anew.
 */
export const planSettings = {
  jit: "off",
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
} as const;

const tenantPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;
const setTenant: Statement = {
  name: "set_tenant",
  text: "select set_config('holdpoint.tenant', $1, false)",
};

export function makeDatabase(parts: DatabaseParts): Database {
  // INVARIANT: a connection is given out only with the tenant of its user set on it.
  const tenantOf = new WeakMap<pg.PoolClient, string>();
  parts.pool.on("connect", survive);

  const withClient = async <T>(
    tenant: string,
    work: (client: pg.PoolClient) => Promise<T>,
  ): Promise<T> => {
    if (!tenantPattern.test(tenant)) {
      throw new HoldpointError("request_invalid", { message: `\`${tenant}\` is not a tenant` });
    }
    const client = await parts.pool.connect().catch(throwUnavailable);
    let broken: Error | undefined;
    try {
      if (!tenantOf.has(client) && parts.sessionSql !== null) await client.query(parts.sessionSql);
      if (tenantOf.get(client) !== tenant) {
        await run(client, setTenant, [tenant]);
        tenantOf.set(client, tenant);
      }
      return await work(client);
    } catch (error) {
      if (isConnectionLoss(error)) broken = error as Error;
      throw asStorageError(error);
    } finally {
      client.release(broken);
      parts.worked();
    }
  };

  return {
    flushesMax: parts.flushesMax,
    query: (tenant, statement, values) =>
      withClient(tenant, async (client) => (await run(client, statement, values)).rows as never),
    transaction: (tenant, work) =>
      withClient(tenant, async (client) => {
        await client.query("begin");
        try {
          const result = await work({
            query: async (statement, values) =>
              (await run(client, statement, values)).rows as never,
          });
          await client.query("commit");
          return result;
        } catch (error) {
          await client.query("rollback").catch(() => undefined);
          throw error;
        }
      }),
    listen: (channel, listener) => parts.listen(channel, listener),
    close: () => parts.close(),
  };
}

/**
 * INVARIANT: a lost connection fails its query and nothing else. The pool hears the `error` of idle
 * clients only; one that is given out would end the process with it.
 */
export function survive(client: pg.ClientBase): void {
  client.on("error", () => undefined);
}

function run(
  client: pg.PoolClient,
  statement: Statement,
  values: readonly unknown[],
): Promise<pg.QueryResult> {
  return client.query({
    name: statement.name,
    text: statement.text,
    values: [...values],
    types: numberTypes,
  });
}

/** SQLSTATE of a database error; null for anything else. */
export function sqlStateOf(error: unknown): string | null {
  const holder = isHoldpointError(error) ? error.cause : error;
  return holder instanceof pg.DatabaseError ? (holder.code ?? null) : null;
}

/** The database refused the statement and is well: nothing is written, trying in parts is safe. */
export function wasRolledBack(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== null && !isLossState(state);
}

/** Serialization failure, deadlock: nothing was written, the same work may be tried again. */
export function isRetryable(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === "40001" || state === "40P01";
}

/** SQLSTATE classes after which the session is gone: operator intervention, connection exception. */
function isLossState(state: string): boolean {
  return /^(57P|08)/.test(state);
}

function isConnectionLoss(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return isLossState(error.code ?? "");
  return error instanceof Error && !isHoldpointError(error);
}

function asStorageError(error: unknown): unknown {
  if (isHoldpointError(error)) return error;
  if (error instanceof pg.DatabaseError && !isConnectionLoss(error)) {
    return new HoldpointError(
      "storage_unavailable",
      { message: `the database refused the statement (SQLSTATE ${error.code ?? "unknown"})` },
      { cause: error },
    );
  }
  return unavailable(error);
}

function unavailable(error: unknown): HoldpointError {
  return new HoldpointError(
    "storage_unavailable",
    {
      message:
        "the database does not answer; whether the change was written is not known, repeat the same call",
    },
    { cause: error },
  );
}

function throwUnavailable(error: unknown): never {
  throw unavailable(error);
}

/** Reads bigint columns as numbers: milliseconds and sequence numbers stay below 2^53. */
const numberTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: unknown) =>
    oid === 20 && format !== "binary"
      ? (text: string) => Number(text)
      : (pg.types.getTypeParser(oid, format as "text") as never),
};
