// Who of a group is on duty from when to when, by its hours and its rotation, over a span of time.

import type { Instant } from "../base/clock.ts";
import type { Group, Hours, Schedule } from "../policy/policy.ts";
import { type HoldClock, OpenClock, type OpenSpan, wallClock } from "./hold-clock.ts";
import { intersection, nobody, type Pool, type Roster, type Target, union } from "./roster.ts";
import {
  clockTimes,
  dayMs,
  dateOf,
  dayOf,
  minuteMs,
  minutesOf,
  weekdayOf,
  weekdays,
  type Zones,
} from "./roster-zone.ts";

/** From each instant until the next one the same people are on duty; the last goes on to the end. */
export interface Duty {
  readonly startsAt: readonly Instant[];
  readonly pools: readonly Pool[];
}

/**
 * Keeps who is on duty, once per group and zone.
 * INVARIANT: equal pools are one object, so that they can be compared by identity.
 */
export class DutyBook {
  readonly roster: Roster;
  /** Instants looked at so far, as a measure of work. */
  changesMade = 0;
  readonly zones: Zones;
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #schedules: ReadonlyMap<string, Schedule>;
  readonly #duties = new Map<string, Duty>();
  readonly #pools = new Map<string, Pool>();
  readonly #numbers = new Map<Pool, number>();
  readonly #unions = new Map<Pool, Map<Pool, Pool>>();
  readonly #clocks = new Map<string, HoldClock>();
  /** Groups that answer around the clock. */
  readonly alwaysGroups: readonly Target[];

  constructor(
    roster: Roster,
    zones: Zones,
    policy: {
      readonly groups: ReadonlyMap<string, Group>;
      readonly schedules: ReadonlyMap<string, Schedule>;
    },
  ) {
    this.roster = roster;
    this.zones = zones;
    this.#groups = policy.groups;
    this.#schedules = policy.schedules;
    this.alwaysGroups = [...policy.groups].flatMap(([name, { isAlways }]): Target[] =>
      isAlways ? [{ kind: "group", name }] : [],
    );
  }

  /** Roles and people without a group are on duty at any hour. */
  dutyOf(target: Target): Duty {
    const key = `${target.kind}:${target.name}`;
    const made = this.#duties.get(key) ?? this.#make(target);
    this.#duties.set(key, made);
    return made;
  }

  /** Everybody who is on duty at some moment from `fromAt` on and before `untilAt`. */
  during(duty: Duty, fromAt: Instant, untilAt: Instant): Pool {
    let place = lastAtMost(duty.startsAt, fromAt);
    let pool = duty.pools[place] ?? nobody;
    for (place += 1; (duty.startsAt[place] ?? Infinity) < untilAt; place += 1) {
      const next = duty.pools[place] ?? nobody;
      if (next !== pool) pool = this.#join(pool, next);
    }
    return pool;
  }

  poolAt(duty: Duty, at: Instant): Pool {
    return duty.pools[lastAtMost(duty.startsAt, at)] ?? nobody;
  }

