// Looks up what people rejected, when a proposal may be like it: most topics have nothing, and cost nothing.

import { rejectionsCompared } from "@holdpoint/core/base/limits";
import type { Action } from "@holdpoint/core/action/action";
import type { Job } from "@holdpoint/core/job/job";
import type { JobId } from "@holdpoint/core/base/id";
import { type Memory, remember } from "@holdpoint/core/job/rejection-memory";
import { isOwnTopic } from "@holdpoint/core/policy/publish";
import type { Recollection } from "../storage/holds.ts";
import type { Context, Engine } from "./context.ts";
import type { LoadedPolicy } from "./loaded-policy.ts";

/** Topics of all tenants in which this process met a rejection; a guess that only saves a round. */
const topicsMax = 10_000;

export class RejectedTopics {
  readonly #topics = new Set<string>();

  has(tenant: string, topic: string): boolean {
    return this.#topics.has(`${tenant} ${topic}`);
  }

  set(tenant: string, topic: string, isRejected: boolean): void {
    const name = `${tenant} ${topic}`;
    this.#topics.delete(name);
    if (!isRejected) return;
    this.#topics.add(name);
    for (const oldest of this.#topics) {
      if (this.#topics.size <= topicsMax) break;
      this.#topics.delete(oldest);
    }
  }
}

export interface Recalled {
  readonly memory: Memory | null;
  /** What the commit checks; null when nothing is remembered. */
  readonly recollection: Recollection | null;
}

interface Look {
  readonly action: Action;
  readonly now: number;
}

/** The rejected job that a hold is like by now; it may have been opened before people rejected that one. */
export async function likeRejected(
  engine: Engine,
  policy: LoadedPolicy,
  { tenant, action, now }: Look & { readonly tenant: string },
): Promise<JobId | null> {
  const { rejectionMemoryMs } = policy.policy.defaults;
  if (rejectionMemoryMs === 0 || isOwnTopic(action.topic)) return null;
  const rejected = await rejectedLike(engine, tenant, { action, since: now - rejectionMemoryMs });
  return remember(action, rejected.all)?.job.id ?? null;
}

interface Rejected {
  /** The newest of the topic. */
  readonly newest: readonly Job[];
  /** With the last rejection of this very action, however many others came after it. */
  readonly all: readonly Job[];
}

/** SECURITY: nobody makes a rejection forgotten by having many others rejected after it. */
async function rejectedLike(
  { store }: Engine,
  tenant: string,
  { action, since }: { readonly action: Action; readonly since: number },
): Promise<Rejected> {
  const newest = await store.rejectionsOf(tenant, action.topic, since, rejectionsCompared);
  if (newest.length < rejectionsCompared) return { newest, all: newest };
  const same = await store.rejectionOf(tenant, action, since);
  return { newest, all: same === null ? newest : [...newest, same] };
}

/**
 * INVARIANT: a proposal is written only if it was compared with every rejection of its topic that is
 * remembered. It is taken for unlike all of them at first; the commit says when there are any, and
 * then they are read (spec 01, 8).
 */
export async function recall(
  ctx: Context,
  policy: LoadedPolicy,
  { action, now, isSecondLook }: Look & { readonly isSecondLook: boolean },
): Promise<Recalled> {
  const { tenant } = ctx.caller;
  const { rejectionMemoryMs } = policy.policy.defaults;
  if (rejectionMemoryMs === 0 || isOwnTopic(action.topic)) {
    return { memory: null, recollection: null };
  }
  const since = now - rejectionMemoryMs;
  if (!isSecondLook && !ctx.rejected.has(tenant, action.topic)) {
    return { memory: null, recollection: { since, known: [] } };
  }
  const { newest: jobs, all } = await rejectedLike(ctx, tenant, { action, since });
  ctx.rejected.set(tenant, action.topic, jobs.length > 0);
  // Of more than are compared the older ones are left alone.
  const isWhole = jobs.length < rejectionsCompared;
  const next = (jobs.at(-1)?.updatedAt ?? since) + 1;
  return {
    memory: remember(action, all),
    recollection: { since: isWhole ? since : next, known: jobs.map(({ id }) => id) },
  };
}
