// The proof that holds can be answered, against a simulation of rosters minute by minute.

import { describe, expect, test } from "vitest";
import { wallTime } from "@holdpoint/core/base/zone";
import { checkPolicy } from "@holdpoint/core/policy-check/check";
import { loadPolicy } from "@holdpoint/core/policy-file/load";
import type { Policy } from "@holdpoint/core/policy/policy";
import { type Hold, proveHold } from "@holdpoint/core/policy-check/proof";
import { Roster, targetOf } from "@holdpoint/core/policy-check/roster";
import { DutyBook } from "@holdpoint/core/policy-check/roster-duty";
import { Zones } from "@holdpoint/core/policy-check/roster-zone";
import fc from "fast-check";

const runs = Number(process.env["HOLDPOINT_PROPERTY_RUNS"] ?? 12);
const minuteMs = 60_000;
const weekMinutes = 7 * 24 * 60;
/** Two weeks of beginnings, and the longest hold after them. */
const longest = 30 * 24 * 60;
const minutes = 2 * weekMinutes + longest;

/** Each two weeks hold a change of clocks in some of the zones. */
const starts = ["2026-03-01", "2026-03-22", "2026-04-01", "2026-10-20"].map((day) =>
  Date.parse(`${day}T00:00:00Z`),
);
const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Pacific/Auckland",
];
const everybody = ["ana", "ben", "cid", "dot"];
const ranks: Readonly<Record<string, number>> = { lead: 1, director: 2 };
const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

interface HoursSketch {
  zone: string;
  days: string[];
  from: string;
  to: string;
  except: string[];
}
interface GroupSketch {
  members: string[];
  hours: HoursSketch | null;
  schedule: {
    zone: string;
    rotate: "daily" | "weekly";
    start: string;
    handover: string;
    members: string[];
  } | null;
  always: boolean;
}
interface Sketch {
  start: number;
  groups: GroupSketch[];
  roles: Record<string, string | null>;
  asks: { to: string; count: number }[];
  exclude: string[];
  chain: { afterMinutes: number; to: string }[];
  timeoutMinutes: number;
  isPatient: boolean;
}

const clock = fc.constantFrom("00:00", "02:00", "02:30", "03:00", "09:00", "17:30", "22:00");
const member = fc.constantFrom(...everybody, "role:lead", "role:director");
const zone = fc.constantFrom(...zones);
const some = <Item>(item: fc.Arbitrary<Item>, most: number) =>
  fc.uniqueArray(item, { minLength: 1, maxLength: most });
const date = fc.constantFrom("2026-03-03", "2026-03-29", "2026-04-05", "2026-10-25");
const group: fc.Arbitrary<GroupSketch> = fc.record({
  members: some(member, 4),
  hours: fc.option(
    fc.record({
      zone,
      days: some(fc.constantFrom(...dayNames), 7),
      from: clock,
      to: clock,
      except: fc.uniqueArray(date, { maxLength: 2 }),
    }),
  ),
  schedule: fc.option(
    fc.record({
      zone,
      rotate: fc.constantFrom("daily" as const, "weekly" as const),
      start: fc.constantFrom("2026-01-05", "2026-03-25", "2026-10-22"),
      handover: clock,
      members: some(member, 3),
    }),
  ),
  always: fc.constant(false),
});
const last = fc
  .tuple(group, fc.boolean())
  .map(([one, always]): GroupSketch =>
    always ? { members: one.members, hours: null, schedule: null, always } : one,
  );
