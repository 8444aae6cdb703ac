// Timers of very many holds: how late each fires while hundreds fall due each second, and how a restart catches up.
import pg from "pg";

import { measureCost, perAction } from "../measure/cost.mjs";
import { bodyOf, startHoldpoint } from "../measure/holdpoint.mjs";
import { until } from "../measure/network.mjs";
import { sampleAction } from "../measure/sample.mjs";

const batchSize = 20_000;
const farAheadMs = 20 * 86_400_000;
const leadMs = 1_500;
/** Timers of a process that has just started are not counted for so long: its code is not compiled yet. */
const warmUpMs = 3_000;
/** Timers that fell due while no server ran, over this span. */
const missedOverMs = 20_000;
const waitMaxMs = 120_000;

/**
 * @param {import("../measure/round-trip.mjs").Context} context
 * @param {{ pending: number }} counts
 */
export async function open(context, { pending }) {
  let server = await startHoldpoint(context, "postgresql");
  bodyOf(await server.http.post("/api/v1/actions", { ...sampleAction, job_id: "sample" }));
  const client = new pg.Client({ connectionString: context.url });
  await client.connect();
  const schema = await fill(client, pending);
  let used = 0;
  /** @param {number} count @param {number} perSecond @param {number} firstAt */
  const plan = async (count, perSecond, firstAt) => {
    if (used + count > pending) throw new Error("no timer is left to fall due");
    await client.query("TRUNCATE bench_moved");
    await client.query(dueSql(schema), [used + 1, used + count, firstAt, 1_000 / perSecond]);
    used += count;
  };
  return {
    /** @param {{ actions: number, concurrency: number }} load `concurrency`: how many fall due each second. */
    round: async ({ actions, concurrency }) => {
      const warm = (concurrency * warmUpMs) / 1_000;
      await plan(warm + actions, concurrency, Date.now() + leadMs);
      // The notice of a writer that the server cannot know: it looks at everything.
      await client.query("SELECT pg_notify('holdpoint', '')");
      const [moved, cost] = await measureCost(
        { server: server.pid, postgres: context.postgresPid },
        () => movedAll(client, warm + actions),
      );
      await server.stop();
      const missed = Math.min(actions, pending - used);
      await plan(missed, missed / (missedOverMs / 1_000), Date.now() - missedOverMs);
      const startedAt = performance.now();
      server = await startHoldpoint(context, "postgresql");
      const caught = await movedAll(client, missed);
      const caughtMs = performance.now() - startedAt;
      return {
        spans: {
          lateness: moved.slice(warm).map(({ late }) => late),
          "restart, all caught up": [caughtMs],
          "restart, out of order by": [Math.max(0, ...outOfOrderMs(caught))],
        },
        ...perAction(cost, warm + actions),
      };
    },
    close: async () => {
      await client.end();
      await server.stop();
    },
  };
}

/**
 * By how much of due time each came after one that was due later, in the order in which they moved.
 *
 * @param {{ due: number }[]} moved
 */
function outOfOrderMs(moved) {
  let latest = -Infinity;
  return moved.map(({ due }) => {
    const behind = latest - due;
    latest = Math.max(latest, due);
    return behind;
  });
}

/**
 * @param {pg.Client} client
 * @param {number} count
 * @returns {Promise<{ due: number, late: number }[]>} In the order in which they were written.
 */
async function movedAll(client, count) {
  const isDone = async () => {
    const { rows } = await client.query("SELECT count(*)::int AS count FROM bench_moved");
    return rows[0].count >= count;
  };
  await until(isDone, { what: `${count} timers`, timeoutMs: waitMaxMs });
  const { rows } = await client.query(
    "SELECT due::float8 AS due, (at - due)::float8 AS late, count(*) OVER (PARTITION BY id)::int AS times FROM bench_moved ORDER BY seq",
  );
  if (rows.length !== count || rows.some(({ times }) => times !== 1)) {
    throw new Error(`${rows.length} effects of ${count} timers`);
  }
  return rows;
}

/**
 * One real hold, made through the API, is copied row by row in SQL. When a job moves, the database
 * writes down its own time beside the time that was due: later than the server knew, before the commit.
 *
 * @param {pg.Client} client
 * @param {number} pending
 */
async function fill(client, pending) {
  const table = await client.query(`
    SELECT table_schema AS schema, array_agg(column_name::text) AS columns
    FROM information_schema.columns WHERE table_name = 'jobs' AND is_identity = 'NO'
    GROUP BY table_schema`);
  const { schema, columns } = table.rows[0];
  const far = `template.created_at + ${farAheadMs} + number`;
  const changed = new Map([
    ["id", "template.id || '-' || number"],
    ["due_at", far],
    ["watch", watchSql("template.watch", far)],
  ]);
  const values = columns.map(
    (/** @type {string} */ name) => changed.get(name) ?? `template.${name}`,
  );
  for (let first = 1; first <= pending; first += batchSize) {
    await client.query(
      `INSERT INTO ${schema}.jobs (${columns.join(", ")})
        SELECT ${values.join(", ")} FROM ${schema}.jobs AS template, generate_series($1::int, $2::int) AS number
        WHERE template.id = 'sample'`,
      [first, Math.min(first + batchSize - 1, pending)],
    );
  }
  await client.query(`
    CREATE TABLE bench_moved (seq bigint GENERATED ALWAYS AS IDENTITY, id text, due bigint, at numeric);
    CREATE FUNCTION bench_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      INSERT INTO public.bench_moved (id, due, at)
      VALUES (OLD.id, OLD.due_at, extract(epoch FROM clock_timestamp()) * 1000);
      RETURN NULL;
    END $$;
    CREATE TRIGGER bench_note AFTER UPDATE ON ${schema}.jobs FOR EACH ROW
      WHEN (NEW.revision > OLD.revision) EXECUTE FUNCTION bench_note()`);
  await client.query(`VACUUM ANALYZE ${schema}.jobs`);
  await client.query("CHECKPOINT");
  return schema;
}

/**
 * Half of the holds are reminded and go on, half come to their end.
 *
 * @param {string} schema
 */
function dueSql(schema) {
  const due = "($3::bigint + ((number - $1) * $4::float8)::bigint)";
  return `UPDATE ${schema}.jobs AS j SET due_at = ${due}, watch = ${watchSql("j.watch", due)}
    FROM generate_series($1::int, $2::int) AS number WHERE j.id = 'sample-' || number`;
}

/**
 * @param {string} watch
 * @param {string} due
 */
function watchSql(watch, due) {
  const end = `CASE WHEN number % 2 = 0 THEN ${due} ELSE ${due} + ${farAheadMs} END`;
  return `(${watch}::jsonb || jsonb_build_object('timeoutAt', ${end}, 'timers',
    CASE WHEN number % 2 = 0 THEN jsonb_build_array(jsonb_build_object('kind', 'timeout', 'dueAt', ${due}))
    ELSE jsonb_build_array(jsonb_build_object('kind', 'reminder', 'dueAt', ${due}),
      jsonb_build_object('kind', 'timeout', 'dueAt', ${due} + ${farAheadMs})) END))::text`;
}
