// Looks up what people rejected, when a proposal may be like it: most topics have nothing, and cost nothing.

import { rejectionsCompared } from "@holdpoint/core/base/limits";
import type { Action } from "@holdpoint/core/action/action";
import { type Memory, remember } from "@holdpoint/core/job/rejection-memory";
import { isOwnTopic } from "@holdpoint/core/policy/publish";
import type { Recollection } from "../storage/holds.ts";
import type { Context } from "./context.ts";
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

/**
 * INVARIANT: a proposal is written only if it was compared with every rejection of its topic that is
 * remembered. It is taken for unlike all of them at first; the commit says when there are any, and
 * then they are read (spec 01, 8).
 */
export async function recall(
  ctx: Context,
  policy: LoadedPolicy,
  look: { readonly action: Action; readonly now: number; readonly isSecondLook: boolean },
): Promise<Recalled> {
  const { tenant } = ctx.caller;
  const { action, now, isSecondLook } = look;
  const { rejectionMemoryMs } = policy.policy.defaults;
  if (rejectionMemoryMs === 0 || isOwnTopic(action.topic)) {
    return { memory: null, recollection: null };
  }
  const since = now - rejectionMemoryMs;
  if (!isSecondLook && !ctx.rejected.has(tenant, action.topic)) {
    return { memory: null, recollection: { since, known: [] } };
  }
  const jobs = await ctx.store.rejectionsOf(tenant, action.topic, since, rejectionsCompared);
  ctx.rejected.set(tenant, action.topic, jobs.length > 0);
  // Of more than are compared the older ones are left alone.
  const isWhole = jobs.length < rejectionsCompared;
  const next = (jobs.at(-1)?.updatedAt ?? since) + 1;
  return {
    memory: remember(action, jobs),
    recollection: { since: isWhole ? since : next, known: jobs.map(({ id }) => id) },
  };
}
