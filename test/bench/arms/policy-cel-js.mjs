// The same rules and the same index, with the conditions in @marcbachmann/cel-js: its winner.
import { compilePolicy } from "@holdpoint/core/policy-decide/compile";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import { beginWalk, nextRule } from "@holdpoint/core/policy-decide/topic-walk";
import { Environment } from "@marcbachmann/cel-js";

import { measureCost, perAction } from "../measure/cost.mjs";
import { makeInputs, makePolicy } from "../measure/rules.mjs";

const inputCount = 4_096;
const warmUpCount = 20_000;

/**
 * @param {unknown} _context
 * @param {{ rules: number }} options
 */
export async function open(_context, { rules }) {
  const startedAt = performance.now();
  const compiled = compilePolicy(policyFromJson(makePolicy(rules, true)));
  const environment = new Environment({ unlistedVariablesAreDyn: true });
  /** @type {Map<string, (context: object) => unknown>} */
  const parsed = new Map();
  const conditions = compiled.rules.map(({ condition }) => {
    if (condition === null) return null;
    // Its numbers do not compare across types, so that whole numbers are written as doubles for it.
    const source = condition.source.replace(/(amount > \d+)/g, "$1.0");
    const known = parsed.get(source) ?? environment.parse(source);
    parsed.set(source, known);
    return known;
  });
  const loadMs = performance.now() - startedAt;
  const cases = makeInputs(rules, inputCount).map((input) => ({ input, action: actionOf(input) }));
  const decide = (/** @type {number} */ number) => {
    const one = cases[number % inputCount];
    if (one === undefined) throw new Error("There is no such input.");
    return winner(compiled, conditions, one);
  };
  for (let number = 0; number < warmUpCount; number += 1) decide(number);
  return {
    /** @param {{ actions: number }} load */
    round: async ({ actions }) => {
      const times = new Array(actions).fill(0);
      const [, cost] = await measureCost({}, async () => {
        for (let number = 0; number < actions; number += 1) {
          const before = performance.now();
          decide(number);
          times[number] = performance.now() - before;
        }
      });
      return { spans: { load: [loadMs], winner: times }, ...perAction(cost, actions) };
    },
    close: async () => {},
  };
}

/**
 * @param {import("@holdpoint/core/policy-decide/compile").CompiledPolicy} compiled
 * @param {(((context: object) => unknown) | null)[]} conditions
 * @param {{ input: ReturnType<typeof makeInputs>[0], action: object }} one
 */
function winner(compiled, conditions, { input, action }) {
  beginWalk(compiled.index, compiled.scratch, input);
  for (;;) {
    const number = nextRule(compiled.index, compiled.scratch);
    const rule = compiled.rules[number];
    if (rule === undefined) return null;
    if (rule.remaining.some((clause) => clause.ask(input) === 0)) continue;
    const condition = conditions[number];
    if (condition === null || condition === undefined || holds(condition, action)) return rule.id;
  }
}

/**
 * @param {(context: object) => unknown} condition
 * @param {object} action
 */
function holds(condition, action) {
  try {
    return condition({ action }) === true;
  } catch {
    return false;
  }
}

/** @param {ReturnType<typeof makeInputs>[0]} input */
export function actionOf(input) {
  return {
    topic: input.topic,
    params: input.params,
    risk_tags: input.riskTags,
    agent: { id: input.agent },
    target: { environment: input.environment },
    ...(input.cost === null ? {} : { cost: input.cost }),
  };
}
