// The worker of a policy's life: publications go on, schedules come due, rollouts are counted, holds are compared.

import { sweepHolds, sweepPagesMax } from "../flow/affected-holds.ts";
import { carryOutAll } from "../flow/carry-out.ts";
import type { Engine } from "../flow/context.ts";
import { watchRollout } from "../flow/watch-rollout.ts";
import { type Loop, startLoop } from "./loop.ts";
import { tenantList } from "./tenant-list.ts";

/** Whatever notice was lost, this often everything is looked at. */
const lookEveryMs = 15_000;
/** After this a tenant in which something failed is looked at again. */
const againMs = 1_000;

export function startPolicyLife(engine: Engine): Loop {
  const tenantsOf = tenantList(engine);
  return startLoop({
    run: async () => {
      let pauseMs = lookEveryMs;
      for (const tenant of await tenantsOf()) {
        pauseMs = Math.min(pauseMs, await lookSafely(engine, tenant));
      }
      return pauseMs;
    },
    onError: (error) => engine.telemetry.workFailed("life of policies", error),
  });
}

/** What fails in one tenant holds up no other. */
async function lookSafely(engine: Engine, tenant: string): Promise<number> {
  try {
    return await lookAt(engine, tenant);
  } catch (error) {
    engine.telemetry.workFailed("life of policies", error);
    return againMs;
  }
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
