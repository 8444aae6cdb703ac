// The counts and dates of governance: whose override it was, when somebody is reminded, what a report says.

import type { Instant } from "../base/clock.ts";

export interface OverrideParties {
  /** Ids of those who overrode. */
  readonly people: readonly string[];
  readonly ruleId: string | null;
  readonly agent: string;
}

/** Everything that overrides are counted by: `person:…`, `rule:…`, `agent:…`. */
export function subjectsOf({ people, ruleId, agent }: OverrideParties): readonly string[] {
  return [...people.map((id) => `person:${id}`), `rule:${ruleId ?? "default"}`, `agent:${agent}`];
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

export interface ReviewSpan {
  readonly createdAt: Instant;
  readonly dueAt: Instant;
}

/**
 * The first moment after `now` at which the governance group is reminded: once before the due date,
 * at it, and then again and again until somebody has closed the review.
 */
export function nextReminderAt({ createdAt, dueAt }: ReviewSpan, now: Instant): Instant {
  const spanMs = Math.max(dueAt - createdAt, 0);
  const beforeAt = dueAt - Math.min(dayMs, Math.floor(spanMs / 2));
  if (now < beforeAt) return beforeAt;
  if (now < dueAt) return dueAt;
  const stepMs = Math.min(dayMs, Math.max(hourMs, spanMs));
  return dueAt + (Math.floor((now - dueAt) / stepMs) + 1) * stepMs;
}

/** One override, as a report looks at it. */
export interface OverrideRecord extends ReviewSpan {
  /** Each person once. */
  readonly people: readonly { readonly id: string; readonly name: string | null }[];
  readonly ruleId: string | null;
  readonly agent: string;
  /** Null while the review is open. */
  readonly closedAt: Instant | null;
  readonly isLegitimate: boolean | null;
}

export interface CountedOverrides {
  /** Of the person, the rule or the agent. */
  readonly id: string;
  /** What a person is called; null for rules and agents, and where it is not known. */
  readonly name: string | null;
  readonly overrides: number;
  readonly legitimate: number;
  readonly notLegitimate: number;
}

export interface OverrideReport extends Omit<CountedOverrides, "id" | "name"> {
  readonly open: number;
  readonly overdue: number;
  readonly legitimateShare: number | null;
  readonly medianCloseMs: number | null;
  readonly byPerson: readonly CountedOverrides[];
  readonly byRule: readonly CountedOverrides[];
  readonly byAgent: readonly CountedOverrides[];
}

export function reportOf(overrides: readonly OverrideRecord[], now: Instant): OverrideReport {
  const { overrides: all, legitimate, notLegitimate } = countAll({ id: "", name: null }, overrides);
  const open = overrides.filter(({ closedAt }) => closedAt === null);
  const judged = legitimate + notLegitimate;
  const closeMs = overrides.flatMap(({ closedAt, createdAt }) =>
    closedAt === null ? [] : [closedAt - createdAt],
  );
  return {
    overrides: all,
    legitimate,
    notLegitimate,
    open: open.length,
    overdue: open.filter(({ dueAt }) => dueAt < now).length,
    legitimateShare: judged === 0 ? null : legitimate / judged,
    medianCloseMs: medianOf(closeMs),
    byPerson: countBy(overrides, ({ people }) => people),
    byRule: countBy(overrides, ({ ruleId }) => [{ id: ruleId ?? "default", name: null }]),
    byAgent: countBy(overrides, ({ agent }) => [{ id: agent, name: null }]),
  };
}

interface Party {
  readonly id: string;
  readonly name: string | null;
}

/** Most overrides first; equal ones by id. */
function countBy(
  overrides: readonly OverrideRecord[],
  partiesOf: (override: OverrideRecord) => readonly Party[],
): readonly CountedOverrides[] {
  const groups = new Map<string, { party: Party; records: OverrideRecord[] }>();
  for (const override of overrides) {
    for (const party of partiesOf(override)) {
      const group = groups.get(party.id) ?? { party, records: [] };
      group.records.push(override);
      groups.set(party.id, group);
    }
  }
  return [...groups.values()]
    .map(({ party, records }) => countAll(party, records))
    .sort((a, b) => b.overrides - a.overrides || (a.id < b.id ? -1 : 1));
}

function countAll(party: Party, overrides: readonly OverrideRecord[]): CountedOverrides {
  return {
    id: party.id,
    name: party.name,
    overrides: overrides.length,
    legitimate: overrides.filter(({ isLegitimate }) => isLegitimate === true).length,
    notLegitimate: overrides.filter(({ isLegitimate }) => isLegitimate === false).length,
  };
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return null;
  const lower = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? upper) : upper;
  return Math.round((lower + upper) / 2);
}