const asked = fc.constantFrom("group:g0", "group:g1", "role:lead", "role:director");
const sketch: fc.Arbitrary<Sketch> = fc.record({
  start: fc.constantFrom(...starts),
  groups: fc.tuple(group, group, group, last).map((list) => [...list]),
  roles: fc.record(
    Object.fromEntries(everybody.map((name) => [name, fc.constantFrom(null, "lead", "director")])),
  ),
  asks: fc
    .uniqueArray(asked, { minLength: 1, maxLength: 3 })
    .chain((names) =>
      fc.tuple(
        ...names.map((to) => fc.integer({ min: 1, max: 2 }).map((count) => ({ to, count }))),
      ),
    ),
  exclude: fc.uniqueArray(fc.constantFrom(...everybody), { maxLength: 1 }),
  chain: fc
    .array(fc.constantFrom("group:g2", "role:director", "person:dot"), { maxLength: 2 })
    .map((list) => list.map((to, index) => ({ to, afterMinutes: [15, 90][index] ?? 90 }))),
  timeoutMinutes: fc.constantFrom(1, 15, 60, 600, 3 * 24 * 60),
  isPatient: fc.boolean(),
});

/** Clocks of Berlin show 02:00 to 03:00 never in March and twice in October. */
const clockChanges = [
  { start: "2026-03-22", from: "02:30", to: "09:00" },
  { start: "2026-10-20", from: "22:00", to: "02:30" },
  { start: "2026-10-20", from: "02:30", to: "22:00" },
].map(({ start, from, to }): [Sketch] => {
  const hours = { zone: "Europe/Berlin", days: dayNames, from, to, except: [] };
  const open = { members: ["ana"], hours, schedule: null, always: false };
  return [
    {
      start: Date.parse(`${start}T00:00:00Z`),
      groups: [open, open, open],
      roles: {},
      asks: [{ to: "group:g0", count: 1 }],
      exclude: [],
      chain: [],
      timeoutMinutes: 1,
      isPatient: false,
    },
  ];
});

/** The first level has nobody at some hours: the second step then comes sooner. */
const leftAtOnce = ((): [Sketch] => {
  const hours = { zone: "UTC", days: ["sun"], except: [] };
  const ana = { members: ["ana"], schedule: null, always: false };
  const never = { ...ana, hours: null };
  return [
    {
      start: Date.parse("2026-03-01T00:00:00Z"),
      groups: [
        never,
        { ...ana, hours: { ...hours, from: "00:00", to: "00:00" } },
        { ...ana, hours: { ...hours, from: "22:00", to: "03:00" } },
        never,
      ],
      roles: { cid: "director" },
      asks: [
        { to: "role:director", count: 1 },
        { to: "group:g1", count: 1 },
      ],
      exclude: [],
      chain: [
        { to: "role:director", afterMinutes: 15 },
        { to: "group:g2", afterMinutes: 90 },
      ],
      timeoutMinutes: 600,
      isPatient: false,
    },
  ];
})();

describe("the proof that a hold can be answered", () => {
  test("agrees with a simulation for every minute of two weeks", () => {
    fc.assert(
      fc.property(sketch, (one) => {
        const { book, hold } = asProved(one);
        const stretches = proveHold(book, hold, everybody.length);
        const wanted = simulate(one);
        let place = 0;
        for (let minute = 0; minute < 2 * weekMinutes; minute += 1) {
          const at = one.start + minute * minuteMs;
          while ((stretches[place]?.untilAt ?? Infinity) <= at) place += 1;
          if (stretches[place]?.spare === wanted[minute]) continue;
          expect({ at: new Date(at).toISOString(), spare: stretches[place]?.spare }).toEqual({
            at: new Date(at).toISOString(),
            spare: wanted[minute],
          });
        }
      }),
      { numRuns: runs, examples: [...clockChanges, leftAtOnce] },
    );
  });

  test("leaves no minute unreported at which nobody can answer", () => {
    fc.assert(
      fc.property(sketch, (one) => {
        // First, because it may lower the counts of the sketch to what a file can ask.
        const policy = policyOf(one);
        const wanted = simulate(one);
        const codes = checkPolicy(policy, undefined, { now: one.start, people: peopleOf(one) })
          .map(({ code }) => code)
          .filter((code) => code === "cannot_be_met" || code === "hold_unattended");

        if (wanted.some((spare) => spare < 0)) expect(codes).toHaveLength(1);
        const isAlone = one.chain.length === 0 && one.groups.every(({ always }) => !always);
        if (codes.includes("cannot_be_met") && isAlone) {
          expect(wanted.every((spare) => spare < 0)).toBe(true);
        }
      }),
      { numRuns: Math.ceil(runs / 2) },
    );
  });
});

