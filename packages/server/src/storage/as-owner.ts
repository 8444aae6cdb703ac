// Upkeep needs the tables' owner, while callers of the pool work under the application's role.

import pg from "pg";

/**
 * Runs upkeep as the session's own user, whatever role the callers of the pool have set on it, and
 * gives them their role back; a client that cannot have it back is dropped.
 */
export async function asOwner(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<unknown>,
): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const { rows } = await client.query<{ role: string }>("select current_setting('role') as role");
    await client.query("set role none");
    try {
      await work(client);
    } finally {
      await client.query(`set role ${pg.escapeIdentifier(rows[0]?.role ?? "none")}`);
    }
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}
