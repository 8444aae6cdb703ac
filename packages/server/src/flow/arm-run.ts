// Binds the jobs of a suspended run to it, and lets it wait: by the call that suspends, and again after a crash.

import { isHoldpointError } from "@holdpoint/core/error/error";
import { armed, type Resumption } from "@holdpoint/core/job/resumption";
import type { EventActor } from "@holdpoint/core/record/event";
import type { Told } from "../storage/policy-life.ts";
import { changeJob } from "./change-job.ts";
import type { Context } from "./context.ts";
import { readyToAgent } from "./run-notice.ts";
import { runFact } from "./run-view.ts";
import { record } from "./record.ts";

/** Which run each job waits for now; a job that is not here waits for none. */
export type Bindings = ReadonlyMap<string, string>;

/**
 * Every step may be made again. INVARIANT: a job is bound before the run waits, and the run waits by what its jobs are
 * under its lock: an answer in between is found there, or finds the run.
 */
export async function armRun(
  ctx: Context,
  run: Resumption,
  { by, replaced }: { readonly by: EventActor; readonly replaced: Bindings },
): Promise<Resumption> {
  if (run.state !== "arming") return run;
  for (const jobId of run.open) {
    await bind(ctx, run, { jobId, by, replaces: replaced.get(jobId) ?? null });
  }
  const { tenant } = ctx.caller;
  const result = await ctx.store.changeResumption(tenant, run.id, (row, jobs) => {
    if (row.state !== "arming") return { ok: true, next: row, told: nothing };
    const next = armed(row, jobs, ctx.clock.now());
    const isWaitedFor = next.jobs.some((id) => next.open.includes(id));
    const facts = [
      ...(isWaitedFor || next.state === "cancelled"
        ? []
        : [runFact(row, next, { type: "run.suspended", actor: by })]),
      ...(next.state === "cancelled"
        ? [runFact(row, next, { type: "run.cancelled", actor: by, more: { reason: moved } })]
        : []),
    ];
    const events = record(ctx, tenant, facts);
    return { ok: true, next, told: { events, outbox: readyToAgent(ctx, tenant, next) } };
  });
  if (result?.ok !== true) return run;
  ctx.hub.runs.ready(tenant, run.agent);
  ctx.hub.messages("agents");
  return result.next;
}

const nothing: Told = { events: [], outbox: [] };
const moved = "its calls wait for a run that was suspended since";

interface Binding {
  readonly jobId: string;
  readonly by: EventActor;
  readonly replaces: string | null;
}

/** A job that moved on meanwhile is not bound; what became of it is seen under the lock of the run. */
async function bind(
  ctx: Context,
  run: Resumption,
  { jobId, by, replaces }: Binding,
): Promise<void> {
  const { checkpoint: id, thread, namespace, digest } = run;
  try {
    await changeJob(ctx, {
      jobId,
      name: "suspend",
      by,
      requestKey: null,
      isPolicyBound: false,
      command: () => ({
        ok: true,
        command: {
          kind: "suspend",
          resumption: run.id,
          replaces,
          checkpoint: { id, thread, namespace, digest },
          by,
          now: ctx.clock.now(),
        },
      }),
      answer: async () => null,
    });
  } catch (error) {
    if (!isHoldpointError(error) || error.code !== "job_suspended") throw error;
  }
}
