// What must hold at every step of a hold and its clocks: written a second time, from what was truly done.

import type { Change } from "@holdpoint/core/job/change";
import type { Job } from "@holdpoint/core/job/job";
import { delegationEndsAt, folk, type Name, spans } from "./hold-sample.ts";
import type { Deeds, HoldStep, HoldWorld } from "./hold-steps.ts";

export interface TakenHold {
  readonly before: HoldWorld;
  readonly step: HoldStep;
  readonly after: HoldWorld;
  /** Null when the step was refused, changed nothing, or only time went on. */
  readonly change: Change | null;
}

type Rule = (taken: TakenHold) => boolean;

/** Every rule that this step broke, by name. */
export function holdFaultsOf(taken: TakenHold): readonly string[] {
  const rules = { ...silence, ...levels, ...people, ...card, ...record };
  return Object.entries(rules).flatMap(([name, holds]) => (holds(taken) ? [] : [name]));
}

const isReleased = ({ before, after }: TakenHold): boolean =>
  before.file.job.state === "APPROVAL" && after.file.job.state === "APPROVED";
const kindOf = ({ step }: TakenHold): string => step.command?.kind ?? "";
const ruleOf = ({ before }: TakenHold): string => before.file.job.decision.ruleId ?? "";
/** When a hold ends by itself: a veto window is not cut short. */
function endOf(rule: string, { endsAt, firstToldAt }: Deeds): number {
  const window = rule === "veto" && firstToldAt !== null ? firstToldAt + spans.window : 0;
  return Math.max(endsAt, window);
}

const silence: Readonly<Record<string, Rule>> = {
  "silence releases only what people were told of, and may": (taken) => {
    if (!isReleased(taken) || kindOf(taken) !== "tick") return true;
    const { before, step } = taken;
    const { deeds } = before;
    const isRejected = [...deeds.votes.values()].some(({ kind }) => kind === "reject");
    if (isRejected || step.ruling !== "same") return false;
    if (ruleOf(taken) === "veto") {
      return deeds.firstToldAt !== null && step.now >= deeds.firstToldAt + spans.window;
    }
    return ruleOf(taken) === "quiet" && deeds.toldAt !== null && step.now >= deeds.endsAt;
  },
  "a hold ends when its time is up, and not before": (taken) => {
    const { before, step, after } = taken;
    const ends = endOf(ruleOf(taken), before.deeds);
    const isEnded = before.file.job.state === "APPROVAL" && after.file.job.state === "EXPIRED";
    // A window that policy does not let go ends the hold with it.
    const window = (before.deeds.firstToldAt ?? Infinity) + spans.window;
    const isWindow = ruleOf(taken) === "veto" && step.now >= window;
    return !isEnded || step.now >= ends || isWindow;
  },
  "people release nothing when the time is up": (taken) => {
    if (!isReleased(taken) || !["review", "override"].includes(kindOf(taken))) return true;
    return taken.step.now < endOf(ruleOf(taken), taken.before.deeds);
  },
  "each firing takes a timer away": ({ before, step, after, change }) => {
    if (step.command?.kind !== "tick" || change === null) return true;
    if (after.file.job.state !== "APPROVAL") return true;
    const due = (world: HoldWorld): number =>
      (world.file.job.watch?.timers ?? []).filter(({ dueAt }) => dueAt <= step.now).length;
    return due(after) < due(before) || after.file.job.round > before.file.job.round;
  },
  "what is due fires": ({ before, step, change }) => {
    const { dueAt, state } = before.file.job;
    const isDue = state === "APPROVAL" && dueAt !== null && dueAt <= step.now;
    return step.command?.kind !== "tick" || (change !== null) === isDue;
  },
};

