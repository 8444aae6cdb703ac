// Questions of reviewers to the agent that proposed, and its answers, which are its claims.

import type { Instant } from "../base/clock.ts";
import { questionsMax } from "../base/limits.ts";
import { refuse, type Result } from "../base/result.ts";
import { maskString } from "../action/mask.ts";
import { authorize, type Directory } from "../approval/authority.ts";
import type { Person } from "../approval/review.ts";
import type { Change, FactParts } from "./change.ts";
import { heardFrom } from "./claim.ts";
import { heldWatch, personActor, shownName, unchanged, watchChanged } from "./held.ts";
import type { Job } from "./job.ts";
import { reviewedOf } from "./reviewed.ts";
import type { Question } from "./watch.ts";

export interface AskCommand {
  readonly kind: "ask";
  readonly person: Person;
  readonly directory: Directory;
  readonly questionId: string;
  readonly text: string;
  readonly now: Instant;
}

export interface AnswerCommand {
  readonly kind: "answer";
  /** The agent by its credential; only the one that proposed the action answers. */
  readonly agent: string;
  readonly questionId: string;
  readonly text: string;
  readonly now: Instant;
}

export function askAgent(job: Job, command: AskCommand): Result<{ change: Change }> {
  const { now } = command;
  const held = heldWatch(job, now);
  if (!held.ok) return held;
  const ctx = { directory: command.directory, at: now };
  const authority = authorize(reviewedOf(job), command.person, "comment", ctx);
  if (!authority.ok) return authority;
  const { person } = authority;
  const { questions } = held.watch;
  if (questions.length >= questionsMax) {
    return refuse("review_limit", `a hold takes at most ${questionsMax} questions`);
  }
  const question: Question = {
    id: command.questionId,
    by: person.id,
    byName: shownName(person),
    text: command.text,
    at: now,
    answer: null,
  };
  const watch = heardFrom(
    job,
    { ...held.watch, questions: [...questions, question] },
    person.id,
    now,
  );
  return watchChanged(job, watch, {
    type: "hold.asked",
    at: now,
    actor: personActor(person),
    payload: { question: question.id, text: maskString(command.text) },
  });
}

/** SECURITY: an answer is data of the agent, shown as its claim; it changes no vote and no clock. */
export function answerQuestion(job: Job, command: AnswerCommand): Result<{ change: Change }> {
  const { now, text, questionId } = command;
  const held = heldWatch(job, now);
  if (!held.ok) return held;
  const { questions } = held.watch;
  const question = questions.find(({ id }) => id === questionId);
  if (question === undefined || command.agent !== job.action.actor.agent) {
    return refuse("question_not_found", "nobody asked this agent that question about the job");
  }
  if (question.answer !== null) {
    if (question.answer.text === text) {
      return unchanged(job);
    }
    return refuse("approval_not_actionable", "the question is answered; an answer stays as it is");
  }
  const answered = questions.map((one) =>
    one.id === questionId ? { ...one, answer: { text, at: now } } : one,
  );
  const fact: FactParts = {
    type: "hold.answered",
    at: now,
    actor: { kind: "agent", id: command.agent },
    payload: { question: questionId, text: maskString(text) },
  };
  return watchChanged(job, { ...held.watch, questions: answered }, fact, "answered");
}
