// Who of those behind a rule is on duty at a moment: by the hours of their group, its roster, its rotation.

import type { Instant } from "../base/clock.ts";
import type { Requirement } from "../policy/decision.ts";
import type { Group, Hours, Policy, Schedule } from "../policy/policy.ts";
import {
  type BusinessHours,
  dayOfDate,
  isOpen,
  localDayOf,
  minutesOf,
  openSpans,
  wallInstant,
} from "./business-time.ts";
import { type Contact, ContactBook } from "./contact-book.ts";
import type { People } from "./people.ts";
import type { Roster } from "./roster.ts";

export type { Contact };

export interface DutySlot {
  readonly from: Instant;
  readonly to: Instant;
  readonly people: readonly Contact[];
}

export interface Duty {
  /** Everybody behind `group:x`, `role:x`, `person:x`, `any`, whatever the hour; people who left are not among them. */
  members(target: string): readonly Contact[];
  /** Of them those on duty: group hours, then roster, then schedule; a group that answers always, roles, people: always. */
  onDuty(target: string, at: Instant): readonly Contact[];
  /** Hours in which clocks of these targets run; null: around the clock. */
  hoursOf(targets: readonly string[]): readonly BusinessHours[] | null;
  /** How long notices to these targets may be gathered, in milliseconds; absent: they are not. */
  gatherMs?(targets: readonly string[]): number;
  /** Names of groups that answer around the clock. */
  readonly alwaysGroups: readonly string[];
  /** Who is on duty over a span, for the week view. */
  slots(group: string, from: Instant, to: Instant): readonly DutySlot[];
}

export interface DutyParts {
  readonly policy: Policy;
  readonly people: People;
  readonly contacts: readonly Contact[];
  /** By name; a roster that could never be read is not among them. */
  readonly rosters: ReadonlyMap<string, Roster>;
}

/** The longest span whose slots are worked out at once. */
const slotsMaxMs = 62 * 86_400_000;
/** Changes of duty that are told of one span; the last slot goes on to its end. */
const changesMax = 2_000;
/** Events of a roster that count at one moment. */
const atOnceMax = 100;
const daysOfTurn: Readonly<Record<Schedule["rotate"], number>> = { daily: 1, weekly: 7 };

export function makeDuty(parts: DutyParts): Duty {
  const { policy } = parts;
  const book = new ContactBook(policy, parts.people, parts.contacts);
  const hours = new Map<string, BusinessHours>();
  for (const [name, group] of policy.groups) {
    if (group.hours === null || group.isAlways) continue;
    hours.set(`group:${name}`, businessOf(group.hours, parts.rosters));
  }
  const onDuty = (target: string, at: Instant): readonly Contact[] => {
    const members = book.members(target);
    const group = groupOf(policy, target);
    if (group === null || group.isAlways) return members;
    const open = hours.get(target);
    if (open !== undefined && !isOpen(open, at)) return [];
    return book.among(members, namedAt(parts, group, at));
  };
  return {
    members: (target) => book.members(target),
    onDuty,
    hoursOf: (targets) => {
      const known = targets.map((target) => hours.get(target)).filter((one) => one !== undefined);
      return known.length === 0 || known.length < targets.length ? null : known;
    },
    gatherMs: (targets) =>
      Math.max(0, ...targets.map((target) => groupOf(policy, target)?.digestMs ?? 0)),
    alwaysGroups: [...policy.groups].flatMap(([name, group]) => (group.isAlways ? [name] : [])),
    slots: (group, from, to) => {
      const target = `group:${group}`;
      const until = Math.min(to, from + slotsMaxMs);
      const changes = changesOf(parts, target, { from, to: until, open: hours.get(target) });
      return joined(changes, until, (at) => onDuty(target, at));
    },
  };
}

/** How a requirement names whom it asks. */
export function targetOf({ kind, name }: Pick<Requirement, "kind" | "name">): string {
  return kind === "any" ? "any" : `${kind}:${name}`;
}

function groupOf(policy: Policy, target: string): Group | null {
  const prefix = "group:";
  if (!target.startsWith(prefix)) return null;
  return policy.groups.get(target.slice(prefix.length)) ?? null;
}

