// Replays spec/vectors/policy: policies, actions, and what another implementation decides too.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkPolicy } from "./check.ts";
import type { JsonObject } from "../base/json/value.ts";
import { type CompiledPolicy, compilePolicy } from "../policy-decide/compile.ts";
import type { Decision, EvaluationInput } from "../policy/decision.ts";
import { derivedTags, evaluate } from "../policy-decide/evaluate.ts";
import { loadPolicy } from "../policy-file/load.ts";
import { loadTests } from "../policy-file/load-tests.ts";
import { inputOfTest } from "../policy-trial/run-tests.ts";
import { policyFromJson, policyToJson } from "../policy-file/snapshot.ts";

interface Vector {
  about: string;
  policy: string[];
  cases: VectorCase[];
}

/** In the form of a test of a policy file, but for what is expected. */
interface VectorCase {
  name: string;
  action: JsonObject;
  facts?: JsonObject;
  now?: string;
  expect: Record<string, unknown>;
}

const folder = new URL("../../../../spec/vectors/policy/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".json"));

function inputOf(compiled: CompiledPolicy, { action, facts, now }: VectorCase): EvaluationInput {
  const test = { name: "case", action, facts, now, expect: { rule: null } };
  const loaded = loadTests(JSON.stringify({ tests: [test] }));
  const [read] = loaded.ok ? loaded.tests : [];
  if (read === undefined) throw new Error(JSON.stringify(loaded.findings));
  return inputOfTest(compiled, read.action);
}

/** The decision in the words of the vectors. */
function wordsOf(decision: Decision): Record<string, unknown> {
  return {
    decision: decision.kind,
    rule: decision.ruleId,
    reason: decision.reason,
    matched: decision.matchedRuleIds,
    constraints: decision.constraints,
    requirements: decision.requirements.map(({ kind, name, count, denyCount, after, blind }) => ({
      ...(kind === "any" ? {} : { [kind]: name }),
      count,
      deny_count: denyCount,
      ...(after === null ? {} : { after }),
      ...(blind === true ? { blind } : {}),
    })),
    exclude: decision.exclude,
    timeout_ms: decision.timeoutMs,
    on_timeout: decision.onTimeout,
    sla_ms: decision.slaMs,
    on_reject: decision.onReject,
    strong_auth: decision.strongAuth,
    notify: decision.notify,
    remediations: decision.remediations.map(({ id }) => id),
    warnings: decision.warnings.map(({ ruleId, mode }) => ({ rule: ruleId, mode })),
    unenforced: decision.unenforced,
    terms: decision.terms && {
      escalate: decision.terms.escalate.map(({ afterMs, to }) => ({ after_ms: afterMs, to })),
      remind_ms: decision.terms.remindMs,
      window_ms: decision.terms.windowMs,
      claim_silence_ms: decision.terms.claimSilenceMs,
      low_risk: decision.terms.isLowRisk,
      emergency: decision.terms.emergency,
      invariants: decision.terms.invariants,
    },
  };
}

describe.each(files)("%s", (file) => {
  const vector = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Vector;
  const source = vector.policy.join("\n");
  const loaded = loadPolicy(source);
  if (!loaded.ok) throw new Error(`${file} does not load: ${JSON.stringify(loaded.findings)}`);
  const compiled = compilePolicy(loaded.policy);
  const stored = compilePolicy(policyFromJson(policyToJson(loaded.policy)));

  it.each(vector.cases)("$name", (one) => {
    const { expect: wanted } = one;
    const input = inputOf(compiled, one);
    const decision = evaluate(compiled, input);

    const words: Record<string, unknown> = {
      ...wordsOf(decision),
      risk_tags: derivedTags(compiled, input),
    };
    expect(Object.fromEntries(Object.keys(wanted).map((key) => [key, words[key]]))).toEqual(wanted);
    expect(evaluate(stored, inputOf(stored, one))).toEqual(decision);
  });

  it("has no error among its findings and none of its own tests fails", () => {
    const found = [...loaded.findings, ...checkPolicy(loaded.policy, source)];

    expect(found.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});
