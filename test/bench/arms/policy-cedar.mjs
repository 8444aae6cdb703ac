// The same rules as Cedar policies, parsed once, and asked about the same actions.
import { preparsePolicySet, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/nodejs";

import { measureCost, perAction } from "../measure/cost.mjs";
import { makeInputs, makePolicy } from "../measure/rules.mjs";

const inputCount = 512;
const warmUpCount = 50;

/**
 * Cedar has no list functions and no patterns, so sizes and answers to those come with the request;
 * it has two answers, so holds are denials.
 *
 * @param {unknown} _context
 * @param {{ rules: number, actions: number }} options
 */
export async function open(_context, { rules, actions }) {
  const startedAt = performance.now();
  const text = makePolicy(rules, true)["rules"].map(cedarRule).join("\n");
  const answer = preparsePolicySet("policies", { staticPolicies: text });
  if (answer.type !== "success") throw new Error(JSON.stringify(answer));
  const loadMs = performance.now() - startedAt;
  const calls = makeInputs(rules, inputCount).map(callOf);
  const decide = (/** @type {number} */ number) => {
    const call = calls[number % inputCount];
    if (call === undefined) throw new Error("There is no such call.");
    const given = statefulIsAuthorized(call);
    if (given.type !== "success") throw new Error(JSON.stringify(given));
    return given.response.decision;
  };
  for (let number = 0; number < warmUpCount; number += 1) decide(number);
  return {
    round: async () => {
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

/** @param {Record<string, any>} rule */
function cedarRule(rule) {
  const { match, decision, when } = rule;
  const relaxes = ["allow", "log", "allow_with_constraints"].includes(decision);
  const asked = [
    match.topics === undefined ? [] : [`(${match.topics.map(topicTest).join(" || ")})`],
    (match.risk_tags ?? []).map((/** @type {string} */ tag) => `context.tags.contains("${tag}")`),
    match.environments === undefined ? [] : ['context.environment == "prod"'],
    match.agents === undefined ? [] : [`context.agent like "${match.agents[0]}"`],
    match.cost === undefined ? [] : [`context has cost && context.cost > ${match.cost.over}`],
    when === undefined ? [] : [`(${conditionOf(when)})`],
  ].flat();
  const body = asked.length === 0 ? "" : ` when { ${asked.join(" && ")} }`;
  return `${relaxes ? "permit" : "forbid"}(principal, action, resource)${body};`;
}

/** @param {string} topic */
function topicTest(topic) {
  const glob = topic.replace(/\*\*/g, "*");
  return glob.includes("*") ? `context.topic like "${glob}"` : `context.topic == "${glob}"`;
}

/** @param {string} when */
function conditionOf(when) {
  return when
    .replace(/size\(action\.params\.recipients\)/g, "context.recipientCount")
    .replace(/action\.params\.recipients\.exists\(.*?endsWith\("(.*?)"\)\)/g, "context.outside")
    .replace(
      /has\(action\.params\.note\) && action\.params\.note\.matches\(.*?\)/g,
      "context.marked",
    )
    .replace(/action\.agent\.id\.startsWith\("(.*?)"\)/g, 'context.agent like "$1*"')
    .replace(/"(tag-\d+)" in action\.risk_tags/g, 'context.tags.contains("$1")')
    .replace(/action\.params\.region in (\[.*?\])/g, "$1.contains(context.region)")
    .replace(/action\.params\./g, "context.");
}

/** @param {ReturnType<typeof makeInputs>[0]} input */
function callOf(input) {
  const { params } = input;
  return {
    principal: { type: "Agent", id: "a" },
    action: { type: "Action", id: "act" },
    resource: { type: "Thing", id: "t" },
    context: {
      topic: input.topic,
      tags: input.riskTags,
      agent: input.agent,
      environment: input.environment,
      amount: params.amount,
      recipientCount: params.recipients.length,
      outside: params.recipients.some((one) => !one.endsWith("@d1.example")),
      marked: /drop|truncate|delete/.test(params.note),
      region: params.region,
      team: params.team,
      ...(input.cost === null ? {} : { cost: input.cost.amount }),
    },
    entities: [],
    preparsedPolicySetId: "policies",
  };
}
