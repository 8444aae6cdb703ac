// The clocks: sleeps until the next deadline of any tenant, then lets the verbs move what is due.

import { idempotencyLifeMs } from "@holdpoint/core/base/limits";
import type { Engine } from "../flow/context.ts";
import { expireDue } from "../flow/expire.ts";
import { type Loop, startLoop } from "./loop.ts";
import { tenantList } from "./tenant-list.ts";

/** Another process may make an earlier deadline whose notice was lost: look this often at the latest. */
const lookEveryMs = 15_000;
const forgetEveryMs = 600_000;

export function startClocks(engine: Engine): Loop {
  let forgottenAt = 0;
  const tenantsOf = tenantList(engine);
  return startLoop({
    run: async () => {
      const now = engine.clock.now();
      const tenants = await tenantsOf();
      let pauseMs = lookEveryMs;
      for (const tenant of tenants) {
        let next = await engine.store.nextDueAt(tenant);
        while (next !== null && next <= engine.clock.now()) {
          if ((await expireDue(engine, tenant)) === 0) break;
          next = await engine.store.nextDueAt(tenant);
        }
        if (next !== null) pauseMs = Math.min(pauseMs, Math.max(1, next - engine.clock.now()));
        if (now - forgottenAt >= forgetEveryMs) {
          await engine.store.forgetAnswers(tenant, now - idempotencyLifeMs);
          await engine.store.forgetVelocity(tenant, now);
        }
      }
      if (now - forgottenAt >= forgetEveryMs) forgottenAt = now;
      return pauseMs;
    },
    onError: (error) => engine.telemetry.workFailed("clocks", error),
  });
}