function policyOf(one: Sketch): Policy {
  const file = {
    version: "v1",
    roles: ranks,
    groups: Object.fromEntries(
      one.groups.map(({ members, hours, schedule, always }, index) => [
        `g${index}`,
        {
          members,
          always,
          ...(hours === null ? {} : { hours }),
          ...(schedule === null ? {} : { schedule: `s${index}` }),
        },
      ]),
    ),
    schedules: Object.fromEntries(
      one.groups.flatMap(({ schedule }, index) =>
        schedule === null ? [] : [[`s${index}`, schedule]],
      ),
    ),
    rules: [
      {
        id: "held",
        decision: "require_approval",
        reason: "so",
        approvals: one.asks.map(({ to, count }) => {
          const [kind = "", name = ""] = to.split(":");
          return { [kind]: name, count };
        }),
        exclude: one.exclude.map((name) => `person:${name}`),
        escalate: one.chain.map(({ to, afterMinutes }) => ({ to, after: `${afterMinutes}m` })),
        timeout: `${one.timeoutMinutes}m`,
        on_timeout: one.isPatient ? "escalate" : "block",
      },
    ],
  };
  // A count above the members of a group does not load, and this is about what does.
  for (const ask of file.rules[0]?.approvals ?? []) {
    const members = one.groups[Number(String(ask["group"]).slice(1))]?.members;
    const isClosed = members !== undefined && members.every((name) => !name.startsWith("role:"));
    if (isClosed) ask.count = Math.min(Number(ask.count), members.length);
  }
  for (const [index, ask] of (file.rules[0]?.approvals ?? []).entries()) {
    const sketched = one.asks[index];
    if (sketched !== undefined) sketched.count = Number(ask.count);
  }
  const loaded = loadPolicy(JSON.stringify(file));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return loaded.policy;
}

function peopleOf(one: Sketch): { id: string; email: null; roles: string[] }[] {
  return everybody.map((id) => {
    const role = one.roles[id];
    return { id, email: null, roles: role === null || role === undefined ? [] : [role] };
  });
}

function asProved(one: Sketch): { book: DutyBook; hold: Hold } {
  const policy = policyOf(one);
  const roster = new Roster(policy, peopleOf(one));
  const span = { fromAt: one.start, untilAt: one.start + minutes * minuteMs };
  const hold: Hold = {
    asks: one.asks.map(({ to, count }) => ({ target: targetOf(to), count })),
    chain: one.chain.map(({ to, afterMinutes }) => {
      return { target: targetOf(to), afterMs: afterMinutes * minuteMs };
    }),
    excluded: new Set(one.exclude),
    timeoutMs: one.timeoutMinutes * minuteMs,
    onTimeout: one.isPatient ? "escalate" : "end",
    begins: null,
  };
  return { book: new DutyBook(roster, new Zones(span), policy), hold };
}

