// The clocks: sleeps until the next deadline of any tenant, then lets the verbs move what is due.

import { flushSizeMax, idempotencyLifeMs, localBatchLifeMs } from "@holdpoint/core/base/limits";
import type { Engine } from "../flow/context.ts";
import { tickDue } from "../flow/tick.ts";
import { SetAside } from "../flow/set-aside.ts";
import { eachTenant } from "./each-tenant.ts";
import { type Loop, startLoop } from "./loop.ts";
import { tenantList } from "./tenant-list.ts";

/** Another process may make an earlier deadline whose notice was lost: look this often at the latest. */
const lookEveryMs = 15_000;
const forgetEveryMs = 600_000;
/** Few, because each of them may be megabytes, and deadlines wait meanwhile. */
const forgetBatch = 100;
const forgetBatchesMax = 10;

/** Looks at one tenant before the others have their turn. */
const looksMax = 16;
/** Timers that fall due within this span of others are moved together, so that many of them take few flushes. */
const gatherMs = 20;
/** Pause when what is due was not moved, because another process does it. */
const stallPauseMs = 50;
/** Pause when more fails than can be set aside. */
const stuckPauseMs = 1_000;

export function startClocks(engine: Engine): Loop {
  let forgottenAt = 0;
  const tenantsOf = tenantList(engine);
  const aside = new SetAside();
  return startLoop({
    run: async () => {
      const now = engine.clock.now();
      const isTimeToForget = now - forgottenAt >= forgetEveryMs;
      if (isTimeToForget) forgottenAt = now;
      return eachTenant(engine, {
        name: "clocks",
        tenantsOf,
        lookEveryMs,
        run: async (tenant) => {
          const pauseMs = await moveDue(engine, tenant, aside);
          if (isTimeToForget) {
            await engine.store.forgetAnswers(tenant, now - idempotencyLifeMs);
            await engine.store.forgetVelocity(tenant, now);
            await engine.store.forgetLocalBatches(tenant, now - localBatchLifeMs);
            // The next look goes on where this one stops.
            if (await forgetKept(engine, tenant, now)) forgottenAt = 0;
          }
          return pauseMs;
        },
      });
    },
    onError: (error) => engine.telemetry.workFailed("clocks", error),
  });
}

/** Removes checkpoints and outputs whose time is over; true when some are left. */
async function forgetKept({ store }: Engine, tenant: string, now: number): Promise<boolean> {
  const states = await isLeft(() => store.forgetCheckpoints(tenant, now, forgetBatch));
  const outputs = await isLeft(() => store.forgetOutputs(tenant, now, forgetBatch));
  return states || outputs;
}

async function isLeft(forget: () => Promise<number>): Promise<boolean> {
  for (let batches = 0; batches < forgetBatchesMax; batches += 1) {
    if ((await forget()) < forgetBatch) return false;
  }
  return true;
}

/** Moves what is due; answers when to look again, in milliseconds. */
async function moveDue(engine: Engine, tenant: string, aside: SetAside): Promise<number> {
  let isBusy = false;
  for (let looks = 0; looks < looksMax; looks += 1) {
    const { at, due, moved, failed, isStuck } = await tickDue(engine, tenant, aside);
    const [error] = failed;
    if (error !== undefined) engine.telemetry.workFailed("clocks", error);
    if (isStuck) return stuckPauseMs;
    isBusy ||= moved > 0;
    if (due === flushSizeMax && moved + failed.length > 0) continue;
    const isLost = moved + failed.length < due;
    if (due > 0 && isLost && moved === 0) return stallPauseMs;
    const pauseMs = await pauseAfter(engine, tenant, { lookedAt: at, isLost, aside });
    return Math.min(Math.max(isBusy ? gatherMs : 1, pauseMs), lookEveryMs);
  }
  return gatherMs;
}

interface LastLook {
  readonly lookedAt: number;
  /** Something was moved by another process first, and may be due still. */
  readonly isLost: boolean;
  readonly aside: SetAside;
}

/** How long until something is due. What was set aside is due all the time, and does not count. */
async function pauseAfter(
  { store, clock }: Engine,
  tenant: string,
  { lookedAt, isLost, aside }: LastLook,
): Promise<number> {
  const againAt = aside.firstOf(tenant);
  const next = await store.nextDueAt(tenant, againAt === null || isLost ? null : lookedAt);
  const first = Math.min(next ?? Number.POSITIVE_INFINITY, againAt ?? Number.POSITIVE_INFINITY);
  return first - clock.now();
}