  /** Time within the hours of all targets together; on the wall unless every one keeps hours. */
  clockOf(targets: readonly Target[]): HoldClock {
    const hours = targets.map((target) => hoursOf(this.#groupOf(target)));
    const kept = hours.filter((one) => one !== null);
    if (kept.length === 0 || kept.length < hours.length) return wallClock;
    const name = [...new Set(targets.map(({ name: one }) => one))].sort().join(" ");
    const known = this.#clocks.get(name);
    if (known !== undefined) return known;
    const made = new OpenClock(name, this.#openSpans(kept));
    this.#clocks.set(name, made);
    return made;
  }

  #groupOf({ kind, name }: Target): Group | undefined {
    return kind === "group" ? this.#groups.get(name) : undefined;
  }

  #openSpans(hours: readonly Hours[]): readonly OpenSpan[] {
    const { span } = this.zones;
    const changes = new Set(hours.flatMap((one) => this.#changesOf(one, null)));
    const spans: { fromAt: Instant; untilAt: Instant }[] = [];
    const isOpen = (at: Instant): boolean =>
      hours.some((one) => isWithinHours(one, this.zones.of(one.zone).localAt(at)));
    this.changesMade += changes.size * hours.length;
    const ordered = [...changes].sort((a, b) => a - b);
    for (const [index, at] of ordered.entries()) {
      if (!isOpen(at)) continue;
      const untilAt = ordered[index + 1] ?? span.untilAt;
      const last = spans.at(-1);
      if (last !== undefined && last.untilAt === at) last.untilAt = untilAt;
      else spans.push({ fromAt: at, untilAt });
    }
    return spans;
  }

  #join(a: Pool, b: Pool): Pool {
    const known = this.#unions.get(a) ?? new Map<Pool, Pool>();
    const made = known.get(b) ?? this.intern(union(a, b));
    this.#unions.set(a, known.set(b, made));
    return made;
  }

  /** The zone in which a person of the group reads a time. */
  zoneOf(target: Target): string {
    const group = this.#groupOf(target);
    const schedule = this.#schedules.get(group?.schedule ?? "");
    return group?.hours?.zone ?? schedule?.zone ?? "UTC";
  }

  /** Equal pools have one number. */
  numberOf(pool: Pool): number {
    const known = this.#numbers.get(pool) ?? this.#numbers.size;
    this.#numbers.set(pool, known);
    return known;
  }

  intern(pool: Pool): Pool {
    const key = `${pool.isOpen ? "+" : ""}${[...pool.people].sort().join("\n")}`;
    const known = this.#pools.get(key);
    if (known === undefined) this.#pools.set(key, pool);
    return known ?? pool;
  }

  #make(target: Target): Duty {
    const everyone = this.intern(this.roster.everyone(target));
    const group = this.#groupOf(target);
    const isAlways = group?.isAlways === true;
    const schedule = isAlways ? null : (this.#schedules.get(group?.schedule ?? "") ?? null);
    const hours = hoursOf(group);
    if (hours === null && schedule === null) {
      return { startsAt: [this.zones.span.fromAt], pools: [everyone] };
    }
    const slots = (schedule?.members ?? []).map((member) =>
      this.intern(intersection(this.roster.among([member]), everyone)),
    );
    const rotation = schedule === null ? null : { schedule, slots };
    return this.#follow(this.#changesOf(hours, schedule), (at) => {
      if (hours !== null && !isWithinHours(hours, this.zones.of(hours.zone).localAt(at)))
        return nobody;
      return rotation === null ? everyone : this.#slotAt(rotation, at);
    });
  }

  #slotAt(rotation: { schedule: Schedule; slots: readonly Pool[] }, at: Instant): Pool {
    const { schedule, slots } = rotation;
    const local =
      this.zones.of(schedule.zone).localAt(at) - minutesOf(schedule.handover) * minuteMs;
    const day = Math.floor(local / dayMs);
    const turn = Math.floor((day - dayOf(schedule.start)) / daysOfTurn[schedule.rotate]);
    return turn < 0 ? nobody : (slots[turn % slots.length] ?? nobody);
  }

  /** Instants after which somebody else may be on duty: every one, and some more. */
  #changesOf(hours: Hours | null, schedule: Schedule | null): readonly Instant[] {
    const { span } = this.zones;
    const times = [
      ...(hours === null
        ? []
        : clockTimes(this.zones.of(hours.zone), span, [hours.from, hours.to].map(minutesOf))),
      ...(schedule === null
        ? []
        : clockTimes(this.zones.of(schedule.zone), span, [minutesOf(schedule.handover)])),
    ];
    return [...new Set([span.fromAt, ...times])].sort((a, b) => a - b);
  }

  #follow(changes: readonly Instant[], poolAt: (at: Instant) => Pool): Duty {
    const startsAt: Instant[] = [];
    const pools: Pool[] = [];
    this.changesMade += changes.length;
    for (const at of changes) {
      const pool = this.intern(poolAt(at));
      if (pools.at(-1) === pool) continue;
      startsAt.push(at);
      pools.push(pool);
    }
    return { startsAt, pools };
  }
}

/** A group that answers always keeps no hours. */
function hoursOf(group: Group | undefined): Hours | null {
  return group === undefined || group.isAlways ? null : group.hours;
}

const daysOfTurn: Readonly<Record<Schedule["rotate"], number>> = { daily: 1, weekly: 7 };

/** `to` is exclusive; at or before `from` it means the day after. */
function isWithinHours(hours: Hours, local: number): boolean {
  const day = Math.floor(local / dayMs);
  const minute = Math.floor((local - day * dayMs) / minuteMs);
  const from = minutesOf(hours.from);
  const to = minutesOf(hours.to);
  const has = (one: number): boolean =>
    hours.days.includes(weekdays[weekdayOf(one)] ?? "") && !hours.except.includes(dateOf(one));
  if (from < to) return has(day) && minute >= from && minute < to;
  return (has(day) && minute >= from) || (has(day - 1) && minute < to);
}

/** Index of the last entry that is not after `at`; 0 when all are. */
function lastAtMost(sorted: readonly Instant[], at: Instant): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
