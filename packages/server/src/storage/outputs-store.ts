// Recorded outputs: written with their outcomes, read for repeats of a call, removed when their time is over.

import type { Database, Row, Statement } from "./database.ts";
import type { OutputRow, OutputStore } from "./outputs.ts";

const find: Statement = {
  name: "find_output",
  text: `select job_id, bytes, digest, sealed, created_at, expires_at from outputs
    where tenant = $1 and job_id = $2 and expires_at > $3`,
};
// Found by the index and removed by address: no plan can scan the table.
const forget: Statement = {
  name: "forget_outputs",
  text: `delete from outputs o where o.tenant = $1 and o.ctid = any (array(
      select e.ctid from outputs e where e.tenant = $1 and e.expires_at <= $2 order by e.expires_at limit $3))
    returning o.job_id`,
};

export function outputCalls(database: Database): OutputStore {
  return {
    findOutput: async (tenant, jobId, now) => {
      const [row] = await database.query<OutputColumns>(tenant, find, [tenant, jobId, now]);
      return row === undefined ? null : outputOf(row);
    },
    forgetOutputs: async (tenant, now, limit) =>
      (await database.query(tenant, forget, [tenant, now, limit])).length,
  };
}

/** The part of the one statement that writes: an output whose outcome was first. */
export const outputSql = (parameter: string): string => `recorded as (
  insert into outputs (tenant, job_id, bytes, digest, sealed, created_at, expires_at)
  select $1, x.job_id, x.bytes, x.digest, decode(x.sealed, 'base64'), x.created_at, x.expires_at
  from json_to_recordset(${parameter}) as x(at int, job_id text, bytes int, digest text, sealed text,
    created_at bigint, expires_at bigint)
  where x.at = any ((select array_agg(at) from done)::int[]))`;

export function inputOfOutput(at: number, output: OutputRow): Record<string, unknown> {
  const { buffer, byteOffset, byteLength } = output.sealed;
  return {
    at,
    job_id: output.jobId,
    bytes: output.bytes,
    digest: output.digest,
    sealed: Buffer.from(buffer, byteOffset, byteLength).toString("base64"),
    created_at: output.createdAt,
    expires_at: output.expiresAt,
  };
}

interface OutputColumns extends Row {
  readonly job_id: string;
  readonly bytes: number;
  readonly digest: string;
  readonly sealed: Uint8Array;
  readonly created_at: number;
  readonly expires_at: number;
}

function outputOf(row: OutputColumns): OutputRow {
  return {
    jobId: row.job_id,
    bytes: row.bytes,
    digest: row.digest,
    sealed: row.sealed,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
