// Finds holds that people cannot answer: never, at some hour, or when the agent is one of their own.

import { spanText, untilText, whenText } from "./check-words.ts";
import type { CalendarTimes } from "./check-calendars.ts";
import { timesOf } from "./check-calendars.ts";
import type { Check, PlacedRule } from "./check-report.ts";
import { type Exclusion, isHold } from "../policy/decision.ts";
import type { Rule } from "../policy/policy.ts";
import { type Hold, poolsAt, proofSize, proveHold, type Stretch } from "./proof.ts";
import { type Seats, spareOf } from "./proof-seats.ts";
import { nobody, Roster, type Target, targetOf, without } from "./roster.ts";
import { DutyBook } from "./roster-duty.ts";
import { dayMs, type Zones } from "./roster-zone.ts";
import type { Instant } from "../base/clock.ts";

/**
 * SPEC: every hold ends, because each has a timeout that blocks. What is proved is that it can end
 * by people (`docs/reference/policy-findings.md` says it in full).
 */
export function checkHolds(
  check: Check,
  zones: Zones,
  calendars: ReadonlyMap<string, CalendarTimes>,
): void {
  const { policy, now } = check;
  const roster = new Roster(policy, check.people);
  const book = now === null ? null : new DutyBook(roster, zones, policy);
  const desk: Desk = { check, roster, book, calendars, proofs: new Map(), left: LOOKS_MAX };
  const unknown = new Map<string, { target: Target; rules: PlacedRule[] }>();
  const unproved: PlacedRule[] = [];
  for (const placed of check.rules) {
    if (!isHold(placed.rule.decision)) continue;
    const hold = holdOf(desk, placed.rule);
    for (const { target } of hold.asks) {
      if (!roster.everyone(target).isOpen) continue;
      const key = `${target.kind}:${target.name}`;
      const entry = unknown.get(key) ?? { target, rules: [] };
      entry.rules.push(placed);
      unknown.set(key, entry);
    }
    if (reportUnmeetable(desk, placed, hold)) continue;
    const stretches = provedStretches(desk, placed.rule, hold);
    if (stretches === "too_many") unproved.push(placed);
    else reportGaps(desk, placed, hold, stretches);
  }
  reportUnknown(check, unknown);
  reportUnproved(check, unproved);
}

/** What the proofs of one policy share. */
interface Desk {
  readonly check: Check;
  readonly roster: Roster;
  /** Null when the time is not known; then hours and rotations are not looked at. */
  readonly book: DutyBook | null;
  readonly calendars: ReadonlyMap<string, CalendarTimes>;
  /** Rules that ask the same people in the same way have one proof. */
  readonly proofs: Map<string, readonly Stretch[]>;
  /** Looks at who is on duty that may still be taken. */
  left: number;
}

function holdOf({ check, roster, calendars }: Desk, rule: Rule): Hold {
  const asks =
    rule.approvals.length === 0
      ? [{ target: { kind: "any", name: "" } as const, count: 1 }]
      : rule.approvals.map(({ kind, name, count }) => ({ target: { kind, name }, count }));
  const named = rule.exclude.filter((word) => word.startsWith("person:"));
  return {
    asks,
    chain: rule.escalate.map(({ to, afterMs }) => ({ target: targetOf(to), afterMs })),
    excluded: new Set(named.map((word) => roster.personOf(word.slice("person:".length)))),
    timeoutMs: rule.timeoutMs ?? check.policy.defaults.timeoutMs,
    onTimeout:
      (rule.onTimeout ?? check.policy.defaults.onTimeout) === "escalate" ? "escalate" : "end",
    begins: timesOf(rule.match, calendars),
  };
}

/** INVARIANT: a hold that nobody can approve, whoever is on duty, is an error. */
function reportUnmeetable({ check, roster }: Desk, { rule, path }: PlacedRule, hold: Hold) {
  const seats = hold.asks.map(({ target, count }): Seats => {
    return { pool: without(roster.everyone(target), hold.excluded), count };
  });
  if (spareOf(seats, nobody, 0) >= 0) return false;
  const short = seats.findIndex(({ pool, count }) => !pool.isOpen && pool.people.size < count);
  const ask = hold.asks[short];
  check.report({
    severity: "error",
    code: "cannot_be_met",
    path: ask === undefined ? `${path}/approvals` : `${path}/approvals/${short}`,
    message:
      ask === undefined
        ? `rule \`${rule.id}\` asks more people than its groups have together: each counts once`
        : `${nameOf(ask.target)} has ${seats[short]?.pool.people.size ?? 0} who may review, ` +
          `${ask.count} ${ask.count === 1 ? "is" : "are"} asked`,
    help: "add members, ask fewer people, or exclude nobody of them",
  });
  return true;
}

