// Goes on with what killed agents left open, when the process that killed them did not come to its end.

import { sweepKilled } from "../flow/agent-kill.ts";
import type { Engine } from "../flow/context.ts";
import { eachTenant } from "./each-tenant.ts";
import { type Loop, startLoop } from "./loop.ts";
import { tenantList } from "./tenant-list.ts";

const lookEveryMs = 15_000;
/** Pause between two batches, so that other work has its turn. */
const batchPauseMs = 20;

export function startKilledAgents(engine: Engine): Loop {
  const tenantsOf = tenantList(engine);
  return startLoop({
    run: () =>
      eachTenant(engine, {
        name: "killed agents",
        tenantsOf,
        lookEveryMs,
        run: async (tenant) => ((await sweepKilled(engine, tenant)) ? batchPauseMs : lookEveryMs),
      }),
    onError: (error) => engine.telemetry.workFailed("killed agents", error),
  });
}
