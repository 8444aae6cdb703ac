// Very many holds of one agent: a real one, made through the API, copied row by row in SQL.

const batchSize = 10_000;

/**
 * @param {import("pg").Client} client
 * @param {string} id The hold that is copied; the copies are `<id>-1` and so on.
 * @param {number} count
 */
export async function copyHold(client, id, count) {
  const table = await client.query(`
    SELECT table_schema AS schema, array_agg(column_name::text) AS columns
    FROM information_schema.columns WHERE table_name = 'jobs' AND is_identity = 'NO'
    GROUP BY table_schema`);
  const { schema, columns } = table.rows[0];
  const own = new Map([
    ["id", "template.id || '-' || number"],
    ["idempotency_key", "null"],
  ]);
  const values = columns.map((/** @type {string} */ name) => own.get(name) ?? `template.${name}`);
  for (let first = 1; first <= count; first += batchSize) {
    await client.query(
      `INSERT INTO ${schema}.jobs (${columns.join(", ")})
        SELECT ${values.join(", ")} FROM ${schema}.jobs AS template, generate_series($1::int, $2::int) AS number
        WHERE template.id = $3`,
      [first, Math.min(first + batchSize - 1, count), id],
    );
  }
  await client.query(`VACUUM ANALYZE ${schema}.jobs`);
}
