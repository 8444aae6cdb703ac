// Fetches the rosters that lie elsewhere, again and again, and keeps the last good text of each.

import type { Engine } from "../flow/context.ts";
import { rosterEveryMs, rosterRetryMs } from "../flow/roster-times.ts";
import type { RosterLook, RosterRecord } from "../storage/people.ts";
import { fetchRoster, type RosterFetching, RosterRefused } from "./fetch-roster.ts";
import { eachTenant, pauseUntil } from "./each-tenant.ts";
import { type Loop, startLoop } from "./loop.ts";
import { lookAt } from "./people-file.ts";
import { tenantList } from "./tenant-list.ts";

/** Longer than a fetch takes: another process does not take the same roster meanwhile. */
const leaseMs = 60_000;
const lookEveryMs = 60_000;

export function startRosters(engine: Engine, fetching: RosterFetching): Loop {
  const tenantsOf = tenantList(engine);
  /** Looks in a row that failed, by tenant, name and source. */
  const failures = new Map<string, number>();
  return startLoop({
    run: () =>
      eachTenant(engine, {
        name: "rosters",
        tenantsOf,
        lookEveryMs,
        run: async (tenant) => {
          const now = engine.clock.now();
          const due = await engine.store.claimRosters(tenant, now, now + leaseMs);
          const looking = { engine, fetching, failures };
          await Promise.all(due.map((roster) => look(looking, tenant, roster)));
          if (due.length > 0) engine.people.forget(tenant);
          return pauseUntil(engine, await engine.store.nextRosterAt(tenant), lookEveryMs);
        },
      }),
    onError: (error) => engine.telemetry.workFailed("rosters", error),
  });
}

interface Looking {
  readonly engine: Engine;
  readonly fetching: RosterFetching;
  readonly failures: Map<string, number>;
}

async function look(
  { engine, fetching, failures }: Looking,
  tenant: string,
  { name, source, error: before }: RosterRecord,
): Promise<void> {
  const read = await readOne(source, fetching);
  const key = `${tenant} ${name} ${source}`;
  const failed = read.error === null ? 0 : (failures.get(key) ?? 0) + 1;
  if (failed === 0) failures.delete(key);
  else failures.set(key, failed);
  const at = engine.clock.now();
  await engine.store.settleRoster(tenant, {
    name,
    source,
    ...read,
    at,
    nextAt: at + pauseAfter(failed),
  });
  if (read.error !== null && read.error !== before) {
    engine.telemetry.notice(`Roster ${name}: ${read.error}; the last good one goes on to count.`);
  }
}

async function readOne(
  source: string,
  fetching: RosterFetching,
): Promise<Pick<RosterLook, "text" | "error">> {
  try {
    return lookAt(await fetchRoster(source, fetching));
  } catch (error) {
    // SECURITY: only words of our own: those of the other side could carry the address, or anything.
    return {
      text: null,
      error: error instanceof RosterRefused ? error.message : "it cannot be read",
    };
  }
}

function pauseAfter(failed: number): number {
  if (failed === 0) return rosterEveryMs;
  return Math.min(rosterEveryMs, rosterRetryMs * 2 ** Math.min(failed - 1, 10));
}
