// The clock of tasks: sleeps until the next reminder of any tenant, then gives it.

import type { Engine } from "../flow/context.ts";
import { wakeTasks } from "../flow/wake-tasks.ts";
import { type Loop, startLoop } from "./loop.ts";
import { tenantList } from "./tenant-list.ts";

/** Another process may write an earlier one: look this often at the latest. */
const lookEveryMs = 30_000;

export function startTasks(engine: Engine): Loop {
  const tenantsOf = tenantList(engine);
  return startLoop({
    run: async () => {
      let pauseMs = lookEveryMs;
      for (const tenant of await tenantsOf()) {
        let next = await engine.store.nextTaskAt(tenant);
        while (next !== null && next <= engine.clock.now()) {
          if ((await wakeTasks(engine, tenant)) === 0) break;
          next = await engine.store.nextTaskAt(tenant);
        }
        if (next !== null) pauseMs = Math.min(pauseMs, Math.max(1, next - engine.clock.now()));
      }
      return pauseMs;
    },
    onError: (error) => engine.telemetry.workFailed("tasks", error),
  });
}
