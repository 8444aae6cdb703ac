// The clocks: sleeps until the next deadline of any tenant, then lets the verbs move what is due.

import { flushSizeMax, idempotencyLifeMs } from "@holdpoint/core/base/limits";
import type { Engine } from "../flow/context.ts";
import { tickDue } from "../flow/tick.ts";
import { type Loop, startLoop } from "./loop.ts";
import { tenantList } from "./tenant-list.ts";

/** Another process may make an earlier deadline whose notice was lost: look this often at the latest. */
const lookEveryMs = 15_000;
const forgetEveryMs = 600_000;

/** Looks at one tenant before the others have their turn. */
const looksMax = 16;
/** Timers that fall due within this span of others are moved together, so that many of them take few flushes. */
const gatherMs = 20;
/** Pause when what is due was not moved: another process does it, or it failed and is tried again. */
const stallPauseMs = 50;

export function startClocks(engine: Engine): Loop {
  let forgottenAt = 0;
  const tenantsOf = tenantList(engine);
  return startLoop({
    run: async () => {
      const now = engine.clock.now();
      const tenants = await tenantsOf();
      let pauseMs = lookEveryMs;
      for (const tenant of tenants) {
        pauseMs = Math.min(pauseMs, await moveDue(engine, tenant));
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

/** Moves what is due; answers when to look again, in milliseconds. */
async function moveDue(engine: Engine, tenant: string): Promise<number> {
  let isBusy = false;
  for (let looks = 0; looks < looksMax; looks += 1) {
    const { due, moved, failed } = await tickDue(engine, tenant);
    const [error] = failed;
    if (error !== undefined) engine.telemetry.workFailed("clocks", error);
    if (due > 0 && moved === 0) return stallPauseMs;
    isBusy ||= moved > 0;
    if (due < flushSizeMax) break;
  }
  const next = await engine.store.nextDueAt(tenant);
  return next === null ? lookEveryMs : Math.max(isBusy ? gatherMs : 1, next - engine.clock.now());
}
