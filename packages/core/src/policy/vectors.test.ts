// Replays spec/vectors/policy: policies, actions, and what another implementation decides too.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkPolicy } from "./check.ts";
import { compilePolicy } from "./compile.ts";
import type { Decision, EvaluationInput } from "./decision.ts";
import { plainInput } from "./decision.sample.ts";
import { evaluate } from "./evaluate.ts";
import { loadPolicy } from "./load.ts";
import { policyFromJson, policyToJson } from "./snapshot.ts";

interface Vector {
  about: string;
  policy: string[];
  cases: { name: string; action: VectorAction; expect: Record<string, unknown> }[];
}

interface VectorAction {
  topic: string;
  tool?: { server?: string; name: string };
  risk_tags?: string[];
  agent?: string;
  target?: { environment?: string };
  tenant?: string;
  labels?: Record<string, string>;
  reversible?: boolean;
  cost?: { amount: number; currency: string };
}

const folder = new URL("../../../../spec/vectors/policy/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".json"));

function inputOf(action: VectorAction): EvaluationInput {
  return {
    ...plainInput,
    topic: action.topic,
    tool: action.tool ? { server: action.tool.server ?? null, name: action.tool.name } : null,
    riskTags: action.risk_tags ?? [],
    agent: action.agent ?? "test",
    environment: action.target?.environment ?? null,
    tenant: action.tenant ?? "default",
    labels: action.labels ?? {},
    reversible: action.reversible ?? null,
    cost: action.cost ?? null,
  };
}

/** The decision in the words of the vectors. */
function wordsOf(decision: Decision): Record<string, unknown> {
  return {
    decision: decision.kind,
    rule: decision.ruleId,
    reason: decision.reason,
    matched: decision.matchedRuleIds,
    constraints: decision.constraints,
    requirements: decision.requirements.map(({ kind, name, count, denyCount, after }) => ({
      ...(kind === "any" ? {} : { [kind]: name }),
      count,
      deny_count: denyCount,
      ...(after === null ? {} : { after }),
    })),
    exclude: decision.exclude,
    timeout_ms: decision.timeoutMs,
    on_timeout: decision.onTimeout,
    sla_ms: decision.slaMs,
    on_reject: decision.onReject,
    strong_auth: decision.strongAuth,
    notify: decision.notify,
    remediations: decision.remediations.map(({ id }) => id),
  };
}

describe.each(files)("%s", (file) => {
  const vector = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Vector;
  const source = vector.policy.join("\n");
  const loaded = loadPolicy(source);
  if (!loaded.ok) throw new Error(`${file} does not load: ${JSON.stringify(loaded.findings)}`);
  const compiled = compilePolicy(loaded.policy);
  const stored = compilePolicy(policyFromJson(policyToJson(loaded.policy)));

  it.each(vector.cases)("$name", ({ action, expect: wanted }) => {
    const decision = evaluate(compiled, inputOf(action));

    const words = wordsOf(decision);
    expect(Object.fromEntries(Object.keys(wanted).map((key) => [key, words[key]]))).toEqual(wanted);
    expect(evaluate(stored, inputOf(action))).toEqual(decision);
  });

  it("has no error among its findings and none of its own tests fails", () => {
    const found = [...loaded.findings, ...checkPolicy(loaded.policy, source)];

    expect(found.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});
