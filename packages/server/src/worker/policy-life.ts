// The worker of a policy's life: publications go on, schedules come due, rollouts are counted, holds are compared.

import { sweepHolds, sweepPagesMax } from "../flow/affected-holds.ts";
import { carryOutAll } from "../flow/carry-out.ts";
import type { Engine } from "../flow/context.ts";
import { watchRollout } from "../flow/watch-rollout.ts";
import { eachTenant } from "./each-tenant.ts";
import { type Loop, startLoop } from "./loop.ts";
import { tenantList } from "./tenant-list.ts";

/** Whatever notice was lost, this often everything is looked at. */
const lookEveryMs = 15_000;

export function startPolicyLife(engine: Engine): Loop {
  const tenantsOf = tenantList(engine);
  return startLoop({
    run: () =>
      eachTenant(engine, {
        name: "life of policies",
        tenantsOf,
        lookEveryMs,
        run: (tenant) => lookAt(engine, tenant),
      }),
    onError: (error) => engine.telemetry.workFailed("life of policies", error),
  });
}

/** Everything that may be due in a tenant; answers in how many milliseconds to look again. */
export async function lookAt(engine: Engine, tenant: string): Promise<number> {
  const dueAt = await carryOutAll(engine, tenant);
  const watchMs = await watchRollout(engine, tenant);
  for (let page = 0; page < sweepPagesMax; page += 1) {
    if (!(await sweepHolds(engine, tenant))) break;
  }
  const dueMs = dueAt === null ? lookEveryMs : Math.max(1, dueAt - engine.clock.now());
  return Math.min(lookEveryMs, dueMs, watchMs ?? lookEveryMs);
}
