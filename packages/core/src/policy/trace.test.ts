// Tests what a person is told about a decision.

import { describe, expect, it } from "vitest";
import { traceEntriesMax } from "../base/limits.ts";
import { compilePolicy } from "./compile.ts";
import type { EvaluationInput, Trace } from "./decision.ts";
import { plainInput } from "./decision.sample.ts";
import { evaluate } from "./evaluate.ts";
import { loadPolicy } from "./load.ts";
import { explain } from "./trace.ts";

function trace(source: string, input: Partial<EvaluationInput> = {}): Trace {
  const result = loadPolicy(`version: v1\n${source}`);
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  const compiled = compilePolicy(result.policy);
  const action = { ...plainInput, ...input };
  return explain(compiled, action, evaluate(compiled, action));
}

describe("a trace", () => {
  it("says for each question what was wanted and what was found", () => {
    const { rules } = trace(
      "rules: [{ id: a, decision: deny, match: { topics: [job.*], risk_tags: [x, y], agents: [b*], tenants: [other] } }]",
      { riskTags: ["y"] },
    );

    expect(rules).toEqual([
      {
        ruleId: "a",
        decision: "deny",
        matched: false,
        won: false,
        invariant: false,
        mode: "enforce",
        exception: null,
        clauses: [
          ["topics", true, "topic `job.a` fits `job.*`"],
          ["risk_tags", false, "the action does not carry `x`"],
          ["tenants", false, "tenant `default` is none of `other`"],
          ["agents", true, "agent `bot` fits `b*`"],
        ].map(([clause, matched, because]) => ({ clause, matched, because, error: null })),
      },
    ]);
  });

  it("says what an unknown value did", () => {
    const { rules } = trace(
      "rules:\n" +
        "  - { id: hold, decision: require_approval, match: { cost: { over: 5, currency: USD } } }\n" +
        "  - { id: free, decision: allow, match: { reversible: true } }",
    );

    expect(
      rules.map(({ ruleId, matched, clauses }) => [ruleId, matched, clauses[0]?.because]),
    ).toEqual([
      [
        "hold",
        true,
        "the action does not say its cost, over 5 USD is meant; a rule that holds or denies then applies",
      ],
      [
        "free",
        false,
        "the action does not say whether it can be undone; a rule that releases then does not apply",
      ],
    ]);
  });

  it("shows matched rules first, then the nearest misses", () => {
    const { rules } = trace(
      "rules:\n" +
        "  - { id: far, decision: deny, match: { topics: [x], risk_tags: [y], agents: [z] } }\n" +
        "  - { id: near, decision: deny, match: { topics: [job.a], agents: [z] } }\n" +
        "  - { id: yes, decision: log, match: { topics: [job.a] } }\n" +
        "  - { id: won, decision: require_approval, match: { topics: [job.a] } }",
    );

    expect(rules.map(({ ruleId }) => ruleId)).toEqual(["won", "yes", "near", "far"]);
    expect(rules.map(({ won }) => won)).toEqual([true, false, false, false]);
  });

  it("names where each constraint came from", () => {
    const { notes } = trace(
      "rules:\n" +
        "  - { id: a, decision: allow_with_constraints, constraints: { max_rows: 9, network_allowlist: [x, y], redact: [m] } }\n" +
        "  - { id: b, decision: allow_with_constraints, constraints: { max_rows: 5, network_allowlist: [y], redact: [n], pin: { k: 1 } } }",
    );

    expect(notes).toEqual([
      "`network_allowlist` is what `a`, `b` have in common",
      "`max_rows` 5 comes from `b`, the smallest of `a`, `b`",
      "`redact` joins those of `a`, `b`",
      "`pin` comes from `b`",
    ]);
  });

  it("says that constraints contradict each other", () => {
    const { notes, rules } = trace(
      "rules:\n" +
        "  - { id: a, decision: allow_with_constraints, constraints: { network_allowlist: [x] } }\n" +
        "  - { id: b, decision: allow_with_constraints, constraints: { network_allowlist: [y] } }",
    );

    expect(notes).toEqual([
      "the constraints of the matching rules contradict each other: " +
        "rules `a` and `b` leave nothing in common for `network_allowlist`",
    ]);
    expect(rules.map(({ matched }) => matched)).toEqual([true, true]);
  });

  it("says when the default counts and when later rules do not", () => {
    expect(trace("rules: []").notes).toEqual([
      "no rule matches, so the default counts: require_approval",
    ]);
    expect(trace("combine: first_match\nrules: [{ id: a, decision: log }]").notes).toEqual([
      "the first matching rule of the file decides; later ones do not count",
    ]);
  });

  it("is bounded, and says how much there was", () => {
    const lines = Array.from({ length: 200 }, (_, index) => `  - { id: r${index}, decision: log }`);
    const { rules, rulesTotal, rulesConsidered, notes } = trace(`rules:\n${lines.join("\n")}`);

    expect(rules).toHaveLength(traceEntriesMax);
    expect([rulesTotal, rulesConsidered]).toEqual([200, 200]);
    expect(notes).toEqual([`200 rules match, the first ${traceEntriesMax} are listed`]);
  });

  it("of a large policy considers what the index brings up", () => {
    const lines = Array.from(
      { length: 200 },
      (_, index) =>
        `  - { id: r${index}, decision: log, match: { topics: [job.t${index}], agents: [x] } }`,
    );
    const { rules, rulesTotal, rulesConsidered } = trace(`rules:\n${lines.join("\n")}`, {
      topic: "job.t7",
    });

    expect(rules.map(({ ruleId, matched }) => [ruleId, matched])).toEqual([["r7", false]]);
    expect([rulesTotal, rulesConsidered]).toEqual([200, 1]);
  });
});
