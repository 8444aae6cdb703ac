// Carries one table from one PostgreSQL to another in batches by key, and proves that all of it arrived.

import { createHash } from "node:crypto";
import type pg from "pg";

export interface Table {
  readonly name: string;
  /** Columns of the primary key, in its order. */
  readonly key: readonly string[];
  readonly columns: readonly Column[];
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly isIdentity: boolean;
}

/** How much of a table was seen, and the digest of it. */
export interface Tally {
  readonly rows: number;
  readonly digest: string;
}

type Cells = readonly (string | null)[];

const batchRows = 200;
/** One row at least, and no more of them than this: as text they are twice as long, and in memory several times. */
const batchSealedBytes = 16_777_216;

/**
 * Columns whose value is replaced on the way. Transaction numbers mean nothing in another database:
 * events that were moved get 0, which is below every real one, so that they come first, in the order
 * of `seq`, and whatever is written later comes after them.
 */
const replaced: ReadonlyMap<string, string> = new Map([["audit_events.txid", "0"]]);

/** Reads names, types and key from the catalogue. */
export async function describeTable(client: pg.ClientBase, name: string): Promise<Table> {
  const { rows } = await client.query<{
    name: string;
    type: string;
    is_identity: boolean;
    place: number | null;
  }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attidentity <> '' as is_identity,
       array_position(i.indkey::int2[], a.attnum) as place
     from pg_attribute a join pg_index i on i.indrelid = a.attrelid and i.indisprimary
     where a.attrelid = ('holdpoint.' || quote_ident($1))::regclass and a.attnum > 0 and not a.attisdropped
     order by a.attnum`,
    [name],
  );
  const key = rows
    .filter((row) => row.place !== null)
    .sort((a, b) => Number(a.place) - Number(b.place))
    .map((row) => row.name);
  const columns = rows.map((row) => ({
    name: row.name,
    type: row.type,
    isIdentity: row.is_identity,
  }));
  return { name, key, columns };
}

/** Copies every row; answers what was read, with the replaced values as they were written. */
export async function copyTable(
  source: pg.ClientBase,
  target: pg.ClientBase,
  table: Table,
): Promise<Tally> {
  const tally = new Tallying();
  const write = insertText(table);
  for await (const batch of readTable(source, table)) {
    tally.add(batch);
    const columns = table.columns.map((_, at) => batch.map((row) => row[at] ?? null));
    await target.query(write, columns);
  }
  return tally.end();
}

/** Reads a table again and answers what is there. */
export async function tallyTable(client: pg.ClientBase, table: Table): Promise<Tally> {
  const tally = new Tallying();
  for await (const batch of readTable(client, table)) tally.add(batch);
  return tally.end();
}

/** The rows as the database itself counts them, apart from how they are read. */
export async function countRows(client: pg.ClientBase, table: Table): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) as count from holdpoint.${table.name}`,
  );
  return Number(rows[0]?.count);
}

/** Lets the numbers go on where they were, so that none is given out twice. */
export async function copySequences(
  source: pg.ClientBase,
  target: pg.ClientBase,
  table: Table,
): Promise<void> {
  for (const column of table.columns) {
    if (!column.isIdentity) continue;
    const { rows } = await source.query<{ name: string }>(
      "select pg_get_serial_sequence('holdpoint.' || quote_ident($1), $2) as name",
      [table.name, column.name],
    );
    const name = rows[0]?.name ?? "";
    const state = await source.query<{ last_value: string; is_called: boolean }>(
      `select last_value, is_called from ${name}`,
    );
    const { last_value: last, is_called: isCalled } = state.rows[0] ?? {};
    await target.query("select setval($1::regclass, $2::bigint, $3)", [name, last, isCalled]);
  }
}

class Tallying {
  readonly #hash = createHash("sha256");
  #rows = 0;

  add(batch: readonly Cells[]): void {
    for (const row of batch) this.#hash.update(`${JSON.stringify(row)}\n`);
    this.#rows += batch.length;
  }

  end(): Tally {
    return { rows: this.#rows, digest: this.#hash.digest("hex") };
  }
}

/** Every cell as the text that PostgreSQL writes, in the order of the key, byte by byte. */
async function* readTable(client: pg.ClientBase, table: Table): AsyncGenerator<readonly Cells[]> {
  const keyAt = table.key.map((name) => table.columns.findIndex((column) => column.name === name));
  const cells = table.columns.map(({ name }) => {
    const value = replaced.get(`${table.name}.${name}`);
    return value === undefined ? `t.${name}::text` : `'${value}'::text`;
  });
  const order = table.key.map((name) => keyColumn(table, name)).join(", ");
  let after: Cells | null = null;
  for (;;) {
    const places = table.key.map((name, at) => keyValue(table, name, at + 1)).join(", ");
    const where: string = after === null ? "" : `where (${order}) > (${places})`;
    const batch: string = `select * from holdpoint.${table.name} t ${where} order by ${order} limit ${batchRows}`;
    const text: string = `select ${cells.join(", ")} from (${boundedBatch(table, batch, order)}) t order by ${order}`;
    const { rows }: pg.QueryArrayResult<(string | null)[]> = await client.query({
      text,
      values: [...(after ?? [])],
      rowMode: "array",
    });
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    after = keyAt.map((at) => last[at] ?? null);
  }
}

/** Sealed states are megabytes, each of them: of such rows a batch ends where it has enough bytes. */
function boundedBatch(table: Table, batch: string, order: string): string {
  if (!table.columns.some(({ name }) => name === "sealed")) return batch;
  const length = "octet_length(t.sealed)";
  return `select * from (select t.*, sum(${length}) over (order by ${order}) as bytes_so_far from (${batch}) t) t
    where t.bytes_so_far <= ${batchSealedBytes} or t.bytes_so_far = ${length}`;
}

/**
 * Two databases may sort words in two ways; bytes sort in one. The name is qualified, because a bare
 * one would mean the text that is selected under it, and numbers would sort as words.
 */
function keyColumn(table: Table, name: string): string {
  return typeOf(table, name) === "text" ? `t.${name} collate "C"` : `t.${name}`;
}

function keyValue(table: Table, name: string, place: number): string {
  return `$${place}::${typeOf(table, name)}`;
}

function typeOf(table: Table, name: string): string {
  return table.columns.find((column) => column.name === name)?.type ?? "text";
}

function insertText(table: Table): string {
  const names = table.columns.map((column) => column.name);
  const values = table.columns.map((column) => `u.${column.name}::${column.type}`);
  const places = names.map((_, at) => `$${at + 1}::text[]`);
  return `insert into holdpoint.${table.name} (${names.join(", ")}) overriding system value
    select ${values.join(", ")} from unnest(${places.join(", ")}) as u(${names.join(", ")})`;
}
