// What deliveries prove about a hold: somebody of its level knows, or nobody can be told.

import { HoldpointError } from "@holdpoint/core/error/error";
import type { Change } from "@holdpoint/core/job/change";
import type { JobFile } from "@holdpoint/core/job/job";
import type { HoldSurroundings } from "@holdpoint/core/job/plan";
import { type Command, transition } from "@holdpoint/core/job/transition";
import type { Delivery } from "../storage/deliveries.ts";
import type { CommitResult } from "../storage/store.ts";
import { commitChange } from "./commit-change.ts";
import type { Engine } from "./context.ts";
import { peopleChannel } from "./notify.ts";
import { surroundingsOf } from "./surroundings.ts";

/** Races with people and clocks that are read and decided again. */
const attemptsMax = 6;

export interface LevelProof {
  readonly jobId: string;
  readonly level: number;
  /** Of the job that the notice showed; null when it showed none. */
  readonly revision: number | null;
  readonly channel: string;
  /** Null for a shared place. */
  readonly person: string | null;
}

/** A channel accepted the notice of this level: its clocks begin. Does nothing when they have begun. */
export async function proveLevel(
  engine: Engine,
  tenant: string,
  { jobId, level, revision, channel, person }: LevelProof,
): Promise<void> {
  const now = engine.clock.now();
  await move(engine, { tenant, jobId }, (around) => ({
    kind: "proved",
    level,
    ...(revision === null ? {} : { revision }),
    proof: { channel, person, at: now },
    around,
    now,
  }));
}

/**
 * Nobody of this level is reached: the hold goes on to the next at once. With `shared`, messages to
 * persons are known to be none, or to come too late.
 */
export async function buryLevel(
  engine: Engine,
  tenant: string,
  { jobId, level }: Pick<Delivery, "jobId" | "level">,
  hope: "any" | "shared" = "any",
): Promise<void> {
  if (jobId === null || level === null) return;
  const proving = engine.channels.filter(({ reach }) =>
    hope === "shared" ? reach === "shared" : reach !== "none",
  );
  const channels = proving.map(({ name }) => name);
  if (hope === "any") channels.push(peopleChannel);
  if (await engine.store.isLevelAlive(tenant, { jobId, level, channels })) return;
  await move(engine, { tenant, jobId }, (around) => ({
    kind: "unreachable",
    level,
    around,
    now: engine.clock.now(),
  }));
}

interface Place {
  readonly tenant: string;
  readonly jobId: string;
}

/** Moves the hold unless it went on by itself: then there is nothing to prove any more. */
async function move(
  engine: Engine,
  { tenant, jobId }: Place,
  command: (around: HoldSurroundings) => Command,
): Promise<void> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const recent = attempt === 0 ? engine.hub.recent(tenant, jobId) : null;
    const file = recent ?? (await engine.store.findJob(tenant, jobId))?.file ?? null;
    if (file === null) return;
    const { decision, action } = file.job;
    const policy = await engine.policies.active(tenant, action.actor.agent);
    const around = await surroundingsOf(engine, policy, { tenant, decision });
    const result = transition(file, command(around));
    if (!result.ok && recent === null) return;
    if (result.ok && (await write(engine, file, result.change)) === "written") return;
    engine.hub.forget(tenant, jobId);
  }
  throw new HoldpointError("approval_retryable_lock", {
    message: `the hold ${jobId} changed again and again while its delivery was written down`,
  });
}

function write(engine: Engine, file: JobFile, change: Change): Promise<CommitResult> {
  const { job } = change;
  return commitChange(engine, { job, reviews: file.reviews }, change, {
    before: file.job,
    expected: file.job.revision,
    bundle: null,
    answer: null,
  });
}
