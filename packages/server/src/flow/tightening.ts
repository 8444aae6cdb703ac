// How many overrides there were of a person, a rule or an agent, and whether the next one takes two people.

import type { Governance } from "@holdpoint/core/policy/policy";
import type { VelocityStep } from "../storage/store.ts";
import type { Context } from "./context.ts";

export interface TighteningQuestion {
  readonly governance: Governance;
  /** `person:…`, `rule:…`, `agent:…`. */
  readonly subjects: readonly string[];
  readonly now: number;
}

/** A subject of which the next override is one too many. */
export interface Excess {
  readonly subject: string;
  /** The next one among them. */
  readonly count: number;
  /** Ids of the governance reviews before. */
  readonly reviews: readonly string[];
}

export interface Tightening {
  /** People that an override takes: two while a finding stands. */
  readonly needed: number;
  readonly excesses: readonly Excess[];
  /** INVARIANT: two overrides that count together are never written from the same count. */
  readonly steps: readonly VelocityStep[];
}

/** Overrides of one subject that are looked at; past it there is a finding long since. */
const countedMax = 1_000;

export async function readTightening(
  ctx: Context,
  { governance, subjects, now }: TighteningQuestion,
): Promise<Tightening> {
  const { tenant } = ctx.caller;
  const { store } = ctx;
  const keys = subjects.map((subject) => `override ${subject}`);
  // Read before anything is counted: whoever counts in between makes the steps fail.
  const locks = await store.velocityCounts(tenant, keys);
  const steps = keys.map((key) => ({
    key,
    expected: locks.get(key)?.revision ?? null,
    hits: [now],
    expiresAt: now + governance.perMs,
  }));
  const standing = new Set(
    (await store.openFindings(tenant, subjects)).map(({ subject }) => subject),
  );
  const excesses: Excess[] = [];
  for (const subject of subjects) {
    if (standing.has(subject)) continue;
    // What a closed finding counted is dealt with.
    const closedAt = await store.lastFindingClosedAt(tenant, subject);
    const since = Math.max(now - governance.perMs, closedAt ?? 0);
    const before = await store.overridesOf(tenant, { subject, since, limit: countedMax });
    const count = before.length + 1;
    if (count < governance.overridesMax) continue;
    excesses.push({ subject, count, reviews: before.map(({ id }) => id) });
  }
  return { needed: standing.size === 0 ? 1 : 2, excesses, steps };
}