function provedStretches(desk: Desk, rule: Rule, hold: Hold): readonly Stretch[] | "too_many" {
  const { book } = desk;
  if (book === null) return [];
  const most = mostSpare(hold);
  const key = JSON.stringify([
    hold.asks,
    hold.chain,
    [...hold.excluded].sort(),
    hold.timeoutMs,
    hold.onTimeout,
    most,
    rule.match.during,
    rule.match.outside,
  ]);
  const known = desk.proofs.get(key);
  if (known !== undefined) return known;
  if (book.changesMade > LOOKS_MAX) return "too_many";
  const size = proofSize(book, hold);
  if (size > desk.left) return "too_many";
  desk.left -= size;
  const made = proveHold(book, hold, most);
  desk.proofs.set(key, made);
  return made;
}

function reportGaps(
  desk: Desk,
  placed: PlacedRule,
  hold: Hold,
  stretches: readonly Stretch[],
): void {
  const taken = takenBy(placed.rule.exclude, hold);
  const least = stretches.reduce((low, { spare }) => Math.min(low, spare), mostSpare(hold));
  if (least < 0 || least < taken.count) {
    const needed = least < 0 ? 0 : taken.count;
    reportGap(desk, placed, hold, { stretches, needed, words: taken.words });
  } else if (taken.count === 0 && least < 1) {
    reportOwn(desk, placed, hold, stretches);
  }
  if (least >= 0) reportWait(desk, placed, hold, stretches);
}

interface Shortage {
  readonly stretches: readonly Stretch[];
  /** People who have to be to spare. */
  readonly needed: number;
  readonly words: string;
}

function reportGap(desk: Desk, { rule, path }: PlacedRule, hold: Hold, shortage: Shortage): void {
  const { check, book } = desk;
  const { stretches, needed, words } = shortage;
  const gap = firstGap(stretches, ({ spare }) => spare < needed);
  if (book === null || gap === null) return;
  const isEver = stretches.some(({ spare }) => spare >= needed);
  const { text, zone } = missingText(book, hold, gap.fromAt, { needed, words });
  const when = isEver
    ? `${whenText(book.zones.of(zone), gap.fromAt)} ${zone}`
    : "at every hour of the week";
  const until = isEver ? ` (${untilText(book.zones.of(zone), gap)})` : "";
  const reach =
    hold.chain.length === 0
      ? "nothing escalates"
      : `no escalation reaches ${text.startsWith("nobody") ? "anyone" : "enough people"}`;
  const isNever = !isEver && needed === 0;
  check.report({
    severity: isNever ? "error" : "warning",
    code: isNever ? "cannot_be_met" : "hold_unattended",
    path: `${path}${rule.approvals.length === 0 ? "" : "/approvals"}`,
    message: `rule \`${rule.id}\`: ${when} ${text} and ${reach}${until}`,
    help:
      `such a hold ends unanswered at its timeout of ${spanText(hold.timeoutMs)}` +
      `${isEver ? weeksText(stretches, needed) : ""}; add hours, members, ` +
      "a longer `timeout`, or an `escalate` that reaches people",
  });
}

/** Who is short, as a clause; the zone is that of the group that is named. */
function missingText(
  book: DutyBook,
  hold: Hold,
  at: Instant,
  { needed, words }: { readonly needed: number; readonly words: string },
): { text: string; zone: string } {
  const seats = poolsAt(book, hold, at);
  const short = seats.findIndex(
    ({ pool, count }) => !pool.isOpen && pool.people.size < count + needed,
  );
  const ask = hold.asks[short];
  const taken = needed === 0 ? "" : ` and \`exclude\` may take ${needed} of them (${words}),`;
  if (ask === undefined) {
    const zones = hold.asks.map(({ target }) => book.zoneOf(target));
    const zone = zones.find((one) => one !== "UTC") ?? "UTC";
    return { text: `fewer people are on duty than are asked together${taken}`, zone };
  }
  const there = seats[short]?.pool.people.size ?? 0;
  const who = `${nameOf(ask.target)}${there > 0 && hold.chain.length > 0 ? " and its escalation" : ""}`;
  const zone = book.zoneOf(ask.target);
  if (there === 0) return { text: `nobody of ${who} is on duty`, zone };
  const asked = `where ${ask.count} ${ask.count === 1 ? "is" : "are"} asked`;
  const on = there === 1 ? "only 1 is on duty" : `${there} are on duty`;
  return { text: `of ${who} ${on} ${asked}${taken}`, zone };
}

/** The first stretch of beginnings that are bad after one that is not, as long as they go on. */
function firstGap(
  stretches: readonly Stretch[],
  isBad: (stretch: Stretch) => boolean,
): { fromAt: number; untilAt: number } | null {
  const good = stretches.findIndex((one) => !isBad(one));
  const bad = stretches.findIndex((one, index) => isBad(one) && index > good);
  const start = bad < 0 ? stretches.findIndex(isBad) : bad;
  const first = stretches[start];
  if (first === undefined) return null;
  let { untilAt } = first;
  for (const stretch of stretches.slice(start + 1)) {
    if (!isBad(stretch) || stretch.fromAt !== untilAt) break;
    ({ untilAt } = stretch);
  }
  return { fromAt: first.fromAt, untilAt };
}