const levels: Readonly<Record<string, Rule>> = {
  "a hold widens by its chain, when its clock says so or nobody can be told": (taken) => {
    const { before, step, after } = taken;
    const { deeds } = before;
    const [was, is] = [before.file.job.watch, after.file.job.watch];
    if (was == null || is == null || is.level <= was.level) return true;
    const isNext = is.level === 1 && was.level === 0 && is.widened.join() === "role:B";
    if (!isNext || !["chain", "two"].includes(ruleOf(taken))) return false;
    if (kindOf(taken) === "unreachable") return deeds.toldAt === null;
    if (kindOf(taken) !== "tick") return false;
    const isUntold = deeds.toldAt === null && step.now >= deeds.levelAt + spans.delivery;
    const isTime = deeds.toldAt !== null && step.now >= deeds.toldAt + spans.escalate;
    const isOver = ruleOf(taken) === "two" && step.now >= deeds.endsAt;
    return isUntold || isTime || isOver;
  },
  "nobody who was asked is asked no more, while the question stands": ({ before, after }) => {
    const [was, is] = [before.file.job, after.file.job];
    if (is.state !== "APPROVAL" || is.round !== was.round) return true;
    const wide = was.watch?.widened ?? [];
    return wide.every((one) => is.watch?.widened.includes(one) === true);
  },
  "what a level waits for is what was told": ({ after }) => {
    const { watch, state } = after.file.job;
    return state !== "APPROVAL" || (watch?.proof == null) === (after.deeds.toldAt === null);
  },
  "clocks and claims change no vote and no question": ({ before, step, after }) => {
    const kinds = ["claim", "release", "assign", "proved", "unreachable", "tick"];
    if (!kinds.includes(step.command?.kind ?? "")) return true;
    const [was, is] = [before.file, after.file];
    if (was.reviews !== is.reviews) return false;
    const isReturned = is.job.state === "APPROVAL" && is.job.round > was.job.round;
    return isReturned ? step.command?.kind === "tick" : is.job.jobHash === was.job.jobHash;
  },
};

/** In whose place a vote counts, and whether that person is asked. */
function seatOf(job: Job, by: Name, at: number): Name | null {
  const isWide = job.watch?.widened.includes("role:B") === true;
  const asked = job.decision.ruleId === "other" ? ["B"] : isWide ? ["A", "B"] : ["A"];
  const fits = (who: Name): boolean => folk[who].roles.some((role) => asked.includes(role));
  if (by === "own") return null;
  if (fits(by)) return by;
  return by === "del" && at < delegationEndsAt && fits("ann") ? "ann" : null;
}

function seats({ file, deeds }: HoldWorld, kind: string): ReadonlySet<Name> {
  const taken = new Map<Name, string>();
  for (const [by, vote] of deeds.votes) {
    const seat = seatOf(file.job, by, vote.at);
    if (seat !== null && (seat === by || !deeds.votes.has(seat))) taken.set(seat, vote.kind);
  }
  return new Set([...taken].filter(([, one]) => one === kind).map(([seat]) => seat));
}

const wanted: Readonly<Record<string, number>> = { two: 2, other: 2 };

const people: Readonly<Record<string, Rule>> = {
  "nobody acts on a hold who may not": ({ before, step, change }) => {
    if (change === null || step.by === null || change.answer !== null) return true;
    if (step.command?.kind === "override") return isNamed(step.by);
    // Whoever has a card may give it back, even when another rule asks by now.
    if (step.command?.kind === "release") return before.deeds.claim?.by === step.by;
    return seatOf(before.file.job, step.by, step.now) !== null;
  },
  "people release with as many as were asked, each counted once": (taken) => {
    if (!isReleased(taken) || kindOf(taken) !== "review") return true;
    const { after, step } = taken;
    const world = { ...after, file: { ...after.file, job: taken.before.file.job } };
    const isMany = seats(world, "approve").size >= (wanted[ruleOf(taken)] ?? 1);
    return isMany && seats(world, "reject").size === 0 && step.ruling === "same";
  },
  "whoever is asked in time can release": (taken) => {
    const { before, after, change } = taken;
    const isVote = kindOf(taken) === "review" && change?.review != null;
    if (!isVote || after.file.job.state !== "APPROVAL") return true;
    return seats(after, "approve").size < (wanted[ruleOf(taken)] ?? 1) || before === after;
  },
  "an override is of enough named people, of what may be overridden": (taken) => {
    if (!isReleased(taken) || kindOf(taken) !== "override") return true;
    const { after, step } = taken;
    const { command } = step;
    if (command?.kind !== "override" || step.ruling !== "same") return false;
    const named = [...after.deeds.overrides].filter(isNamed);
    return ruleOf(taken) === "chain" && named.length >= command.needed;
  },
  "an override leaves its review on the record": (taken) => {
    if (kindOf(taken) !== "override" || taken.change?.review == null) return true;
    const types = taken.change.facts.map(({ type }) => type).join();
    const whole = "override.submitted,job.approved,governance.opened";
    return types === (isReleased(taken) ? whole : "override.submitted");
  },
  "a stricter policy wins": (taken) => {
    const { step, after, change } = taken;
    if (change === null || step.ruling === null || step.ruling === "same") return true;
    return kindOf(taken) === "review" && change.review !== null
      ? false
      : after.file.job.state !== "APPROVED";
  },
};

