// Suspended runs that no worker moves on: a suspension that was cut short is finished, a last lease without a word buried.

import { sweepBatch } from "@holdpoint/core/base/limits";
import { isHoldpointError } from "@holdpoint/core/error/error";
import { buried, type Resumption } from "@holdpoint/core/job/resumption";
import { armRun } from "../flow/arm-run.ts";
import type { Context, Engine } from "../flow/context.ts";
import { record } from "../flow/record.ts";
import { deadRunNotice } from "../flow/run-notice.ts";
import { runFact } from "../flow/run-view.ts";
import { changeRun, untold } from "../flow/settle-run.ts";
import { eachTenant, pauseUntil } from "./each-tenant.ts";
import { type Loop, startLoop } from "./loop.ts";
import { tenantList } from "./tenant-list.ts";

const lookEveryMs = 15_000;
const server = { kind: "system", id: "runs" } as const;

export function startRuns(engine: Engine): Loop {
  const tenantsOf = tenantList(engine);
  const name = "suspended runs";
  return startLoop({
    run: () =>
      eachTenant(engine, {
        name,
        tenantsOf,
        lookEveryMs,
        run: async (tenant) => {
          const next = await moveStranded(engine, tenant);
          return Math.min(pauseUntil(engine, next, lookEveryMs), lookEveryMs);
        },
      }),
    onError: (error) => engine.telemetry.workFailed(name, error),
  });
}

/** Moves what is due; answers when the next one is. INVARIANT: one that cannot be moved holds up none behind it. */
export async function moveStranded(engine: Engine, tenant: string): Promise<number | null> {
  const now = engine.clock.now();
  const { runs, nextAt } = await engine.store.strandedResumptions(tenant, now, sweepBatch);
  const ctx = contextOf(engine, tenant);
  for (const run of runs) {
    try {
      if (run.state === "arming") await finish(ctx, run);
      else await bury(ctx, run);
    } catch (error) {
      if (isHoldpointError(error) && error.code === "storage_unavailable") throw error;
      engine.telemetry.workFailed(`suspended run ${run.id}`, error);
    }
  }
  return nextAt;
}

/** A job that waits for a newer run stays with it. */
async function finish(ctx: Context, run: Resumption): Promise<void> {
  await armRun(ctx, run, { by: server, replaced: new Map() });
}

const silent = "its worker was not heard of again, the last of many times";

async function bury(ctx: Context, found: Resumption): Promise<void> {
  const { tenant } = ctx.caller;
  const noticeOf = await deadRunNotice(ctx, tenant, found.agent);
  await changeRun(ctx, found.id, (run) => {
    const now = ctx.clock.now();
    const isOver = run.state === "claimed" && run.fence === found.fence && (run.dueAt ?? 0) <= now;
    if (!isOver) return untold({ ok: true, next: run });
    const next = buried(run, silent, now);
    const more = { worker: run.worker, error: silent };
    const fact = runFact(run, next, { type: "run.dead", actor: server, more });
    const events = record(ctx, tenant, [fact]);
    return { ok: true, next, told: { events, outbox: noticeOf(next) } };
  });
}

function contextOf(engine: Engine, tenant: string): Context {
  const caller = { tenant, agent: null, person: null, scopes: new Set<never>(), keyId: null };
  return { ...engine, caller: { ...caller, isDevelopment: false } };
}
