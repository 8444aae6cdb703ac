// What a model is told of a call that people changed or stopped, and what is not its to know.

import type { JobView } from "@holdpoint/core/wire/response";

/**
 * Outcomes of the call that the model can go on from. Whatever else is thrown (the server is away, the agent was
 * paused, an interrupt) ends the pass: the call is proposed again when the thread goes on.
 */
const TOLD = new Set([
  "ActionDenied",
  "ActionRejected",
  "ApprovalExpired",
  "ActionCancelled",
  "ActionRevoked",
  "ActionFailed",
  "ActionAlreadyExecuted",
  "OutcomeUnknown",
  "ConstraintNotSupported",
  "ConstraintViolated",
  "RuntimeExceeded",
  "NotExecuted",
]);

export function isToldToModel(error: unknown): error is Error {
  return error instanceof Error && TOLD.has(error.name);
}

/** For a result: what people changed; null when the call ran as the model made it. */
export function noteOfChange(job: JobView): string | null {
  if (job.proposed_action === null) return null;
  const params = JSON.stringify(job.action.params);
  return `A reviewer changed the arguments of this call before it ran: ${params}`;
}
