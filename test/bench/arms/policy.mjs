// One decision inside the process, without a network and without a disk, by number of rules.
import { compilePolicy } from "@holdpoint/core/policy-decide/compile";
import { evaluate } from "@holdpoint/core/policy-decide/evaluate";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import { explain } from "@holdpoint/core/policy-decide/trace";
import { winnerOf } from "@holdpoint/core/policy-decide/winner";

import { measureCost, perAction } from "../measure/cost.mjs";
import { makeInputs, makePolicy } from "../measure/rules.mjs";
import { quantile } from "../measure/statistics.mjs";

const inputCount = 4_096;
const warmUpCount = 20_000;

/**
 * Without `conditional` no rule has a condition, and only the whole decision is measured.
 *
 * @param {unknown} _context
 * @param {{ rules: number, conditional?: boolean }} options
 */
export async function open(_context, { rules, conditional = false }) {
  const json = makePolicy(rules, conditional);
  const loads = Array.from({ length: conditional ? 3 : 1 }, () => load(json));
  const compiled = /** @type {(typeof loads)[0]} */ (loads[0]).compiled;
  const inputs = makeInputs(rules, inputCount);
  const inputOf = (/** @type {number} */ number) => {
    const input = inputs[number % inputCount];
    if (input === undefined) throw new Error("There is no such input.");
    return input;
  };
  const decide = (/** @type {number} */ number) => evaluate(compiled, inputOf(number)).kind;
  const steps = {
    ...(conditional && {
      winner: (/** @type {number} */ number) => winnerOf(compiled, inputOf(number)).kind,
    }),
    decision: decide,
    ...(conditional && {
      "decision and trace": (/** @type {number} */ number) => {
        const input = inputOf(number);
        return explain(compiled, input, evaluate(compiled, input)).rulesConsidered;
      },
    }),
  };
  for (const step of Object.values(steps)) {
    for (let number = 0; number < warmUpCount; number += 1) step(number);
  }
  return {
    /** @param {{ actions: number }} load */
    round: async ({ actions }) => {
      /** @type {Record<string, number[]>} */
      const spans = conditional ? { load: loads.map((one) => one.ms) } : {};
      const [, cost] = await measureCost({}, async () => {
        for (const [name, step] of Object.entries(steps)) {
          const times = new Array(actions).fill(0);
          for (let number = 0; number < actions; number += 1) {
            const startedAt = performance.now();
            step(number);
            times[number] = performance.now() - startedAt;
          }
          spans[name] = times;
        }
      });
      return { spans, ...perAction(cost, actions) };
    },
    close: async () => {},
  };
}

/** @param {Parameters<typeof policyFromJson>[0]} json A policy in the form of its file. */
function load(json) {
  const startedAt = performance.now();
  const compiled = compilePolicy(policyFromJson(json));
  return { compiled, ms: performance.now() - startedAt };
}

/**
 * All sizes, one after the other, without the harness.
 *
 * @param {{ actions?: number }} [context]
 */
export async function run(context = {}) {
  const rows = [];
  for (const conditional of [false, true]) {
    for (const rules of [10, 100, 1_000, 10_000]) {
      const arm = await open(context, { rules, conditional });
      const { spans } = await arm.round({ actions: context.actions ?? 100_000 });
      for (const [span, times] of Object.entries(spans)) {
        const p50Us = quantile(times, 0.5) * 1_000;
        rows.push({ rules, conditional, span, p50Us, p99Us: quantile(times, 0.99) * 1_000 });
      }
    }
  }
  return rows;
}