/** For each minute: how many may be missing, whoever they are; -1 when all together are too few. */
function simulate(one: Sketch): number[] {
  const duties = new Map<string, Int32Array[]>();
  const countsOf = (to: string): Int32Array[] => {
    const made = duties.get(to) ?? everybody.map((person) => minutesOnDuty(one, to, person));
    duties.set(to, made);
    return made;
  };
  const present = (to: string, from: number, until: number): string[] =>
    everybody.filter((_, index) => {
      const counts = countsOf(to)[index];
      return until > from && (counts?.[until] ?? 0) > (counts?.[from] ?? 0);
    });
  const known = new Map<string, number>();
  const opened = new Map<string, Int32Array | null>();
  const openTogether = (level: readonly string[]): Int32Array | null => {
    const key = level.join(" ");
    if (!opened.has(key)) opened.set(key, openMinutes(one, level));
    return opened.get(key) ?? null;
  };
  const allowed = (names: string[]): string[] =>
    names.filter((name) => !one.exclude.includes(name));
  const isThere = (to: string, minute: number): boolean =>
    allowed(present(to, minute, minute + 1)).length > 0;
  return Array.from({ length: 2 * weekMinutes }, (_, minute) => {
    const { joins, end } = follow(one, minute, { isThere, openTogether });
    const more = joins.flatMap(({ to, from }) => allowed(present(to, from, end)));
    const places = one.asks.flatMap(({ to, count }) => {
      const people = [...new Set([...allowed(present(to, minute, end)), ...more])].sort();
      return Array.from({ length: count }, () => people);
    });
    const key = JSON.stringify(places);
    const spare = known.get(key) ?? spareIn(places);
    known.set(key, spare);
    return spare;
  });
}

interface World {
  isThere: (to: string, minute: number) => boolean;
  /** How many minutes were open before each for one of these; null when one keeps no hours. */
  openTogether: (level: readonly string[]) => Int32Array | null;
}

/** One hold, step by step: who joins when, and when it ends. */
function follow(
  one: Sketch,
  start: number,
  { isThere, openTogether }: World,
): { joins: { to: string; from: number }[]; end: number } {
  const joins: { to: string; from: number }[] = [];
  const asked = [...one.asks.map(({ to }) => to), ...one.chain.map(({ to }) => to)];
  // `after` counts on through the chain, also where a level was left at once.
  const steps = one.chain.map(({ to, afterMinutes }, index) => {
    return { to, after: afterMinutes - (one.chain[index - 1]?.afterMinutes ?? 0) };
  });
  const always = one.groups
    .map((each, index) => ({ ...each, to: `group:g${index}` }))
    .filter((each) => each.always && !asked.includes(each.to))
    .map(({ to }) => to);
  let level = one.asks.map(({ to }) => to);
  let now = start;
  const later = (from: number, wait: number): number => {
    const counts = openTogether(level);
    if (counts === null) return from + wait;
    const target = (counts[from] ?? 0) + wait;
    let [low, high] = [from, minutes + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((counts[middle] ?? Infinity) >= target) high = middle;
      else low = middle + 1;
    }
    return low > minutes ? Infinity : low;
  };
  const widen = (): void => {
    for (;;) {
      const to = steps.shift()?.to ?? always.shift();
      if (to === undefined) return;
      joins.push({ to, from: now });
      level = [to];
      if (isThere(to, now)) return;
    }
  };
  const ends = (from: number): number => Math.min(later(from, one.timeoutMinutes), start + longest);
  let end = ends(start);
  if (!level.every((to) => isThere(to, start))) widen();
  for (;;) {
    const [step] = steps;
    const due = step === undefined ? Infinity : later(now, step.after);
    if (due < end) {
      now = due;
      widen();
    } else if (one.isPatient && steps.length + always.length > 0 && ends(end) > end) {
      now = end;
      end = ends(end);
      widen();
    } else return { joins, end };
  }
}

function openMinutes(one: Sketch, level: readonly string[]): Int32Array | null {
  const hours = level.map((to) =>
    to.startsWith("group:")
      ? (one.groups[Number(to.slice("group:g".length))]?.hours ?? null)
      : null,
  );
  const kept = hours.filter((each) => each !== null);
  if (kept.length < hours.length) return null;
  const counts = new Int32Array(minutes + 1);
  for (let minute = 0; minute < minutes; minute += 1) {
    const isOne = kept.some((each) => isOpen(each, one.start, minute));
    counts[minute + 1] = (counts[minute] ?? 0) + (isOne ? 1 : 0);
  }
  return counts;
}

