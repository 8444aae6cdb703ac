// A page of the queue, read over HTTP, out of very many holds that wait and very many that are resolved.
import pg from "pg";

import { measureCost, perAction } from "../measure/cost.mjs";
import { bodyOf, startHoldpoint } from "../measure/holdpoint.mjs";
import { sampleAction } from "../measure/sample.mjs";

const pageSize = 50;
const batchSize = 50_000;
const farAheadMs = 30 * 86_400_000;

/**
 * @param {import("../measure/round-trip.mjs").Context} context
 * @param {{ pending: number, resolved: number }} counts
 */
export async function open(context, counts) {
  const server = await startHoldpoint(context, "postgresql");
  await fill(context, server.http, counts);
  const first = `/api/v1/approvals?include_resolved=false&limit=${pageSize}`;
  const all = `/api/v1/approvals?include_resolved=true&limit=${pageSize}`;
  const readPage = async (/** @type {string} */ path) => {
    const startedAt = performance.now();
    const page = bodyOf(await server.http.get(path), [200]);
    const ms = performance.now() - startedAt;
    if (page.items.length !== pageSize) throw new Error(`${path}: ${page.items.length} items`);
    return { page, ms };
  };
  return {
    /** @param {{ actions: number }} load */
    round: async ({ actions }) => {
      /** @type {Record<string, number[]>} */
      const spans = { "first page": [], "next page": [], "page with resolved": [] };
      const [, cost] = await measureCost(
        { server: server.pid, postgres: context.postgresPid },
        async () => {
          let cursor = "";
          for (let i = 0; i < actions; i += 1) {
            const { page, ms } = await readPage(first);
            spans["first page"]?.push(ms);
            cursor = encodeURIComponent(cursor === "" ? page.next_cursor : cursor);
            const next = await readPage(`${first}&cursor=${cursor}`);
            spans["next page"]?.push(next.ms);
            cursor = next.page.next_cursor ?? "";
            spans["page with resolved"]?.push((await readPage(all)).ms);
          }
        },
      );
      return { spans, ...perAction(cost, actions * 3) };
    },
    close: () => server.stop(),
  };
}

/**
 * Real holds, made through the API, are copied row by row in SQL, so that every column is as the
 * product writes it.
 *
 * @param {import("../measure/round-trip.mjs").Context} context
 * @param {ReturnType<typeof import("../measure/http-client.mjs").openHttp>} http
 * @param {{ pending: number, resolved: number }} counts
 */
async function fill({ url }, http, { pending, resolved }) {
  for (const id of ["sample-resolved", "sample-pending"]) {
    bodyOf(await http.post("/api/v1/actions", { ...sampleAction, job_id: id }));
  }
  const reject = "/api/v1/approvals/sample-resolved/reject";
  bodyOf(await http.post(reject, { reason: "It is needed for the audit." }));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const table = await client.query(`
      SELECT table_schema AS schema, array_agg(column_name::text) AS columns
      FROM information_schema.columns WHERE table_name = 'jobs' AND is_identity = 'NO'
      GROUP BY table_schema`);
    const { schema, columns } = table.rows[0];
    const changed = new Map([
      ["id", "template.id || '-' || number"],
      ["created_at", "template.created_at + number"],
      [
        "due_at",
        `CASE WHEN template.due_at IS NULL THEN NULL ELSE template.due_at + ${farAheadMs} END`,
      ],
    ]);
    const values = columns.map(
      (/** @type {string} */ name) => changed.get(name) ?? `template.${name}`,
    );
    const copy = `INSERT INTO ${schema}.jobs (${columns.join(", ")})
      SELECT ${values.join(", ")} FROM ${schema}.jobs AS template, generate_series($2::int, $3::int) AS number
      WHERE template.id = $1`;
    const batches = [
      ...batchesOf("sample-resolved", 1, resolved),
      ...batchesOf("sample-pending", 1, pending),
    ];
    for (const batch of batches) await client.query(copy, batch);
    await client.query(`VACUUM ANALYZE ${schema}.jobs`);
    // Seeding leaves gigabytes for the database to write back: that is not what is measured.
    await client.query("CHECKPOINT");
  } finally {
    await client.end();
  }
}

/**
 * @param {string} template
 * @param {number} from
 * @param {number} to
 * @returns {[string, number, number][]}
 */
function batchesOf(template, from, to) {
  /** @type {[string, number, number][]} */
  const batches = [];
  for (let first = from; first <= to; first += batchSize) {
    batches.push([template, first, Math.min(first + batchSize - 1, to)]);
  }
  return batches;
}
