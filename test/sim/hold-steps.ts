// What anybody can try on a hold at any moment, and what was truly done, kept apart from the hold's own record.

import { standingVotes } from "@holdpoint/core/approval/review";
import type { Change } from "@holdpoint/core/job/change";
import type { JobFile } from "@holdpoint/core/job/job";
import type { Command } from "@holdpoint/core/job/transition";
import {
  around,
  casts,
  delegationEndsAt,
  directory,
  folk,
  type HoldName,
  type Name,
  openedHold,
  rulingFor,
  type RulingName,
  rulings,
  spans,
} from "./hold-sample.ts";
import { ids, startAt } from "./job-sample.ts";
import type { StepFunction } from "./job-steps.ts";

export interface CastVote {
  readonly kind: "approve" | "reject";
  readonly at: number;
}

/** The truth of a hold: what was done, by whom, when. */
export interface Deeds {
  readonly votes: ReadonlyMap<Name, CastVote>;
  readonly overrides: ReadonlySet<Name>;
  readonly level: number;
  readonly levelAt: number;
  /** When somebody of the present level was told; null while nobody was. */
  readonly toldAt: number | null;
  /** When somebody was told of the present question at all. */
  readonly firstToldAt: number | null;
  readonly endsAt: number;
  readonly claim: { readonly by: Name; readonly at: number } | null;
}

export interface HoldWorld {
  readonly opened: HoldName;
  readonly file: JobFile;
  readonly now: number;
  readonly count: number;
  readonly deeds: Deeds;
}

export interface HoldStep {
  readonly name: string;
  readonly command: Command | null;
  readonly now: number;
  readonly by: Name | null;
  readonly ruling: RulingName | null;
}

export function startOf(name: HoldName): HoldWorld {
  const deeds = {
    votes: new Map(),
    overrides: new Set<Name>(),
    level: 0,
    levelAt: startAt,
    toldAt: null,
    firstToldAt: null,
    endsAt: startAt + spans.timeout,
    claim: null,
  };
  return {
    opened: name,
    file: { job: openedHold(name), reviews: [] },
    now: startAt,
    count: 1,
    deeds,
  };
}

export function* stepsFrom(world: HoldWorld): Generator<HoldStep> {
  yield* time(world);
  yield* clocks(world);
  yield* votes(world);
  yield* overrides(world);
  if (casts[world.opened].hasCards) yield* cards(world);
}

function* time({ file, now }: HoldWorld): Generator<HoldStep> {
  const { dueAt, state } = file.job;
  if (state !== "APPROVAL" || dueAt === null) return;
  for (const to of [dueAt - 1, dueAt, delegationEndsAt]) {
    if (to > now)
      yield { name: `time +${to - now}`, command: null, now: to, by: null, ruling: null };
  }
}

function rulingsOf({ opened }: HoldWorld): readonly RulingName[] {
  return casts[opened].hasOther ? rulings : ["same", "deny"];
}

function* clocks(world: HoldWorld): Generator<HoldStep> {
  const { file, now, count } = world;
  const base = { now, by: null };
  const grantId = ids.grant(count);
  for (const name of rulingsOf(world)) {
    const ruling = rulingFor(file.job, name);
    const command = { kind: "tick", now, ruling, around, grantId } as const;
    yield { ...base, name: `tick ${name}`, ruling: name, command };
  }
  const unasked = { kind: "tick", now, ruling: null, around, grantId } as const;
  yield { ...base, name: "tick unasked", ruling: null, command: unasked };
  // Notices are accepted at once or at the last moment; in between nothing else can happen.
  const isMoment = [0, spans.delivery - 1].includes(now - world.deeds.levelAt);
  for (const level of isMoment ? [0, 1] : []) {
    const proof = { channel: "mail", person: null, at: now };
    const proved = { kind: "proved", level, proof, around, now } as const;
    yield { ...base, name: `proved ${level}`, ruling: null, command: proved };
    const dead = { kind: "unreachable", level, around, now } as const;
    yield { ...base, name: `unreachable ${level}`, ruling: null, command: dead };
  }
}

function* votes(world: HoldWorld): Generator<HoldStep> {
  const { file, now, count } = world;
  for (const by of casts[world.opened].voters) {
    for (const verdict of ["approve", "reject"] as const) {
      const asked = verdict === "approve" && by === "ann" ? rulingsOf(world) : (["same"] as const);
      for (const name of asked) {
        yield {
          name: `${verdict} ${by} ${name}`,
          now,
          by,
          ruling: name,
          command: {
            kind: "review",
            verdict,
            person: folk[by],
            reason: null,
            code: null,
            note: null,
            seenHash: null,
            seenRevision: null,
            edited: null,
            ruling: rulingFor(file.job, name),
            directory,
            around,
            reviewId: ids.review(count),
            grantId: ids.grant(count),
            now,
          },
        };
      }
    }
  }
}

function* overrides(world: HoldWorld): Generator<HoldStep> {
  const { file, now, count } = world;
  for (const by of casts[world.opened].overriders) {
    for (const needed of [1, 2]) {
      for (const name of by === "emy" ? rulingsOf(world) : (["same"] as const)) {
        yield {
          name: `override ${by} of ${needed} ${name}`,
          now,
          by,
          ruling: name,
          command: {
            kind: "override",
            person: folk[by],
            reason: "the database is down",
            incident: "inc-1",
            needed,
            circumstances: ["incident"],
            skipped: ["role:A"],
            governance: { id: `gov-${count}`, dueAt: now + 1 },
            seenHash: null,
            ruling: rulingFor(file.job, name),
            directory,
            around,
            reviewId: ids.review(count),
            grantId: ids.grant(count),
            now,
          },
        };
      }
    }
  }
}

