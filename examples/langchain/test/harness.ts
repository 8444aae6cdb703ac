// The agent of the adapters' tests on LangChain's createAgent: every tool call goes through the middleware.

import { Holdpoint } from "@holdpoint/sdk";
import { holdpoint, type HoldpointMiddlewareOptions } from "@holdpoint/sdk/langchain";
import { HoldpointSaver } from "@holdpoint/sdk/langgraph-checkpoint";
import { Command } from "@langchain/langgraph";
import {
  AIMessage,
  type BaseMessage,
  createAgent,
  type CreateAgentParams,
  fakeModel,
  HumanMessage,
  humanInTheLoopMiddleware,
  tool,
  type ToolMessage,
} from "langchain";
import { z } from "zod";
import {
  act,
  type Args,
  type Harness,
  type PassReport,
  type Plan,
  toolNames,
  topics,
} from "../../../test/adapters/plan.ts";

export { suspendable } from "@holdpoint/sdk/langchain";
export { Command } from "@langchain/langgraph";
export { ToolMessage } from "langchain";

const schema = z.object({ item: z.string(), amount: z.number() });

export function clientOf({ url, timeoutMs }: Plan, fetch?: typeof globalThis.fetch): Holdpoint {
  return new Holdpoint({
    url,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(fetch !== undefined && { fetch }),
  });
}

/** In its first turn it makes the planned calls, and then it ends, whichever process it is in. */
function modelOf(plan: Plan) {
  const answer = (messages: BaseMessage[]): AIMessage => {
    if (messages.some(({ type }) => type === "tool")) return new AIMessage("That is all.");
    const tool_calls = plan.calls.map(({ id, tool: name, args }) => ({ id, name, args }));
    return new AIMessage({ content: "", tool_calls });
  };
  return fakeModel().respond(answer).respond(answer).respond(answer);
}

type AgentTool = CreateAgentParams["tools"] extends readonly (infer T)[] | undefined ? T : never;

function toolsOf(plan: Plan, meet?: () => Promise<void>): AgentTool[] {
  return toolNames.map((name) =>
    toolOf(name, async (args) => {
      await meet?.();
      return act(plan, name, args);
    }),
  );
}

/** A tool of the test's own, whatever it gives. */
export function toolOf(name: string, run: (args: Args) => unknown): AgentTool {
  return tool((args: Args) => run(args), { name, description: `${name} an item`, schema });
}

const gates: HoldpointMiddlewareOptions = {
  tools: Object.fromEntries(toolNames.map((name) => [name, { topic: topics[name] }])),
};

export interface AgentOptions extends HoldpointMiddlewareOptions {
  readonly version?: "v1" | "v2";
  /** Default: those of the plan. */
  readonly agentTools?: AgentTool[];
  /** Asked by the middleware. Default: the client that keeps the thread. */
  readonly asked?: Holdpoint;
}

export function agentOf(plan: Plan, hp: Holdpoint, options: AgentOptions = gates) {
  const { version = "v2", agentTools = toolsOf(plan), asked = hp, ...middleware } = options;
  return createAgent({
    model: modelOf(plan),
    tools: agentTools,
    checkpointer: new HoldpointSaver(hp),
    middleware: [holdpoint(asked, { ...gates, ...middleware })],
    version,
  }).graph;
}

/** The same agent with LangChain's own approval. */
export function ownApprovalAgent(plan: Plan, hp: Holdpoint, meet?: () => Promise<void>) {
  return createAgent({
    model: modelOf(plan),
    tools: toolsOf(plan, meet),
    checkpointer: new HoldpointSaver(hp),
    middleware: [humanInTheLoopMiddleware({ interruptOn: { refund: true } })],
  }).graph;
}

export const start = { messages: [new HumanMessage("Do what is planned.")] };

export function configOf({ thread }: Plan) {
  return { configurable: { thread_id: thread } };
}

/** How the pass ended, from what `invoke` gave. */
export function reportOf(result: unknown): PassReport {
  const { messages = [], __interrupt__: interrupts = [] } = result as {
    messages?: BaseMessage[];
    __interrupt__?: { value?: { id?: string } }[];
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
    return reportOf(await agentOf(plan, clientOf(plan)).invoke(start, configOf(plan)));
  },
  // As somebody would who knows nothing of Holdpoint: every interrupt is resumed, whatever people said.
  async resume(plan) {
    const graph = agentOf(plan, clientOf(plan));
    return reportOf(await graph.invoke(await resumeAll(graph, plan), configOf(plan)));
  },
};

/** A resume of every interrupt; null for a thread that has none. */
export async function resumeAll(graph: ReturnType<typeof agentOf>, plan: Plan) {
  const { tasks } = await graph.getState(configOf(plan));
  const ids = tasks.flatMap(({ interrupts }) => interrupts.map(({ id = "" }) => [id, true]));
  return ids.length === 0 ? null : resuming(Object.fromEntries(ids));
}

export function resuming(resume: unknown) {
  return new Command<unknown, Record<string, unknown>, never>({ resume });
}
