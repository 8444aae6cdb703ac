// What a model or a frontend is told of a call that does not run.

import { stopOf } from "../guard/error.ts";
import { modelMessage } from "../guard/model-message.ts";
import type { CallOutcome } from "../interrupt/outcome.ts";

/**
 * The sentence for a call that may not run now.
 *
 * @throws TypeError for one that may, and for one that still waits: neither has an answer to tell
 */
export function refusalText({ status, job }: CallOutcome): string {
  if (status === "waiting") throw new TypeError(`the job ${job.job.id} still waits for people`);
  if (status === "approved") throw new TypeError(`the job ${job.job.id} is approved`);
  return modelMessage(stopOf(job));
}
