// Questions to the agent and its answers: who asks, who answers, and that neither decides anything.

import { describe, expect, it } from "vitest";
import { directoryOf, person } from "../approval/approval.sample.ts";
import { questionsMax } from "../base/limits.ts";
import type { AnswerCommand, AskCommand } from "./ask.ts";
import { after, ann, changeOf, fileIn, outcomeOf, review, startAt } from "./job.sample.ts";
import type { JobFile } from "./job.ts";
import { transition } from "./transition.ts";
import { timeoutAt, urgentTerms, watched } from "./watch.sample.ts";

const held = (): JobFile => watched({}, { terms: urgentTerms });
const agent = held().job.action.actor.agent;
const ask = (more: Partial<AskCommand> = {}): AskCommand => ({
  kind: "ask",
  person: ann,
  directory: directoryOf(),
  questionId: "q-1",
  text: "why this one?",
  now: startAt + 1,
  ...more,
});
const answer = (more: Partial<AnswerCommand> = {}): AnswerCommand => ({
  kind: "answer",
  agent,
  questionId: "q-1",
  text: "the ticket names it",
  now: startAt + 2,
  ...more,
});
const asked = (): JobFile => after(held(), ask());
const answered = (): JobFile => after(asked(), answer());

describe("a question", () => {
  it("stands on the hold with who asked it", () => {
    const { job, facts } = changeOf(transition(held(), ask()));
    expect(job).toMatchObject({ state: "APPROVAL", revision: 2, dueAt: timeoutAt });
    expect(job.watch?.questions).toEqual([
      { id: "q-1", by: "ann", byName: "ann", text: "why this one?", at: startAt + 1, answer: null },
    ]);
    expect(facts).toMatchObject([
      { type: "hold.asked", payload: { question: "q-1", text: "why this one?" } },
    ]);
  });

  it("begins the silence of its asker's claim anew", () => {
    const claim = { person: "ann", name: null, at: startAt, by: null };
    const timers = [{ kind: "claim", dueAt: startAt + 100 } as const];
    const { job } = after(watched({ claim, timers }, { terms: urgentTerms }), ask());
    expect(job.dueAt).toBe(startAt + 10_001);
  });

  it("is recorded without secrets in it", () => {
    const { facts } = changeOf(transition(held(), ask({ text: "is it AKIAIOSFODNN7EXAMPLE?" })));
    expect(JSON.stringify(facts)).not.toContain("AKIAIOSFODNN7EXAMPLE");
  });

  it.each([
    ["of somebody outside", held(), ask({ person: person("out") }), "approval_not_authorized"],
    [
      "of the agent's owner",
      held(),
      ask({ person: person("own", ["lead"]) }),
      "approval_self_review",
    ],
    ["when the time is up", held(), ask({ now: timeoutAt }), "approval_retryable_lock"],
    ["about a decided hold", fileIn("REJECTED"), ask(), "approval_already_resolved"],
    ["about what nobody held", fileIn("DENIED"), ask(), "approval_not_actionable"],
  ] as const)("%s: %s", (_name, file, command, expected) => {
    expect(outcomeOf(transition(file, command))).toBe(expected);
  });

  it("is one of a bounded number", () => {
    const [question] = asked().job.watch?.questions ?? [];
    const questions = new Array(questionsMax).fill(question);
    expect(outcomeOf(transition(watched({ questions }), ask()))).toBe("review_limit");
  });
});

describe("an answer", () => {
  it("stands beside its question and tells whoever waits", () => {
    const { job, facts, notice, review: made } = changeOf(transition(asked(), answer()));
    expect(job.watch?.questions[0]?.answer).toEqual({
      text: "the ticket names it",
      at: startAt + 2,
    });
    expect([job.state, made, notice]).toEqual(["APPROVAL", null, "answered"]);
    expect(facts).toMatchObject([
      { type: "hold.answered", actor: { kind: "agent", id: agent }, payload: { question: "q-1" } },
    ]);
  });

  it("leaves what reviewers look at as it was", () => {
    const vote = review(answered(), { seenRevision: 1 });
    expect(outcomeOf(transition(answered(), vote))).toBe("APPROVED");
  });

  it.each([
    ["of another agent", asked(), answer({ agent: "other" }), "question_not_found"],
    ["to what nobody asked", asked(), answer({ questionId: "q-2" }), "question_not_found"],
    ["that is sent again", answered(), answer(), "unchanged"],
    [
      "that says something else later",
      answered(),
      answer({ text: "no" }),
      "approval_not_actionable",
    ],
    ["once it is decided", fileIn("APPROVED"), answer(), "approval_already_resolved"],
  ] as const)("%s: %s", (_name, file, command, expected) => {
    expect(outcomeOf(transition(file, command))).toBe(expected);
  });
});
