// Records how an execution ended, and whether it did what was previewed.

import type { Instant } from "../base/clock.ts";
import type { JsonObject } from "../base/json/value.ts";
import { maskObject, maskOrNull } from "../action/mask.ts";
import { refuse, type Result } from "../base/result.ts";
import type { EventActor } from "../record/event.ts";
import { advance, type Change, factOf } from "./change.ts";
import type { Job, Outcome } from "./job.ts";

export interface ReportCommand {
  readonly kind: "report";
  readonly executionId: string | null;
  readonly status: "SUCCEEDED" | "FAILED";
  readonly summary: string | null;
  readonly outputDigest: string | null;
  readonly effect: JsonObject | null;
  /** True when the output is recorded in the same commit. */
  readonly hasOutput?: boolean;
  readonly by: EventActor;
  readonly now: Instant;
}

export function reportOutcome(job: Job, command: ReportCommand): Result<{ change: Change }> {
  if (job.outcome !== null) {
    const isSame =
      job.outcome.status === command.status && job.outcome.outputDigest === command.outputDigest;
    if (isSame)
      return { ok: true, change: { job, review: null, facts: [], notice: null, answer: null } };
    return refuse("outcome_exists", `${job.outcome.status} was reported before`, {
      facts: { state: job.state },
    });
  }
  if (job.state !== "EXECUTING" && job.state !== "UNKNOWN") {
    return refuse(
      "job_not_executing",
      `the job is ${job.state}; redeem its grant before reporting`,
      {
        facts: { state: job.state },
      },
    );
  }
  if (command.executionId !== null && command.executionId !== job.execution?.id) {
    return refuse("job_not_executing", "that execution is not the one of this job");
  }
  const outcome: Outcome = {
    status: command.status,
    summary: command.summary,
    outputDigest: command.outputDigest,
    effect: command.effect,
    drift: hasDrift(job, command.effect),
    ...(command.hasOutput === true ? { hasOutput: true } : {}),
    at: command.now,
  };
  const next = advance(job, command.now, { state: command.status, dueAt: null, outcome });
  const fact = factOf(job, next, {
    type: command.status === "SUCCEEDED" ? "job.succeeded" : "job.failed",
    at: command.now,
    actor: command.by,
    payload: {
      execution: job.execution?.id ?? null,
      summary: maskOrNull(command.summary),
      output_digest: command.outputDigest,
      effect: command.effect && maskObject(command.effect),
      drift: outcome.drift,
    },
  });
  return {
    ok: true,
    change: { job: next, review: null, facts: [fact], notice: null, answer: null },
  };
}

/** True when a number that was previewed came out as another. */
function hasDrift(job: Job, effect: JsonObject | null): boolean {
  const preview = job.action.effect;
  if (preview === null || effect === null) return false;
  const differs = (before: number | null, after: unknown): boolean =>
    before !== null && typeof after === "number" && before !== after;
  return differs(preview.rows, effect["rows"]) || differs(preview.recipients, effect["recipients"]);
}
