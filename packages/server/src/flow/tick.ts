// What the clocks do: every job whose time has come moves on, once, whichever process looks first.

import { flushSizeMax } from "@holdpoint/core/base/limits";
import type { Instant } from "@holdpoint/core/base/clock";
import type { Change } from "@holdpoint/core/job/change";
import type { JobFile } from "@holdpoint/core/job/job";
import { needsRuling } from "@holdpoint/core/job/tick";
import { type Command, transition } from "@holdpoint/core/job/transition";
import { commitChange } from "./commit-change.ts";
import type { Engine } from "./context.ts";
import { surroundingsOf } from "./surroundings.ts";

/** One look at what is due. */
export interface Look {
  /** Jobs that were due, at most one flush of the committer. */
  readonly due: number;
  /** Those of them that this process moved. */
  readonly moved: number;
  readonly failed: readonly unknown[];
}

/** Lateness from which on it is told in the log of the process. */
const lateMs = 1_000;

/**
 * Moves what is due in one tenant, the oldest first, all in one flush. INVARIANT: what another
 * process moves at the same time is lost here by its revision, so that an effect happens once.
 */
export async function tickDue(engine: Engine, tenant: string): Promise<Look> {
  const now = engine.clock.now();
  const due = await engine.store.dueFiles(tenant, now, flushSizeMax);
  const failed: unknown[] = [];
  const note = (error: unknown): null => {
    failed.push(error);
    return null;
  };
  const writing: Promise<boolean | null>[] = [];
  // One after the other, because what is written first was due first; the writes then go together.
  for (const file of due) {
    const move = await decide(engine, file, now).catch(note);
    if (move !== null) writing.push(write(engine, file, move).catch(note));
  }
  const moved = (await Promise.all(writing)).filter((isMoved) => isMoved === true).length;
  const latenessMs = now - (due[0]?.job.dueAt ?? now);
  if (moved > 0 && latenessMs >= lateMs) engine.telemetry.timersLate(moved, latenessMs);
  return { due: due.length, moved, failed };
}

interface Move {
  readonly change: Change;
  /** Bundle that must still be active; null when it does not matter. */
  readonly bundle: string | null;
}

async function decide(engine: Engine, file: JobFile, now: Instant): Promise<Move | null> {
  const { command, bundle } = await commandFor(engine, file, now);
  const result = transition(file, command);
  return result.ok ? { change: result.change, bundle } : null;
}

async function write(
  engine: Engine,
  { job, reviews }: JobFile,
  { change, bundle }: Move,
): Promise<boolean> {
  const written = await commitChange(engine, { job: change.job, reviews }, change, {
    before: job,
    expected: job.revision,
    bundle,
    answer: null,
  });
  if (written === "lost") {
    engine.hub.forget(job.tenant, job.id);
    if (bundle !== null) engine.policies.forget(job.tenant);
  }
  return written === "written";
}

/** INVARIANT: what silence releases is released by the policy that is active when it is written. */
async function commandFor(
  engine: Engine,
  { job }: JobFile,
  now: Instant,
): Promise<{ readonly command: Command; readonly bundle: string | null }> {
  if (job.state !== "APPROVAL" || job.watch === null) {
    return { command: { kind: "lapse", now }, bundle: null };
  }
  const { tenant, facts } = job;
  const policy = await engine.policies.active(tenant, job.action.actor.agent);
  const grantId = engine.ids.grant();
  if (!needsRuling(job, now)) {
    const { lastPair, near } = job.watch;
    const around = { ...(await engine.people.surroundings(tenant, policy)), lastPair, near };
    return { command: { kind: "tick", now, ruling: null, around, grantId }, bundle: null };
  }
  const ruling = policy.rule(tenant, job, { facts, now });
  const { near } = job.watch;
  const around = await surroundingsOf(engine, policy, { tenant, decision: ruling.decision, near });
  return { command: { kind: "tick", now, ruling, around, grantId }, bundle: policy.bundle };
}
