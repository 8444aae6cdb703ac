// The limits of an agent: how fast it proposes, counted in this process, and how many of its holds wait, in the store.

import type { Instant } from "@holdpoint/core/base/clock";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Context, Engine } from "./context.ts";

const minuteMs = 60_000;
/** Agents whose proposals are remembered at once, of all tenants. */
const agentsMax = 10_000;

/** The instants of the last proposals, as many as the limit lets through within a minute. */
interface Rate {
  readonly ring: Float64Array;
  next: number;
}

/** What one process lets through: several of them let each as much. */
export class ProposalRates {
  readonly #rates = new Map<string, Rate>();

  /** Counts a proposal; answers the milliseconds until one may pass, or null when this one does. */
  take(agent: string, perMinute: number, now: Instant): number | null {
    if (perMinute === 0) return minuteMs;
    const rate = this.#rateOf(agent, perMinute);
    const oldest = rate.ring[rate.next] ?? Number.NEGATIVE_INFINITY;
    // A clock that was set back must not shut the agent out for longer than a minute.
    if (oldest > now - minuteMs && oldest <= now) return oldest + minuteMs - now;
    rate.ring[rate.next] = now;
    rate.next = (rate.next + 1) % perMinute;
    return null;
  }

  #rateOf(agent: string, perMinute: number): Rate {
    const known = this.#rates.get(agent);
    if (known?.ring.length === perMinute) return known;
    const rate = { ring: resized(known, perMinute), next: 0 };
    this.#rates.delete(agent);
    this.#rates.set(agent, rate);
    for (const oldest of this.#rates.keys()) {
      if (this.#rates.size <= agentsMax) break;
      this.#rates.delete(oldest);
    }
    return rate;
  }
}

/** A limit that is changed forgets nothing: the newest instants go over, oldest first. */
function resized(known: Rate | undefined, length: number): Float64Array {
  const ring = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
  if (known === undefined) return ring;
  const ordered = [...known.ring.subarray(known.next), ...known.ring.subarray(0, known.next)];
  const kept = ordered.slice(-length);
  ring.set(kept, length - kept.length);
  return ring;
}

/** Refuses a proposal that comes too soon. */
export function requireRate(ctx: Context, agent: string, perMinute: number | null): void {
  if (perMinute === null) return;
  const waitMs = ctx.rates.take(`${ctx.caller.tenant} ${agent}`, perMinute, ctx.clock.now());
  if (waitMs === null) return;
  throw new HoldpointError("agent_rate_limited", {
    message: `the agent \`${agent}\` may propose ${perMinute} actions a minute; propose again later`,
    facts: { per_minute: perMinute, retry_after_sec: Math.ceil(waitMs / 1000) },
  });
}

export interface Queue {
  readonly tenant: string;
  readonly agent: string;
  /** Holds that may wait; null lets any number. */
  readonly pending: number | null;
}

/**
 * Writes a new hold if the agent's queue has room; `full` otherwise. INVARIANT: of the proposals of
 * one process one at a time counts and writes, so none of them passes the limit; several processes
 * may pass it by one hold each.
 */
export async function withRoom<T>(
  engine: Engine,
  { tenant, agent, pending }: Queue,
  write: () => Promise<T>,
): Promise<T | "full"> {
  if (pending === null) return write();
  const leave = await engine.lanes.enter([`${tenant} queue of ${agent}`]);
  try {
    const waiting = await engine.store.countOpenHolds(tenant, agent, pending);
    return waiting >= pending ? "full" : await write();
  } finally {
    leave();
  }
}

export function queueFull(agent: string, pending: number): HoldpointError {
  return new HoldpointError("agent_queue_full", {
    message: `${pending} holds of the agent \`${agent}\` may wait at once; propose again when people have decided some`,
    facts: { pending, retry_after_sec: 15 },
  });
}
