// One decision inside the process, without a network and without a disk, by number of rules.
import { compilePolicy } from "@holdpoint/core/policy/compile";
import { evaluate } from "@holdpoint/core/policy/evaluate";
import { policyFromJson } from "@holdpoint/core/policy/snapshot";

import { measureCost, perAction } from "../measure/cost.mjs";
import { makeInputs, makePolicy } from "../measure/rules.mjs";
import { quantile } from "../measure/statistics.mjs";

const inputCount = 4_096;
const warmUpCount = 20_000;

/**
 * @param {unknown} _context
 * @param {{ rules: number }} options
 */
export async function open(_context, { rules }) {
  const compiled = compilePolicy(policyFromJson(makePolicy(rules)));
  const inputs = makeInputs(rules, inputCount);
  const decide = (/** @type {number} */ number) => {
    const input = inputs[number % inputCount];
    if (input === undefined) throw new Error("There is no such input.");
    return evaluate(compiled, input).kind;
  };
  for (let number = 0; number < warmUpCount; number += 1) decide(number);
  return {
    /** @param {{ actions: number }} load */
    round: async ({ actions }) => {
      const spans = new Array(actions).fill(0);
      const [, cost] = await measureCost({}, async () => {
        for (let number = 0; number < actions; number += 1) {
          const startedAt = performance.now();
          decide(number);
          spans[number] = performance.now() - startedAt;
        }
      });
      return { spans: { decision: spans }, ...perAction(cost, actions) };
    },
    close: async () => {},
  };
}

/**
 * All sizes, one after the other, without the harness.
 *
 * @param {{ actions?: number }} [context]
 */
export async function run(context = {}) {
  const rows = [];
  for (const rules of [10, 100, 1_000, 10_000]) {
    const arm = await open(context, { rules });
    const { spans } = await arm.round({ actions: context.actions ?? 100_000 });
    rows.push({
      rules,
      p50Us: quantile(spans.decision, 0.5) * 1_000,
      p99Us: quantile(spans.decision, 0.99) * 1_000,
    });
  }
  return rows;
}