function* cards({ now }: HoldWorld): Generator<HoldStep> {
  const base = { now, ruling: null };
  for (const by of ["ann", "bob", "del", "own"] as const) {
    const command = { kind: "claim", person: folk[by], directory, now } as const;
    yield { ...base, name: `claim ${by}`, by, command };
  }
  for (const by of ["ann", "bob"] as const) {
    const command = { kind: "release", person: folk[by], isAdmin: false, directory, now } as const;
    yield { ...base, name: `release ${by}`, by, command };
  }
  for (const to of ["bob", "own"] as const) {
    const person = folk.ann;
    const words = { note: null, isAdmin: false, directory, now };
    const command = { kind: "assign", person, to: folk[to], ...words } as const;
    yield { ...base, name: `assign ${to}`, by: "ann", command };
  }
}

export function takeHold(
  world: HoldWorld,
  step: HoldStep,
  transition: StepFunction,
): { world: HoldWorld; change: Change | null } {
  const later = { ...world, now: step.now };
  if (step.command === null) return { world: later, change: null };
  const result = transition(world.file, step.command);
  if (!result.ok || result.change.facts.length === 0) return { world: later, change: null };
  const { change } = result;
  const { reviews } = world.file;
  const file = {
    job: change.job,
    reviews: change.review === null ? reviews : [...reviews, change.review],
  };
  const deeds = deedsAfter(world, step, change);
  return { world: { ...world, file, now: step.now, count: world.count + 1, deeds }, change };
}

function deedsAfter(world: HoldWorld, step: HoldStep, change: Change): Deeds {
  const { deeds } = world;
  const before = world.file.job;
  const { job } = change;
  const { now } = step;
  const isNew = job.decision !== before.decision && job.state === "APPROVAL";
  if (isNew) {
    const endsAt = Math.min(deeds.endsAt, now + spans.timeout);
    return { ...startOf("chain").deeds, levelAt: now, endsAt, claim: deeds.claim };
  }
  const told = step.command?.kind === "proved";
  const isWider = (job.watch?.level ?? 0) > deeds.level;
  const asked = deeds.level + (isWider ? 1 : 0);
  const isLonger = isWider && step.command?.kind === "tick" && now >= deeds.endsAt;
  const firstToldAt = deeds.firstToldAt ?? (told ? now : null);
  return {
    votes: votesAfter(deeds, step, change),
    overrides: overridesAfter(deeds, step, change),
    level: asked,
    levelAt: isWider ? now : deeds.levelAt,
    toldAt: isWider ? null : (deeds.toldAt ?? (told ? now : null)),
    firstToldAt,
    endsAt: isLonger ? now + spans.timeout : deeds.endsAt,
    claim: claimAfter(deeds, step, change),
  };
}

function votesAfter({ votes: cast }: Deeds, step: HoldStep, change: Change): Deeds["votes"] {
  const { command, by } = step;
  if (command?.kind !== "review" || change.review === null || by === null) return cast;
  const kind = command.verdict === "reject" ? "reject" : "approve";
  return new Map([...cast, [by, { kind, at: step.now }]]);
}

function overridesAfter(
  { overrides: done }: Deeds,
  step: HoldStep,
  change: Change,
): Deeds["overrides"] {
  const { command, by } = step;
  if (command?.kind !== "override" || change.review === null || by === null) return done;
  return new Set([...done, by]);
}

function claimAfter({ claim }: Deeds, step: HoldStep, change: Change): Deeds["claim"] {
  const { command, by, now } = step;
  if (change.job.state !== "APPROVAL") return null;
  switch (command?.kind) {
    case "claim":
      return by === null ? claim : { by, at: now };
    case "assign":
      return { by: command.to.id as Name, at: now };
    case "release":
      return null;
    case "review":
      return claim?.by === by ? null : claim;
    case "tick":
      return change.facts.some(({ type }) => type === "hold.silent") ? null : claim;
    default:
      return claim;
  }
}

/** What a hold can do next, with every clock by its distance. */
export function keyOf(world: HoldWorld): string {
  const { file, now, deeds } = world;
  const { job, reviews } = file;
  const { watch, state } = job;
  if (state !== "APPROVAL") return `${state} ${job.decision.ruleId} ${job.resolution?.code ?? ""}`;
  const standing = [...standingVotes(reviews, job.round)];
  const done = reviews.filter(({ kind, round }) => kind === "override" && round === job.round);
  const votesOf = standing.map(([id, one]) => `${id}${one.kind}${one.votedFor ?? ""}`);
  return [
    world.opened,
    job.decision.ruleId,
    watch?.level,
    watch?.widened.join(),
    (watch?.timers ?? []).map(({ kind, dueAt }) => `${kind}${dueAt - now}`).join(),
    watch?.proof === null,
    watch?.claim?.person,
    votesOf.sort().join(),
    done
      .map(({ person }) => person.id)
      .sort()
      .join(),
    [...deeds.votes]
      .map(([id, one]) => `${id}${one.kind}`)
      .sort()
      .join(),
    deeds.toldAt === null,
    deeds.firstToldAt === null ? "" : deeds.firstToldAt - now,
    deeds.endsAt - now,
    now < delegationEndsAt,
  ].join(" ");
}
