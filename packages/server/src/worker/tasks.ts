// The clock of tasks: sleeps until the next reminder of any tenant, then gives it.

import type { Engine } from "../flow/context.ts";
import { wakeTasks } from "../flow/wake-tasks.ts";
import { eachTenant, pauseUntil } from "./each-tenant.ts";
import { type Loop, startLoop } from "./loop.ts";
import { tenantList } from "./tenant-list.ts";

const lookEveryMs = 30_000;

export function startTasks(engine: Engine): Loop {
  const tenantsOf = tenantList(engine);
  return startLoop({
    run: () =>
      eachTenant(engine, {
        name: "tasks",
        tenantsOf,
        lookEveryMs,
        run: async (tenant) => {
          let next = await engine.store.nextTaskAt(tenant);
          while (next !== null && next <= engine.clock.now()) {
            if ((await wakeTasks(engine, tenant)) === 0) break;
            next = await engine.store.nextTaskAt(tenant);
          }
          return pauseUntil(engine, next, lookEveryMs);
        },
      }),
    onError: (error) => engine.telemetry.workFailed("tasks", error),
  });
}
