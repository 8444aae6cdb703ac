// What becomes of a level when its notice was accepted, or can reach nobody.

import type { Instant } from "../base/clock.ts";
import { refuse, type Result } from "../base/result.ts";
import type { EventActor } from "../record/event.ts";
import { advance, type Change, factOf, type FactParts, type Notice } from "./change.ts";
import type { Job } from "./job.ts";
import { startClocks } from "./level.ts";
import { timed } from "./plan.ts";
import { askedBy, type HoldSurroundings } from "./staffing.ts";
import { nextDueAt } from "./timers.ts";
import type { Proof, Watch } from "./watch.ts";
import { widen } from "./widen.ts";

export interface ProvedCommand {
  readonly kind: "proved";
  readonly level: number;
  /** Of the job that the notice showed; absent where it is known to be the present one. */
  readonly revision?: number;
  readonly proof: Proof;
  readonly around: HoldSurroundings;
  readonly now: Instant;
}

export interface UnreachableCommand {
  readonly kind: "unreachable";
  readonly level: number;
  readonly around: HoldSurroundings;
  readonly now: Instant;
}

const sender: EventActor = { kind: "system", id: "sender" };

/**
 * The clocks of the level begin; a level is proved once, and one that was left behind no more.
 * INVARIANT: a notice of the action, or of the rule, as it was before proves nothing.
 */
export function proveLevel(job: Job, command: ProvedCommand): Result<{ change: Change }> {
  const found = untoldWatch(job, command.level);
  if (!found.ok) return found;
  if (command.revision !== undefined && command.revision < found.watch.basisRevision) {
    return refuse("approval_not_actionable", "the hold changed since that notice was written");
  }
  const { now, around, proof } = command;
  const watch = startClocks(askedBy(job), found.watch, { proof, moment: { now, around } });
  const fact: FactParts = {
    type: "hold.notified",
    at: now,
    actor: sender,
    payload: { level: command.level, channel: proof.channel, person: proof.person },
  };
  return { ok: true, change: changeOf(job, watch, { facts: [fact], notice: null, now }) };
}

/** Every delivery of the level is dead: the next is asked at once. */
export function skipLevel(job: Job, command: UnreachableCommand): Result<{ change: Change }> {
  const found = untoldWatch(job, command.level);
  if (!found.ok) return found;
  const { now, around } = command;
  const { watch } = found;
  if (!watch.timers.some(({ kind }) => kind === "delivery")) {
    return refuse("approval_not_actionable", "that nobody can be told is known");
  }
  const timers = watch.timers.filter(({ kind }) => kind !== "delivery");
  const wider = widen(askedBy(job), { ...watch, timers }, "unreachable", { now, around });
  const facts = wider.facts.map((fact) => timed(fact, now, now));
  const notice = wider.isWider ? "escalated" : null;
  return { ok: true, change: changeOf(job, wider.watch, { facts, notice, now }) };
}

function untoldWatch(job: Job, level: number): Result<{ watch: Watch }> {
  const { state, watch } = job;
  if (state !== "APPROVAL" || watch === null || watch.level !== level || watch.proof !== null) {
    return refuse("approval_not_actionable", "the hold no longer waits for this level to be told");
  }
  return { ok: true, watch };
}

function changeOf(
  job: Job,
  watch: Watch,
  parts: {
    readonly facts: readonly FactParts[];
    readonly notice: Notice | null;
    readonly now: Instant;
  },
): Change {
  const next = advance(job, parts.now, { watch, dueAt: nextDueAt(watch) });
  const facts = parts.facts.map((fact) => factOf(job, next, fact));
  return { job: next, review: null, facts, notice: parts.notice, answer: null };
}
