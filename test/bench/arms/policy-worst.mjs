// The dearest decisions that an agent can ask for: each goes to the end of the budget or close to it.
import { compilePolicy } from "@holdpoint/core/policy-decide/compile";
import { evaluate } from "@holdpoint/core/policy-decide/evaluate";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";

import { measureCost, perAction } from "../measure/cost.mjs";
import { makeInputs, makePolicy } from "../measure/rules.mjs";
import { conditions, worstPolicies } from "../measure/worst.mjs";

const repeats = 40;
const warmUps = 10;

/** @param {number} length Of the list; the texts are as many times longer. */
function paramsOf(length) {
  const list = new Array(length).fill(1);
  return {
    list,
    text: "a".repeat(length * 16),
    word: "b".repeat(400),
    deep: { a: list },
    other: { a: [...list] },
  };
}

export async function open() {
  const base = /** @type {ReturnType<typeof makeInputs>[0]} */ (makeInputs(10, 1)[0]);
  /** @type {{ name: string, decide: () => string }[]} */
  const cases = Object.entries(conditions).flatMap(([name, when]) => {
    const rules = [{ id: "only", decision: "allow", when }];
    const compiled = compilePolicy(policyFromJson({ version: "v1", rules }));
    return [400, 4_000, 40_000].map((length) => {
      const input = { ...base, params: { ...base.params, ...paramsOf(length) } };
      return { name, decide: () => evaluate(compiled, input).kind };
    });
  });
  const rules = Array.from({ length: 20_000 }, (_, number) => ({
    id: `r${number}`,
    decision: number % 2 === 0 ? "deny" : "allow",
    when: `action.params.nope > ${number}`,
  }));
  const wide = compilePolicy(policyFromJson({ version: "v1", rules }));
  cases.push({ name: worstPolicies[0], decide: () => evaluate(wide, base).kind });
  const large = compilePolicy(policyFromJson(makePolicy(10_000, true)));
  const tagged = { ...base, riskTags: Array.from({ length: 40 }, (_, number) => `tag-${number}`) };
  cases.push({ name: worstPolicies[1], decide: () => evaluate(large, tagged).kind });
  for (const { decide } of cases) for (let time = 0; time < warmUps; time += 1) decide();
  return {
    round: async () => {
      /** @type {Record<string, number[]>} */
      const spans = {};
      const [, cost] = await measureCost({}, async () => {
        for (const { name, decide } of cases) {
          const times = Array.from({ length: repeats }, () => {
            const startedAt = performance.now();
            decide();
            return performance.now() - startedAt;
          });
          // Of the sizes of one case the dearest counts.
          const known = spans[name];
          if (known === undefined || middle(times) > middle(known)) spans[name] = times;
        }
      });
      return { spans, ...perAction(cost, cases.length * repeats) };
    },
    close: async () => {},
  };
}

/** @param {number[]} times */
function middle(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}