function isNamed(by: Name): boolean {
  return by !== "own" && folk[by].roles.includes("E");
}

const card: Readonly<Record<string, Rule>> = {
  "a card is with whoever took it or was given it": ({ after }) => {
    const claim = after.file.job.watch?.claim ?? null;
    return (claim?.person ?? null) === (after.deeds.claim?.by ?? null);
  },
  "a card is taken from nobody before its silence": ({ before, step, after }) => {
    const was = before.deeds.claim;
    const is = after.file.job.watch?.claim ?? null;
    if (was === null || after.file.job.state !== "APPROVAL" || is?.person === was.by) return true;
    if (step.command?.kind === "tick") return step.now >= was.at + spans.silence;
    return step.by === was.by;
  },
  "a card is with somebody who may review": ({ before, after, step }) => {
    const is = after.file.job.watch?.claim?.person;
    if (is === undefined || is === before.file.job.watch?.claim?.person) return true;
    return seatOf(before.file.job, is as Name, step.now) !== null;
  },
};

const ownFacts: Readonly<Record<string, string>> = {
  claim: "hold.claimed",
  release: "hold.released",
  assign: "hold.assigned",
  proved: "hold.notified",
};

const record: Readonly<Record<string, Rule>> = {
  "the clocks of a hold are in order, and its next is due first": ({ after }) => {
    const { watch, dueAt, state } = after.file.job;
    const timers = watch?.timers ?? [];
    if (state !== "APPROVAL") return timers.length === 0;
    const isSorted = timers.every(({ dueAt: at }, i) => at >= (timers[i - 1]?.dueAt ?? 0));
    return isSorted && timers[0]?.dueAt === dueAt && timers.some(({ kind }) => kind === "timeout");
  },
  "the revision grows by one with each change": ({ before, after, change }) =>
    after.file.job.revision === before.file.job.revision + (change === null ? 0 : 1),
  "every change names what it was": (taken) => {
    const { change, before, after } = taken;
    if (change === null) return true;
    const own = ownFacts[kindOf(taken)];
    const types = change.facts.map(({ type }) => type as string);
    if (own !== undefined) return types.join() === own;
    const wider = (after.file.job.watch?.level ?? 0) > (before.file.job.watch?.level ?? 0);
    if (wider && !types.includes("hold.escalated")) return false;
    const ends: Readonly<Record<string, string>> = {
      APPROVED: "job.approved",
      REJECTED: "job.rejected",
      EXPIRED: "job.expired",
    };
    const end = ends[after.file.job.state];
    return end === undefined || types.includes(end);
  },
  "what a clock did says how late it was": ({ step, change }) =>
    step.command?.kind !== "tick" ||
    (change?.facts ?? []).every(
      ({ type, payload }) => type === "job.returned" || typeof payload["lateness_ms"] === "number",
    ),
  "a decided hold changes no more": ({ before, change }) =>
    before.file.job.state === "APPROVAL" || change === null || before.file.job.state === "APPROVED",
};
