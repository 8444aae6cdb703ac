// Hands the open questions of reviewers to the agent while it waits, and sends what it says.

import { isApiError } from "./error.ts";
import { jobPath } from "./job.ts";
import type { JobView } from "@holdpoint/core/wire/response";
import { type OnQuestion, openQuestions } from "./question.ts";
import type { Transport } from "./transport.ts";
import { post } from "./verbs.ts";

/** What a wait calls for each change of the job: each open question is handed over once. */
export function answering(
  transport: Transport,
  onQuestion: OnQuestion | undefined,
  signal: AbortSignal | undefined,
): ((job: JobView) => Promise<void>) | undefined {
  if (onQuestion === undefined) return undefined;
  const seen = new Set<string>();
  return async (job) => {
    for (const question of openQuestions(job)) {
      if (seen.has(question.id)) continue;
      seen.add(question.id);
      const text = await onQuestion(question, job);
      if (text === null) continue;
      try {
        const body = { question: question.id, text };
        await post(transport, `${jobPath(job.job.id)}/answers`, body, { signal });
      } catch (error) {
        // People decided, or another process of the agent answered, meanwhile: the wait tells.
        if (!isApiError(error) || error.status !== 409) throw error;
      }
    }
  };
}
