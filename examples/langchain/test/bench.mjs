// LangChain in the benchmark: one call with its human-in-the-loop middleware, and the same call behind ours.

import { holdpoint } from "@holdpoint/sdk/langchain";
import { Command, MemorySaver } from "@langchain/langgraph";
import {
  AIMessage,
  createAgent,
  fakeModel,
  HumanMessage,
  humanInTheLoopMiddleware,
  tool,
} from "langchain";
import { z } from "zod";

export { Holdpoint } from "@holdpoint/sdk";

const schema = z.object({ id: z.string() });

export function callsOf({ topics, act, options }) {
  const agentOf = (name, id, middleware) => {
    const answer = (messages) =>
      messages.some(({ type }) => type === "tool")
        ? new AIMessage("That is all.")
        : new AIMessage({ content: "", tool_calls: [{ id: "c1", name, args: { id } }] });
    const tools = [tool(act, { name, description: `${name} an item`, schema })];
    const model = fakeModel().respond(answer).respond(answer).respond(answer);
    return createAgent({ model, tools, checkpointer: new MemorySaver(), middleware }).graph;
  };
  const pass = async (agent, thread, { answered, resume }) => {
    const config = { configurable: { thread_id: thread } };
    const begin = { messages: [new HumanMessage("Do what is planned.")] };
    const { __interrupt__: interrupts = [] } = await agent.invoke(begin, config);
    for (const { value } of interrupts) await answered(value.id);
    if (interrupts.length > 0) await agent.invoke(new Command({ resume }), config);
  };
  return {
    own: (name, id) => {
      const middleware = [humanInTheLoopMiddleware({ interruptOn: { held: true } })];
      const resume = { decisions: [{ type: "approve" }] };
      const answered = async () => undefined;
      return pass(agentOf(name, id, middleware), id, { answered, resume });
    },
    gated: (name, id, { hp, answered }) => {
      const middleware = [
        holdpoint(hp, { tools: { [name]: { topic: topics[name], ...options } } }),
      ];
      return pass(agentOf(name, id, middleware), id, { answered, resume: true });
    },
  };
}
