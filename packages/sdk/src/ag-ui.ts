// AG-UI 1.0: held calls as interrupts of a run, and the entries that a client resumes it with.

import { type Interrupt, interruptOf as shapeOf } from "@holdpoint/core/job/interrupt";
import type { JobView } from "@holdpoint/core/wire/response";
import type { JsonObject } from "./action/action.ts";
import { isApiError } from "./client/error.ts";
import type { Call } from "./client/transport.ts";
import type { Holdpoint } from "./holdpoint.ts";
import { type CallOutcome, outcomeOf } from "./interrupt/outcome.ts";
import { reviewCall } from "./shape/review-call.ts";

export type { Interrupt } from "@holdpoint/core/job/interrupt";

/** SPEC: AG-UI 1.0, `ResumeEntry`. */
export interface ResumeEntry {
  readonly interruptId: string;
  readonly status: "resolved" | "cancelled";
  readonly payload?: unknown;
}

/** Outcome of a run that has to wait, for `RUN_FINISHED`. */
export interface InterruptOutcome {
  type: "interrupt";
  interrupts: Interrupt[];
}

/** A held job as an interrupt. Secrets in its parameters are hidden. */
export function interruptOf(job: JobView, options: { readonly url?: string } = {}): Interrupt {
  return shapeOf(job, options.url ?? null);
}

/**
 * What `RUN_FINISHED` says of a run that ended at `hp.interrupt`.
 *
 * @param waiting what was thrown (`Interrupted`), or the held jobs
 * @throws TypeError when there is no held job
 */
export function runOutcome(
  waiting: { readonly jobs: readonly JobView[] } | readonly JobView[],
): InterruptOutcome {
  const jobs = "jobs" in waiting ? waiting.jobs : waiting;
  if (jobs.length === 0) throw new TypeError("a run that waits for nothing has no interrupts");
  return { type: "interrupt", interrupts: jobs.map((job) => interruptOf(job)) };
}

/**
 * The outcomes of the calls that a run is resumed with, read from the server. SECURITY: what an entry carries is the
 * word of a client and decides nothing; a call that people have not answered is `waiting`, whatever its entry says.
 * An entry that says `cancelled` withdraws the call.
 */
export async function resume(
  hp: Pick<Holdpoint, "job" | "cancel">,
  entries: readonly ResumeEntry[],
): Promise<CallOutcome[]> {
  return Promise.all(
    entries.map(async ({ interruptId, status }) => {
      if (status === "cancelled") await withdrawn(hp, interruptId);
      return outcomeOf(await hp.job(interruptId));
    }),
  );
}

async function withdrawn(hp: Pick<Holdpoint, "cancel">, jobId: string): Promise<void> {
  try {
    await hp.cancel(jobId, { reason: "abandoned by the user of the run" });
  } catch (error) {
    // It has an answer, or has run: that is what the outcome says.
    if (!isApiError(error) || error.status !== 409) throw error;
  }
}

/**
 * The review that a person's answer comes to, for `request` of a client with that person's credential; null when it was
 * abandoned. It is bound to what the interrupt showed: a call that was changed since is refused.
 *
 * @param interrupt as it was shown to the person
 * @throws TypeError for an answer that does not have the form of `responseSchema`, or to another interrupt
 */
export function reviewCallOf(entry: ResumeEntry, interrupt: Interrupt): Call | null {
  if (entry.interruptId !== interrupt.id) throw new TypeError("the answer is to another interrupt");
  if (entry.status === "cancelled") return null;
  const { jobHash } = interrupt.metadata.holdpoint;
  if (typeof jobHash !== "string") throw new TypeError("the interrupt is none of Holdpoint");
  const { approved, reason, editedArgs } = readAnswer(entry.payload);
  const shown = { jobId: interrupt.id, jobHash };
  if (!approved) return reviewCall(shown, { kind: "reject", reason });
  if (editedArgs === undefined) return reviewCall(shown, { kind: "approve", reason });
  return reviewCall(shown, { kind: "modify", params: editedArgs, reason });
}

interface Answer {
  readonly approved: boolean;
  readonly reason: string | undefined;
  readonly editedArgs: JsonObject | undefined;
}

/** Nothing but `approved: true` approves. */
function readAnswer(payload: unknown): Answer {
  const { approved, reason, editedArgs } = (payload ?? {}) as Record<string, unknown>;
  if (typeof approved !== "boolean") throw new TypeError("the answer does not say `approved`");
  if (reason !== undefined && typeof reason !== "string") {
    throw new TypeError("the answer's `reason` is no text");
  }
  if (editedArgs !== undefined && !isObject(editedArgs)) {
    throw new TypeError("the answer's `editedArgs` are no object");
  }
  return { approved, reason, editedArgs };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
