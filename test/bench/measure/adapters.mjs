// The adapters that the benchmark calls, and what each may add to a call.

/**
 * @typedef {object} Adapter
 * @property {string} name
 * @property {string} example Its folder has the framework's packages and `test/bench.mjs`.
 * @property {Record<string, unknown>} [options] Of the guard.
 * @property {boolean} [isAwaited] Waits until the outcome is on record: one request more, and no target.
 */

/** The outcome is on its way while the agent goes on. */
const behind = { report: "behind" };

/** @type {readonly Adapter[]} */
export const adapters = [
  { name: "hp.guard", example: "plain", isAwaited: true },
  { name: "hp.guard, reported behind", example: "plain", options: behind },
  ...Object.entries({
    "OpenAI Agents": "openai-agents",
    "AI SDK 6": "ai-sdk-6",
    "AI SDK 7": "ai-sdk-7",
    LangGraph: "langgraph",
    LangChain: "langchain",
  }).map(([name, example]) => ({ name, example, options: behind })),
];

const allowedMsMax = 2;
const heldMsMax = 8;

/** @param {string} load */
export function adapterTargets(load) {
  return adapters.flatMap(({ name, isAwaited }) => {
    if (isAwaited === true) return [];
    return [
      { span: `${name}: allowed, added`, load, p50MsMax: allowedMsMax },
      { span: `${name}: held, added`, load, p50MsMax: heldMsMax },
    ];
  });
}
