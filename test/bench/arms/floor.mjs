// The floor: three commits on a bare PostgreSQL, woken by LISTEN/NOTIFY, with nothing else around them.
import pg from "pg";

import { roundTripArm, signals } from "../measure/round-trip.mjs";
import { sampleAction } from "../measure/sample.mjs";

const poolSize = 20;

const schema = `
  CREATE TABLE job (
    id text PRIMARY KEY, state text NOT NULL, revision int NOT NULL, action jsonb NOT NULL);
  CREATE TABLE event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id text NOT NULL, kind text NOT NULL, body jsonb NOT NULL)`;

const propose = {
  name: "propose",
  text: `WITH job AS (
      INSERT INTO job VALUES ($1, 'pending', 1, $2) RETURNING id)
    INSERT INTO event (job_id, kind, body) SELECT id, 'proposed', '{"by":"agent"}' FROM job`,
};

const approve = {
  name: "approve",
  text: `WITH job AS (
      UPDATE job SET state = 'approved', revision = revision + 1
      WHERE id = $1 AND state = 'pending' RETURNING id),
    event AS (
      INSERT INTO event (job_id, kind, body) SELECT id, 'approved', '{"by":"person"}' FROM job)
    SELECT pg_notify('resumed', id) FROM job`,
};

const execute = {
  name: "execute",
  text: `WITH job AS (
      UPDATE job SET state = 'executed', revision = revision + 1
      WHERE id = $1 AND state = 'approved' RETURNING id)
    INSERT INTO event (job_id, kind, body) SELECT id, 'executed', '{"by":"agent"}' FROM job`,
};

export const packages = ["pg"];

/** @param {import("../measure/round-trip.mjs").Context} context */
export async function open(context) {
  const pool = new pg.Pool({ connectionString: context.url, max: poolSize });
  const listener = new pg.Client({ connectionString: context.url });
  await listener.connect();
  await pool.query(schema);
  /** @type {ReturnType<typeof signals<void>>} */
  const resumed = signals();
  listener.on("notification", ({ payload }) => resumed.raise(payload ?? "", undefined));
  await listener.query("LISTEN resumed");
  const action = JSON.stringify(sampleAction);
  return roundTripArm(context, {
    propose: async (id) => mustChangeOne(await pool.query({ ...propose, values: [id, action] })),
    approve: async (id) => {
      const woken = resumed.wait(id);
      mustChangeOne(await pool.query({ ...approve, values: [id] }));
      await woken;
    },
    finish: async (id) => mustChangeOne(await pool.query({ ...execute, values: [id] })),
    close: async () => {
      await listener.end();
      await pool.end();
    },
  });
}

/** @param {pg.QueryResult} result */
function mustChangeOne(result) {
  if (result.rowCount !== 1) throw new Error("The statement met no job in the state it needs.");
}