function businessOf(hours: Hours, rosters: ReadonlyMap<string, Roster>): BusinessHours {
  const holidays = hours.holidays === null ? undefined : rosters.get(hours.holidays);
  return {
    hours,
    isHoliday: (date) => holidays?.days(Number(date.slice(0, 4))).has(date) === true,
  };
}

/**
 * Names of those whose turn it is; null when nobody takes turns.
 * SECURITY: a roster chooses among the members and adds nobody. One that was never read leaves the
 * choice to the rotation or to all members: a fetch that fails must not widen who may act.
 */
function namedAt(parts: DutyParts, group: Group, at: Instant): readonly string[] | null {
  const { policy, rosters } = parts;
  const schedule = policy.schedules.get(group.schedule ?? "") ?? null;
  const roster = rosters.get(group.roster ?? "");
  const turn = schedule === null ? null : turnAt(schedule, at);
  if (roster === undefined) return turn;
  const events = roster.onDuty(at, at + 1, zoneOf(policy, group)).slice(0, atOnceMax);
  return events.length > 0 ? events.flatMap(({ names }) => names) : (turn ?? []);
}

function turnAt(schedule: Schedule, at: Instant): readonly string[] {
  const day = localDayOf(schedule.zone, at);
  const isBefore = at < handoverOn(schedule, day);
  const days = day - (isBefore ? 1 : 0) - dayOfDate(schedule.start);
  const turn = Math.floor(days / daysOfTurn[schedule.rotate]);
  const member = turn < 0 ? undefined : schedule.members[turn % schedule.members.length];
  return member === undefined ? [] : [member];
}

function handoverOn({ zone, handover }: Schedule, day: number): Instant {
  return wallInstant(zone, { day, minute: minutesOf(handover) }, "first");
}

/** Zone of times in a roster that name none. */
function zoneOf(policy: Policy, group: Group): string {
  return group.hours?.zone ?? policy.schedules.get(group.schedule ?? "")?.zone ?? "UTC";
}

interface Look {
  readonly from: Instant;
  readonly to: Instant;
  readonly open: BusinessHours | undefined;
}

/** Instants after which somebody else may be on duty, in order. */
function changesOf(parts: DutyParts, target: string, { from, to, open }: Look): readonly Instant[] {
  const group = groupOf(parts.policy, target);
  const found = [from];
  for (const span of open === undefined ? [] : openSpans([open], from)) {
    if (span.from >= to) break;
    found.push(span.from, span.to);
  }
  const roster = parts.rosters.get(group?.roster ?? "");
  if (group !== null && roster !== undefined) {
    const events = roster.onDuty(from, to, zoneOf(parts.policy, group));
    found.push(...events.flatMap((event) => [event.from, event.to]));
  }
  const schedule = parts.policy.schedules.get(group?.schedule ?? "");
  if (schedule !== undefined) {
    const last = localDayOf(schedule.zone, to);
    for (let day = localDayOf(schedule.zone, from); day <= last; day += 1) {
      found.push(handoverOn(schedule, day));
    }
  }
  // SECURITY: a roster comes from elsewhere, and anybody may ask for its week.
  return [...new Set(found)]
    .filter((at) => at >= from && at < to)
    .sort((a, b) => a - b)
    .slice(0, changesMax);
}

/** Neighbouring slots with the same people are one. */
function joined(
  changes: readonly Instant[],
  to: Instant,
  peopleAt: (at: Instant) => readonly Contact[],
): readonly DutySlot[] {
  const slots: DutySlot[] = [];
  changes.forEach((from, index) => {
    const people = peopleAt(from);
    const end = changes[index + 1] ?? to;
    const last = slots.at(-1);
    const isSame = last !== undefined && idsOf(last.people) === idsOf(people);
    if (isSame) slots[slots.length - 1] = { ...last, to: end };
    else slots.push({ from, to: end, people });
  });
  return slots;
}

function idsOf(people: readonly Contact[]): string {
  return people.map(({ id }) => id).join("\n");
}
