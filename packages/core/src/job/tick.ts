// What time does to a hold: the timer that is due first fires, once, by the revision that it was read at.

import type { Instant } from "../base/clock.ts";
import type { GrantId } from "../base/id.ts";
import { refuse, type Result } from "../base/result.ts";
import type { EventType } from "../record/event.ts";
import {
  advance,
  type Change,
  factOf,
  type FactParts,
  type Notice,
  type Ruling,
} from "./change.ts";
import { withoutClaim } from "./claim.ts";
import type { Job, JobFile } from "./job.ts";
import { lapse } from "./lapse.ts";
import { dashboardProof, startClocks, timeAfter, withTimers } from "./level.ts";
import { timed } from "./plan.ts";
import { decideBySilence } from "./silence.ts";
import { type Asked, askedBy, type HoldSurroundings, isStaffed, levelTargets } from "./staffing.ts";
import { nextDueAt } from "./timers.ts";
import type { Timer, Watch } from "./watch.ts";
import { timerActor, widen, type WidenCause } from "./widen.ts";

export interface TickCommand {
  readonly kind: "tick";
  readonly now: Instant;
  /** Policy now active, over the action; null where `needsRuling` does not ask for it. */
  readonly ruling: Ruling | null;
  readonly around: HoldSurroundings;
  readonly grantId: GrantId;
}

/** The timer that fires at this moment; null when none is due, or the job is no hold with timers. */
export function dueTimer({ state, watch }: Job, now: Instant): Timer | null {
  if (state !== "APPROVAL" || watch === null) return null;
  const first = watch.timers[0];
  return first !== undefined && first.dueAt <= now ? first : null;
}

/** True when what is due may release the action: policy decides anew then. */
export function needsRuling(job: Job, now: Instant): boolean {
  const timer = dueTimer(job, now);
  if (timer === null) return false;
  return (
    timer.kind === "window" || (timer.kind === "timeout" && job.decision.onTimeout === "allow")
  );
}

/** INVARIANT: each firing takes its timer away, so that a hold comes to its end (spec 01, 7). */
export function tick(file: JobFile, command: TickCommand): Result<{ change: Change }> {
  const { job } = file;
  const timer = dueTimer(job, command.now);
  if (timer === null || job.watch === null) {
    const change = lapse(job, command.now);
    if (change === null) return refuse("approval_not_actionable", "nothing is due yet");
    return { ok: true, change };
  }
  const due: Due = { file, command, timer, watch: without(job.watch, timer, command.now) };
  return { ok: true, change: fire(due) };
}

interface Due {
  readonly file: JobFile;
  readonly command: TickCommand;
  readonly timer: Timer;
  /** The watch without the timer that fires. */
  readonly watch: Watch;
}

function fire(due: Due): Change {
  const { watch, file } = due;
  switch (due.timer.kind) {
    case "delivery":
      return widened(due, "unreachable");
    case "escalation":
      return widened(due, "time");
    case "reminder":
      return noted(due, seenByDuty(due), {
        type: "hold.reminded",
        notice: "reminded",
        level: watch.level,
      });
    case "sla":
      return noted(
        due,
        { ...watch, isOverdue: true },
        { type: "hold.overdue", notice: "overdue", sla_ms: file.job.decision.slaMs },
      );
    case "claim":
      return noted(due, withoutClaim(watch), {
        type: "hold.silent",
        notice: "silent",
        from: watch.claim?.person ?? null,
      });
    case "window":
      return decideBySilence(file, due.command, { timer: due.timer, by: "window" });
    case "timeout":
      return timeOut(due);
  }
}

/** Where the dashboard is all there is, whoever came on duty by now sees the hold there. */
function seenByDuty({ file, watch, command: { now, around } }: Due): Watch {
  const asked = askedBy(file.job);
  const moment = { now, around };
  if (watch.proof !== null || around.hasChannels || !isStaffed(asked, watch, moment)) return watch;
  return startClocks(asked, watch, { proof: dashboardProof(now), moment });
}

/** SPEC: after a pause of the clocks several reminders may be due; people are reminded once. */
function without(watch: Watch, fired: Timer, now: Instant): Watch {
  const left = watch.timers.filter(
    (timer) =>
      timer !== fired &&
      !(fired.kind === "reminder" && timer.kind === "reminder" && timer.dueAt <= now),
  );
  return { ...watch, timers: left };
}

interface Note {
  readonly type: EventType;
  readonly notice: Notice;
  readonly [name: string]: string | number | null;
}

function noted(due: Due, watch: Watch, { type, notice, ...payload }: Note): Change {
  return moved(due, watch, {
    facts: [{ type, actor: timerActor, at: due.command.now, payload }],
    notice,
  });
}

/** Whoever was asked before may still answer; a hold that nobody can be told of waits for its end. */
function widened(due: Due, cause: WidenCause): Change {
  const { now, around } = due.command;
  const { watch, facts, isWider } = widen(askedBy(due.file.job), due.watch, cause, { now, around });
  return moved(due, watch, { facts, notice: isWider ? "escalated" : null });
}

/** The end of the hold as its rule says: people who were not asked yet, silence, or the block. */
function timeOut(due: Due): Change {
  const { job } = due.file;
  const { now, around } = due.command;
  switch (job.decision.onTimeout) {
    case "allow":
      return decideBySilence(due.file, due.command, { timer: due.timer, by: "timeout" });
    case "escalate": {
      const asked = askedBy(job);
      const longer = prolonged(asked, due.watch, { now, around });
      const { watch, facts, isWider } = widen(asked, longer, "timeout", { now, around });
      const isOver = !isWider || watch.timeoutAt <= now;
      return isOver ? expire(due) : moved(due, watch, { facts, notice: "escalated" });
    }
    case "block":
      return expire(due);
  }
}

/** The hold goes on for as long again as at its opening, counted in the same hours. */
function prolonged(
  asked: Asked,
  watch: Watch,
  { now, around }: { readonly now: Instant; readonly around: HoldSurroundings },
): Watch {
  const targets = levelTargets(asked.decision, { level: 0, widened: [] });
  const ends = timeAfter(targets, { at: now, ms: asked.decision.timeoutMs }, around.duty);
  return withTimers({ ...watch, timeoutAt: Math.min(ends, asked.endsBy) }, []);
}

function expire(due: Due): Change {
  return decideBySilence(due.file, due.command, { timer: due.timer, by: "block" });
}

function moved(
  { file, command, timer }: Due,
  watch: Watch,
  { facts, notice }: { readonly facts: readonly FactParts[]; readonly notice: Notice | null },
): Change {
  const { job } = file;
  const next = advance(job, command.now, { watch, dueAt: nextDueAt(watch) });
  return {
    job: next,
    review: null,
    facts: facts.map((fact) => factOf(job, next, timed(fact, timer.dueAt, command.now))),
    notice,
    answer: null,
  };
}
