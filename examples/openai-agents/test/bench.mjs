// The OpenAI Agents SDK in the benchmark: one call with its own approval, and the same call behind the gate.

import { gatedTool, goOn, heldCalls } from "@holdpoint/sdk/openai-agents";
import { Agent, run, setTracingDisabled, tool, Usage } from "@openai/agents";
import { z } from "zod";

export { Holdpoint } from "@holdpoint/sdk";

setTracingDisabled(true);

const parameters = z.object({ id: z.string() });
const input = "Do what is planned.";
const message = {
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: "That is all." }],
};

const modelOf = (name, id) => ({
  getResponse: async ({ input: items }) => {
    const isOver =
      Array.isArray(items) && items.some(({ type }) => type === "function_call_result");
    const call = { type: "function_call", callId: "c1", name, status: "completed" };
    const output = isOver ? message : { ...call, arguments: JSON.stringify({ id }) };
    return { usage: new Usage(), output: [output] };
  },
});

export function callsOf({ topics, act, options }) {
  const described = (name) => ({ name, description: `${name} an item`, parameters });
  const agentOf = (name, id, rest) =>
    new Agent({
      name: "Bench",
      model: modelOf(name, id),
      tools: [tool({ ...described(name), ...rest })],
    });
  return {
    own: async (name, id) => {
      const needsApproval = name === "held";
      const agent = agentOf(name, id, { needsApproval, execute: act });
      const { state } = await run(agent, input);
      if (!needsApproval) return;
      for (const interruption of state.getInterruptions()) state.approve(interruption);
      await run(agent, state);
    },
    gated: async (name, id, { hp, answered }) => {
      const gate = gatedTool(hp, act, { topic: topics[name], tool: name, ...options });
      const agent = agentOf(name, id, gate);
      const { state } = await run(agent, input, { context: { thread: id } });
      const held = heldCalls(state);
      for (const { job } of held) await answered(job.id);
      if (held.length > 0) await goOn(agent, state);
    },
  };
}
