// What the clocks do: every job whose time has come moves on, once, whichever process looks first.

import { errorOf } from "@holdpoint/core/error/error";
import { flushSizeMax } from "@holdpoint/core/base/limits";
import type { Instant } from "@holdpoint/core/base/clock";
import type { Change } from "@holdpoint/core/job/change";
import type { JobFile } from "@holdpoint/core/job/job";
import { needsRuling } from "@holdpoint/core/job/tick";
import { type Command, transition } from "@holdpoint/core/job/transition";
import { commitChange } from "./commit-change.ts";
import type { Engine } from "./context.ts";
import { SetAside } from "./set-aside.ts";
import { likeRejected } from "./rejection-memory.ts";
import { surroundingsOf } from "./surroundings.ts";

/** One look at what is due. */
export interface Look {
  readonly at: Instant;
  /** Jobs that were due, at most one flush of the committer; those that were set aside are not among them. */
  readonly due: number;
  /** Those of them that this process moved. */
  readonly moved: number;
  readonly failed: readonly unknown[];
  /** Something failed that could not be set aside: the next look would find it again. */
  readonly isStuck: boolean;
}

/** Lateness from which on it is told in the log of the process. */
const lateMs = 1_000;

/**
 * Moves what is due in one tenant, the oldest first, all in one flush. INVARIANT: what another
 * process moves at the same time is lost here by its revision, so that an effect happens once.
 * INVARIANT: a job that cannot be moved is left alone for a while, and holds up none behind it.
 */
export async function tickDue(
  engine: Engine,
  tenant: string,
  aside: SetAside = new SetAside(),
): Promise<Look> {
  const now = engine.clock.now();
  const due = await dueFiles(engine, tenant, { now, aside });
  const failed: unknown[] = [];
  let isStuck = false;
  const noteOf =
    ({ job }: JobFile) =>
    (error: unknown): null => {
      failed.push(error);
      if (!aside.add(tenant, job.id, now)) isStuck = true;
      return null;
    };
  const moves: { readonly file: JobFile; readonly move: Move }[] = [];
  for (const file of due) {
    const move = await decide(engine, file, now).catch(noteOf(file));
    if (move !== null) moves.push({ file, move });
  }
  // Handed over together, so that what was due first is written first.
  const writing = moves.map(({ file, move }) => write(engine, file, move).catch(noteOf(file)));
  const moved = (await Promise.all(writing)).filter((isMoved) => isMoved === true).length;
  const latenessMs = now - (due[0]?.job.dueAt ?? now);
  if (moved > 0 && latenessMs >= lateMs) engine.telemetry.timersLate(moved, latenessMs);
  return { at: now, due: due.length, moved, failed, isStuck };
}

/** What is due but the jobs that were set aside, however many of them come first. */
async function dueFiles(
  { store }: Engine,
  tenant: string,
  { now, aside }: { readonly now: Instant; readonly aside: SetAside },
): Promise<readonly JobFile[]> {
  const asideCount = aside.countOf(tenant);
  const found = await store.dueFiles(tenant, now, flushSizeMax + asideCount);
  if (asideCount === 0) return found;
  aside.keepOnly(tenant, new Set(found.map(({ job }) => job.id)));
  return found.filter(({ job }) => !aside.has(tenant, job.id, now)).slice(0, flushSizeMax);
}

interface Move {
  readonly change: Change;
  /** Bundle that must still be active; null when it does not matter. */
  readonly bundle: string | null;
}

async function decide(engine: Engine, file: JobFile, now: Instant): Promise<Move> {
  const { command, bundle } = await commandFor(engine, file, now);
  const result = transition(file, command);
  if (!result.ok) throw errorOf(result);
  return { change: result.change, bundle };
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
  // SECURITY: people may have rejected a twin of it while it waited.
  const near = await likeRejected(engine, policy, { tenant, action: job.action, now });
  const around = await surroundingsOf(engine, policy, { tenant, decision: ruling.decision, near });
  return { command: { kind: "tick", now, ruling, around, grantId }, bundle: policy.bundle };
}