/** A hold that people can answer, and that nobody is told of at first. */
function reportWait(
  { check, book }: Desk,
  { rule, path }: PlacedRule,
  hold: Hold,
  stretches: readonly Stretch[],
): void {
  const gap = firstGap(stretches, ({ isWaiting }) => isWaiting);
  if (book === null || gap === null) return;
  const target = hold.asks.find(({ target: one }) => {
    const pool = book.poolAt(book.dutyOf(one), gap.fromAt);
    return !pool.isOpen && without(pool, hold.excluded).people.size === 0;
  })?.target;
  if (target === undefined) return;
  const zone = book.zoneOf(target);
  check.report({
    severity: "note",
    code: "hold_waits",
    path: `${path}/approvals`,
    message:
      `rule \`${rule.id}\`: ${whenText(book.zones.of(zone), gap.fromAt)} ${zone} nobody of ` +
      `${nameOf(target)} is on duty, and the hold waits (${untilText(book.zones.of(zone), gap)})`,
    help: "add an `escalate`, or a group with `always: true`, if that is too late",
  });
}

function weeksText(stretches: readonly Stretch[], needed: number): string {
  const start = stretches[0]?.fromAt ?? 0;
  const weeks = new Set<number>();
  for (const { fromAt, untilAt, spare } of stretches) {
    if (spare >= needed) continue;
    const last = Math.floor((untilAt - 1 - start) / (7 * dayMs));
    for (let week = Math.floor((fromAt - start) / (7 * dayMs)); week <= last; week += 1) {
      weeks.add(Math.min(week, WEEKS - 1));
    }
  }
  return `, in ${weeks.size} of the next ${WEEKS} weeks`;
}

/** Requester, agent's owner and the person acted for never review, whether a rule says so or not. */
function reportOwn(
  { check }: Desk,
  { rule, path }: PlacedRule,
  hold: Hold,
  stretches: readonly Stretch[],
): void {
  const isAlways = stretches.every(({ spare }) => spare < 1);
  const who = hold.asks.map(({ target }) => nameOf(target)).join(" and ");
  check.report({
    severity: "note",
    code: "reviewer_may_be_missing",
    path: `${path}${rule.approvals.length === 0 ? "" : "/approvals"}`,
    message:
      `rule \`${rule.id}\`: ${isAlways ? "" : "at some hours "}${who} ${hold.asks.length > 1 ? "have" : "has"} ` +
      "nobody to spare, and the owner of an agent never reviews what it does",
    help: "add a member, or an `escalate`, if one of them may own an agent",
  });
}

/**
 * How many people the words of `exclude` may take away, in the worst case. Of those who approved
 * together last time one may approve again, so that where several are asked the others are lost.
 */
function takenBy(exclude: readonly Exclusion[], hold: Hold): { count: number; words: string } {
  const words = exclude
    .filter((word) => !word.startsWith("person:"))
    .filter((word) => word !== "last_pair" || placesOf(hold) > 1);
  const count = words.reduce(
    (sum, word) => sum + (word === "last_pair" ? placesOf(hold) - 1 : 1),
    0,
  );
  return { count, words: words.join(", ") };
}

function placesOf({ asks }: Hold): number {
  return asks.reduce((sum, { count }) => sum + count, 0);
}

/** Three words take one person each, `last_pair` all places but one. */
function mostSpare(hold: Hold): number {
  return 2 + placesOf(hold);
}

function reportUnknown(
  { report }: Check,
  unknown: ReadonlyMap<string, { target: Target; rules: readonly PlacedRule[] }>,
): void {
  for (const { target, rules } of unknown.values()) {
    const [first] = rules;
    if (first === undefined) continue;
    const others = rules.length === 1 ? "" : ` and ${rules.length - 1} more`;
    report({
      severity: "note",
      code: "roster_unknown",
      path: `${first.path}${first.rule.approvals.length === 0 ? "" : "/approvals"}`,
      message:
        `not known from the file: who ${target.kind === "any" ? "may review" : `stands behind ${nameOf(target)}`}; ` +
        `that rule \`${first.rule.id}\`${others} can be met is not proved`,
      help: "see to it that enough people can, or name people in a group",
    });
  }
}

function reportUnproved({ report }: Check, rules: readonly PlacedRule[]): void {
  const [first] = rules;
  if (first === undefined) return;
  report({
    severity: "note",
    code: "check_limited",
    path: first.path,
    message: `hours of duty were not proved for ${rules.length} rules, from \`${first.rule.id}\` on`,
    help: "let rules share their approvals, exclusions, escalation and timeout",
  });
}

function nameOf({ kind, name }: Target): string {
  return kind === "any" ? "those who may review" : `${kind} \`${name}\``;
}

const WEEKS = 52;
/** Looks at who is on duty, for one policy; about two seconds of work. */
const LOOKS_MAX = 2_000_000;
