// Random safety policies and actions: what the import decides is what the first matching rule decided.

import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { importCordum } from "@holdpoint/core/cordum/import";
import { compilePolicy } from "@holdpoint/core/policy-decide/compile";
import type { DecisionKind, EvaluationInput } from "@holdpoint/core/policy/decision";
import { evaluate } from "@holdpoint/core/policy-decide/evaluate";
import { noFacts } from "@holdpoint/core/policy/facts";
import { loadPolicy } from "@holdpoint/core/policy-file/load";

interface TheirRule {
  readonly id: string;
  readonly decision: "allow" | "deny" | "require_approval";
  readonly match: {
    readonly topics?: readonly string[];
    readonly risk_tags?: readonly string[];
    readonly actor_ids?: readonly string[];
    readonly capabilities?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly label_allowlist?: Readonly<Record<string, readonly string[]>>;
    readonly label_threshold?: Readonly<Record<string, number>>;
  };
}

interface TheirAction {
  readonly topic: string;
  readonly tags: readonly string[];
  readonly agent: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** `path.Match` for patterns of letters, dots, `*` and `?`, by trying every way. */
function fits(glob: string, text: string): boolean {
  if (glob === "") return text === "";
  if (glob[0] === "*") {
    return fits(glob.slice(1), text) || (text !== "" && fits(glob, text.slice(1)));
  }
  if (text === "") return false;
  return (glob[0] === "?" || glob[0] === text[0]) && fits(glob.slice(1), text.slice(1));
}

function matches({ match }: TheirRule, action: TheirAction): boolean {
  const { labels } = action;
  const asksNothing = (list: readonly unknown[] | undefined): boolean => (list ?? []).length === 0;
  return (
    (asksNothing(match.topics) ||
      match.topics?.some((glob) => fits(glob, action.topic)) === true) &&
    (asksNothing(match.risk_tags) ||
      match.risk_tags?.some((tag) => action.tags.includes(tag)) === true) &&
    (asksNothing(match.actor_ids) || match.actor_ids?.includes(action.agent) === true) &&
    (asksNothing(match.capabilities) ||
      match.capabilities?.includes(labels["capability"] ?? "") === true) &&
    Object.entries(match.labels ?? {}).every(([name, value]) => labels[name] === value) &&
    Object.entries(match.label_allowlist ?? {}).every(
      ([name, values]) => labels[name] !== undefined && !values.includes(labels[name]),
    ) &&
    Object.entries(match.label_threshold ?? {}).every(
      ([name, limit]) => labels[name] !== undefined && Number(labels[name]) > limit,
    )
  );
}

const decideThere = (rules: readonly TheirRule[], action: TheirAction): DecisionKind =>
  rules.find((rule) => matches(rule, action))?.decision ?? "deny";

const someOf = <T>(...values: readonly T[]): fc.Arbitrary<T[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });

const rules: fc.Arbitrary<TheirRule[]> = fc
  .array(
    fc.record({
      decision: fc.constantFrom("allow" as const, "deny" as const, "require_approval" as const),
      match: fc.record(
        {
          topics: someOf("job.db.*", "job.*.read", "job.db.drop", "*", "job.?b.x", "job.db", "a*"),
          risk_tags: someOf("prod", "write", "pii"),
          actor_ids: someOf("bot-1", "bot-2", "b*t"),
          capabilities: someOf("shell", "mail"),
          labels: fc.constantFrom({ env: "prod" }, { env: "dev", team: "x" }),
          label_allowlist: fc.constantFrom({ region: ["eu", "us"] }, { region: ["eu"] }),
          label_threshold: fc.constantFrom({ amount: 10 }, { amount: 0.5 }),
        },
        { requiredKeys: [] },
      ),
    }),
    { maxLength: 6 },
  )
  .map((list) => list.map((rule, at) => ({ id: `r${at}`, ...rule })));

const action: fc.Arbitrary<TheirAction> = fc.record({
  topic: fc.constantFrom("job.db.drop", "job.db", "job.a.b.read", "job.x.read", "job.ab.x", "abc"),
  tags: fc.subarray(["prod", "write", "pii"]),
  agent: fc.constantFrom("bot-1", "bot-2", "b*t", "bat"),
  labels: fc.record(
    {
      env: fc.constantFrom("prod", "dev"),
      team: fc.constantFrom("x", "y"),
      region: fc.constantFrom("eu", "us", "cn"),
      amount: fc.constantFrom("0", "5", "10", "11.5"),
      capability: fc.constantFrom("shell", "mail", "other"),
    },
    { requiredKeys: [] },
  ),
});

function inputOf({ topic, tags, agent, labels }: TheirAction): EvaluationInput {
  return {
    topic,
    tool: null,
    riskTags: [...tags].sort(),
    agent,
    environment: null,
    tenant: "default",
    labels,
    reversible: null,
    cost: null,
    params: {},
    resource: null,
    effect: null,
    onBehalfOf: null,
    run: null,
    thread: null,
    facts: noFacts,
    now: 0,
  };
}

/** A label that such a rule asks for and the action leaves out: there the rule passes it over. */
const leavesOut = (list: readonly TheirRule[], { labels }: TheirAction): boolean =>
  list.some(({ match }) =>
    [...Object.keys(match.label_allowlist ?? {}), ...Object.keys(match.label_threshold ?? {})].some(
      (name) => labels[name] === undefined,
    ),
  );

test("an imported policy decides as the first matching rule did, and never lets more run", () => {
  fc.assert(
    fc.property(rules, fc.array(action, { minLength: 8, maxLength: 16 }), (list, actions) => {
      const { yaml, findings } = importCordum(stringify({ default_decision: "deny", rules: list }));
      expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
      const loaded = loadPolicy(yaml ?? "");
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
      const compiled = compilePolicy(loaded.policy);
      for (const one of actions) {
        const there = decideThere(list, one);
        const here = evaluate(compiled, inputOf(one)).kind;
        if (leavesOut(list, one)) expect(here === "allow" && there !== "allow").toBe(false);
        else expect(here).toBe(there);
      }
    }),
    { numRuns: 150 },
  );
});
