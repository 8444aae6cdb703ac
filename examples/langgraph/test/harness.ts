// The agent of the adapters' tests on LangGraph: every tool call is a task of its own, behind the gate.

import { Holdpoint } from "@holdpoint/sdk";
import { gatedTool } from "@holdpoint/sdk/langgraph";
import { HoldpointSaver } from "@holdpoint/sdk/langgraph-checkpoint";
import {
  AIMessage,
  type BaseMessage,
  HumanMessage,
  type ToolMessage,
} from "@langchain/core/messages";
import { fakeModel } from "@langchain/core/testing";
import { tool } from "@langchain/core/tools";
import {
  Command,
  END,
  type Interrupt,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
} from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { z } from "zod";
import {
  act,
  type Harness,
  type PassReport,
  type Plan,
  toolNames,
  topics,
} from "../../../test/adapters/plan.ts";

export { suspendable } from "@holdpoint/sdk/langgraph";

const schema = z.object({ item: z.string(), amount: z.number() });
type Args = z.infer<typeof schema>;

export function clientOf(plan: Plan): Holdpoint {
  const { url, timeoutMs } = plan;
  return new Holdpoint({ url, ...(timeoutMs !== undefined && { timeoutMs }) });
}

/** In its first turn it makes the planned calls, and then it ends, whichever process it is in. */
export function modelOf(plan: Plan) {
  const answer = (messages: BaseMessage[]): AIMessage => {
    if (messages.some(({ type }) => type === "tool")) return new AIMessage("That is all.");
    const tool_calls = plan.calls.map(({ id, tool: name, args }) => ({ id, name, args }));
    return new AIMessage({ content: "", tool_calls });
  };
  return fakeModel().respond(answer).respond(answer).respond(answer);
}

export function graphOf(plan: Plan, hp: Holdpoint, style: "task" | "batch" = "task") {
  const model = modelOf(plan);
  const tools = toolNames.map((name) =>
    tool(
      gatedTool(hp, (args: Args) => act(plan, name, args), { topic: topics[name], tool: name }),
      { name, description: `${name} an item`, schema },
    ),
  );
  const route = ({ messages }: typeof MessagesAnnotation.State) => {
    const calls = (messages.at(-1) as AIMessage).tool_calls ?? [];
    if (calls.length === 0) return END;
    if (style === "batch") return "tools";
    return calls.map((call) => new Send("tools", { messages, lg_tool_call: call }));
  };
  return new StateGraph(MessagesAnnotation)
    .addNode("model", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
    .addNode("tools", new ToolNode(tools))
    .addEdge(START, "model")
    .addConditionalEdges("model", route, ["tools", END])
    .addEdge("tools", "model")
    .compile({ checkpointer: new HoldpointSaver(hp) });
}

export const start = { messages: [new HumanMessage("Do what is planned.")] };

export function configOf({ thread }: Plan) {
  return { configurable: { thread_id: thread } };
}

/** How the pass ended, from what `invoke` gave. */
export function reportOf(result: unknown): PassReport {
  const { messages = [], __interrupt__: interrupts = [] } = result as {
    messages?: BaseMessage[];
    __interrupt__?: Interrupt<{ id: string }>[];
  };
  const answers = messages.filter((message): message is ToolMessage => message.type === "tool");
  return {
    ended: interrupts.length === 0,
    held: interrupts.map(({ value }) => value?.id ?? ""),
    told: Object.fromEntries(answers.map((message) => [message.tool_call_id, message.text])),
  };
}

export const harness: Harness = {
  async start(plan) {
    return reportOf(await graphOf(plan, clientOf(plan)).invoke(start, configOf(plan)));
  },
  // As somebody would who knows nothing of Holdpoint: every interrupt is resumed, whatever people said.
  async resume(plan) {
    const graph = graphOf(plan, clientOf(plan));
    return reportOf(await graph.invoke(await resumeAll(graph, plan), configOf(plan)));
  },
};

/** A resume of every interrupt; null for a thread that has none. */
export async function resumeAll(graph: ReturnType<typeof graphOf>, plan: Plan) {
  const { tasks } = await graph.getState(configOf(plan));
  const ids = tasks.flatMap(({ interrupts }) => interrupts.map(({ id = "" }) => [id, true]));
  if (ids.length === 0) return null;
  return new Command<unknown, Record<string, unknown>, never>({ resume: Object.fromEntries(ids) });
}
