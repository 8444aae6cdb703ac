// What the clocks do: every job whose time is up moves on, once, whichever process looks first.

import { sweepBatch } from "@holdpoint/core/base/limits";
import { transition } from "@holdpoint/core/job/transition";
import { commitChange } from "./commit-change.ts";
import type { Engine } from "./context.ts";

/** Moves what is due in one tenant; returns how many jobs changed. */
export async function expireDue(engine: Engine, tenant: string): Promise<number> {
  const due = await engine.store.dueJobs(tenant, engine.clock.now(), sweepBatch);
  const moved = await Promise.all(due.map((jobId) => expireOne(engine, tenant, jobId)));
  return moved.filter((isMoved) => isMoved).length;
}

async function expireOne(engine: Engine, tenant: string, jobId: string): Promise<boolean> {
  const found = await engine.store.findJob(tenant, jobId);
  if (found === null) return false;
  const result = transition(found.file, { kind: "lapse", now: engine.clock.now() });
  if (!result.ok) return false;
  const { change } = result;
  const file = { job: change.job, reviews: found.file.reviews };
  const expected = found.file.job.revision;
  return (
    (await commitChange(engine, file, change, {
      before: found.file.job,
      expected,
      bundle: null,
      answer: null,
    })) === "written"
  );
}
