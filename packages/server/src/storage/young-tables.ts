// Statistics for tables that begin to fill. While a table is empty the planner takes every index that begins with the
// tenant for as good as the primary key, and a prepared plan stays: it would walk a whole tenant to find one row.
// PostgreSQL's autovacuum comes once a minute, which is many thousand rows late, and the embedded database has none.

import type pg from "pg";
import { asOwner } from "./pglite/maintenance.ts";

/** What a plan may walk along without anybody noticing. */
const youngBytes = 65_536;
/** Statements between two looks: the first, and where they end while nothing new begins to fill. */
const strideMin = 100;
const strideMax = 2_000;

const youngSql = {
  name: "young_tables",
  text: `select format('%I.%I', n.nspname, c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'holdpoint' and c.relkind = 'r' and c.relpages < ${youngBytes / 8_192}
      and pg_relation_size(c.oid) >= ${youngBytes} order by c.oid`,
};

export interface YoungTables {
  /** To be called after each statement; looks from time to time, and never throws. */
  readonly worked: () => void;
  /** One look, now. */
  look(): Promise<void>;
}

/** `pool` belongs to the tables' owner, whatever role its sessions have. One who owns none changes nothing. */
export function watchYoungTables(pool: pg.Pool): YoungTables {
  const done = new Set<string>();
  let stride = strideMin;
  let left = stride;
  let isLooking = false;

  const look = async (): Promise<void> => {
    const { rows } = await pool.query<{ name: string }>(youngSql);
    const young = rows.map(({ name }) => name).filter((name) => !done.has(name));
    stride = young.length > 0 ? strideMin : Math.min(stride * 2, strideMax);
    for (const name of young) {
      // Once each, so that what a login may not do is not tried for ever.
      done.add(name);
      await asOwner(pool, (client) => client.query(`analyze ${name}`));
    }
  };
  return {
    look,
    worked: () => {
      left -= 1;
      if (left > 0 || isLooking) return;
      isLooking = true;
      const end = (): void => {
        isLooking = false;
        left = stride;
      };
      // A look that fails is followed by the next: what is lost is time.
      look().then(end, end);
    },
  };
}
