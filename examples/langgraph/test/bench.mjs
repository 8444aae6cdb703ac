// LangGraph in the benchmark: one call that interrupts for its own approval, and the same call behind the gate.

import { gatedTool } from "@holdpoint/sdk/langgraph";
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import {
  Command,
  END,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { z } from "zod";

export { Holdpoint } from "@holdpoint/sdk";

const schema = z.object({ id: z.string() });

function graphOf(name, id, run) {
  const tools = [tool(run, { name, description: `${name} an item`, schema })];
  const isCall = ({ messages }) => (messages.at(-1).tool_calls?.length > 0 ? "tools" : END);
  const answer = (messages) =>
    messages.some(({ type }) => type === "tool")
      ? new AIMessage("That is all.")
      : new AIMessage({ content: "", tool_calls: [{ id: "c1", name, args: { id } }] });
  return new StateGraph(MessagesAnnotation)
    .addNode("model", ({ messages }) => ({ messages: [answer(messages)] }))
    .addNode("tools", new ToolNode(tools))
    .addEdge(START, "model")
    .addConditionalEdges("model", isCall, ["tools", END])
    .addEdge("tools", "model")
    .compile({ checkpointer: new MemorySaver() });
}

const begin = () => ({ messages: [new HumanMessage("Do what is planned.")] });

export function callsOf({ topics, act, options }) {
  const pass = async (graph, thread, answered) => {
    const config = { configurable: { thread_id: thread } };
    const { __interrupt__: interrupts = [] } = await graph.invoke(begin(), config);
    for (const { value } of interrupts) await answered(value.id);
    if (interrupts.length > 0) await graph.invoke(new Command({ resume: true }), config);
  };
  return {
    own: (name, id) => {
      const asking = (args) => {
        interrupt({ id });
        return act(args);
      };
      return pass(graphOf(name, id, name === "held" ? asking : act), id, async () => undefined);
    },
    gated: (name, id, { hp, answered }) => {
      const gate = gatedTool(hp, act, { topic: topics[name], tool: name, ...options });
      return pass(graphOf(name, id, gate), id, answered);
    },
  };
}
