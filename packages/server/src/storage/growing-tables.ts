// Statistics for tables that grow. While a table is empty the planner takes every index that begins with the tenant
// for as good as the primary key, and a prepared plan stays: it would walk a whole tenant to find one row.
// PostgreSQL's autovacuum comes once a minute, which is many thousand rows late, and the embedded database has none.

import type pg from "pg";
import { asOwner } from "./as-owner.ts";

const pageBytes = 8_192;
/** What a plan may walk along without anybody noticing. */
const pagesMin = 8;
/** By then it is known which index is whose, and more would hold the one session of the embedded database up. */
const pagesMax = 1_024;
/** Statements between two looks: the first, and where they end while nothing grows. */
const strideMin = 100;
const strideMax = 2_000;

const grownSql = {
  name: "grown_tables",
  text: `select name, pages from (
      select c.oid, format('%I.%I', n.nspname, c.relname) as name, c.relpages as known,
        (pg_relation_size(c.oid) / ${pageBytes})::int as pages
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'holdpoint' and c.relkind = 'r'
    ) t where pages between ${pagesMin} and ${pagesMax} and pages >= 2 * known order by oid`,
};

export interface GrowingTables {
  /** To be called after each statement; looks from time to time, and never throws. */
  readonly worked: () => void;
  /** One look, now. */
  look(): Promise<void>;
}

/**
 * Analyses tables that have grown to twice what the planner knows of them. The login of `pool` owns them, whatever role
 * its sessions have; one who does not changes nothing.
 */
export function watchGrowingTables(pool: pg.Pool): GrowingTables {
  const tried = new Map<string, number>();
  let stride = strideMin;
  let left = stride;
  let isLooking = false;

  const look = async (): Promise<void> => {
    const { rows } = await pool.query<{ name: string; pages: number }>(grownSql);
    // Once for each doubling, so that what a login may not do is not tried for ever.
    const grown = rows.filter(({ name, pages }) => pages >= 2 * (tried.get(name) ?? 0));
    stride = grown.length > 0 ? strideMin : Math.min(stride * 2, strideMax);
    for (const { name, pages } of grown) {
      tried.set(name, pages);
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
