// The adapters that the benchmark calls, and what each may add to a call.

/**
 * @typedef {object} Adapter
 * @property {string} name
 * @property {string} example Its folder has the framework's packages and `test/bench.mjs`.
 * @property {Record<string, unknown>} [options] Of the guard.
 * @property {boolean} [isLocal] Decides allowed calls in its own process; held ones are not asked for.
 */

/** @type {readonly Adapter[]} */
export const adapters = [
  { name: "hp.guard", example: "plain" },
  { name: "hp.guard, reported behind", example: "plain", options: { report: "behind" } },
  { name: "hp.guard, local", example: "plain", isLocal: true },
  { name: "OpenAI Agents", example: "openai-agents" },
  { name: "AI SDK 6", example: "ai-sdk-6" },
  { name: "AI SDK 7", example: "ai-sdk-7" },
  { name: "LangGraph", example: "langgraph" },
  { name: "LangChain", example: "langchain" },
];

const allowedMsMax = 2;
const localMsMax = 0.05;
const heldMsMax = 8;

/** @param {string} load */
export function adapterTargets(load) {
  return adapters.flatMap(({ name, isLocal }) => {
    const p50MsMax = isLocal === true ? localMsMax : allowedMsMax;
    const allowed = { span: `${name}: allowed, added`, load, p50MsMax };
    const held = { span: `${name}: held, added`, load, p50MsMax: heldMsMax };
    return isLocal === true ? [allowed] : [allowed, held];
  });
}