/** How many minutes the person was on duty before each minute. */
function minutesOnDuty(one: Sketch, to: string, person: string): Int32Array {
  const counts = new Int32Array(minutes + 1);
  for (let minute = 0; minute < minutes; minute += 1) {
    counts[minute + 1] = (counts[minute] ?? 0) + (isOnDuty(one, to, person, minute) ? 1 : 0);
  }
  return counts;
}

function isOnDuty(one: Sketch, to: string, person: string, minute: number): boolean {
  const [kind = "", name = ""] = to.split(":");
  if (kind === "person") return name === person;
  if (kind === "role") return isIn(one, [to], person);
  const found = one.groups[Number(name.slice(1))];
  if (found === undefined || !isIn(one, found.members, person)) return false;
  const { hours, schedule } = found;
  if (hours !== null && !isOpen(hours, one.start, minute)) return false;
  if (schedule === null) return true;
  const wall = wallAt(schedule.zone, one.start, minute);
  const isBefore = wall.clock < schedule.handover;
  const days =
    wall.days - (isBefore ? 1 : 0) - Date.parse(`${schedule.start}T00:00:00Z`) / 86_400_000;
  if (days < 0) return false;
  const turn = Math.floor(days / (schedule.rotate === "weekly" ? 7 : 1));
  return isIn(one, [schedule.members[turn % schedule.members.length] ?? ""], person);
}

function isIn(one: Sketch, members: readonly string[], person: string): boolean {
  const held = ranks[one.roles[person] ?? ""] ?? 0;
  return members.some((entry) =>
    entry.startsWith("role:") ? held >= (ranks[entry.slice(5)] ?? Infinity) : entry === person,
  );
}

function isOpen(
  { zone: name, days, from, to, except }: HoursSketch,
  start: number,
  minute: number,
): boolean {
  const { clock: now, weekday, days: date } = wallAt(name, start, minute);
  const isDay = (back: number): boolean => {
    const isFree = except.some((each) => Date.parse(each) === (date - back) * 86_400_000);
    return !isFree && days.includes(dayNames[(weekday - back + 7) % 7] ?? "");
  };
  if (from < to) return isDay(0) && now >= from && now < to;
  return (isDay(0) && now >= from) || (isDay(1) && now < to);
}

interface Wall {
  clock: string;
  weekday: number;
  /** Local date as days since 1970. */
  days: number;
}

const walls = new Map<string, Wall[]>();

function wallAt(name: string, start: number, minute: number): Wall {
  const key = `${name} ${start}`;
  let list = walls.get(key);
  if (list === undefined) {
    list = Array.from({ length: minutes }, (_, index) => {
      const wall = wallTime(start + index * minuteMs, name);
      const two = (number: number): string => String(number).padStart(2, "0");
      const days = Date.UTC(wall.year, wall.month - 1, wall.day) / 86_400_000;
      return { clock: `${two(wall.hour)}:${two(wall.minute)}`, weekday: wall.weekday, days };
    });
    walls.set(key, list);
  }
  return list[minute] ?? { clock: "", weekday: 0, days: 0 };
}

/** Takes every set of people away, smallest first, until the places cannot be filled. */
function spareIn(places: readonly string[][]): number {
  for (let gone = 0; gone <= everybody.length; gone += 1) {
    for (let set = 0; set < 1 << everybody.length; set += 1) {
      const taken = everybody.filter((_, index) => (set >> index) % 2 === 1);
      if (taken.length === gone && !canFill(places, taken)) return gone - 1;
    }
  }
  return everybody.length;
}

/** Tries every way to give each place a person of its own. */
function canFill(places: readonly string[][], used: readonly string[]): boolean {
  const [first, ...rest] = places;
  if (first === undefined) return true;
  return first.some((person) => !used.includes(person) && canFill(rest, [...used, person]));
}
