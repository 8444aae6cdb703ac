// Questions that reviewers ask the agent while its action waits.

import type { JobView } from "@holdpoint/core/wire/response";
import type { QuestionView } from "@holdpoint/core/wire/hold";

/** A reviewer's question. Its answer is shown to reviewers as the agent's claim. */
export type Question = QuestionView;

/** Answers a question of a reviewer; null leaves it open. */
export type OnQuestion = (
  question: Question,
  job: JobView,
) => string | null | Promise<string | null>;

/** Questions that nobody has answered yet, oldest first. */
export function openQuestions(job: JobView): readonly Question[] {
  return (job.watch?.questions ?? []).filter((question) => question.answer === null);
}
