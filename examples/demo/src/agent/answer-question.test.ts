// The agent answers every question, from the call that it is asked about.

import { describe, expect, test } from "vitest";
import { answerQuestion } from "./answer-question.ts";

const call = {
  tool: "delete_customers",
  params: { ids: [3, 6], dry_run: false },
  claims: { reasoning: "They were closed long ago.", ifRejected: "I write the list down." },
};

describe("an answer of the agent", () => {
  test.each([
    ["Which customers?", '{"ids":[3,6],"dry_run":false}'],
    ["Why now?", "They were closed long ago."],
    ["And if I reject it?", "I write the list down."],
    ["Hello", "I have said all I know"],
  ])("to %j says what it knows", (question, words) => {
    expect(answerQuestion(question, call)).toContain(words);
  });

  test("invents no reasons where it gave none", () => {
    expect(answerQuestion("Why?", { ...call, claims: null })).toContain("I have said all I know");
  });
});
