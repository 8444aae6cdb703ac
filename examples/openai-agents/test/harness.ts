// The agent of the adapters' tests on the OpenAI Agents SDK: every tool is gated, and the model is scripted.

import { Holdpoint } from "@holdpoint/sdk";
import {
  gatedTool,
  goOn,
  heldCalls,
  type RunEnd,
  type ToolGateOptions,
} from "@holdpoint/sdk/openai-agents";
import {
  Agent,
  type Model,
  type ModelRequest,
  type ModelResponse,
  run,
  RunState,
  setTracingDisabled,
  type StreamEvent,
  type Tool,
  tool,
  Usage,
} from "@openai/agents";
import { z } from "zod";
import {
  act,
  type Args,
  type Harness,
  type PassReport,
  type Plan,
  type ToolName,
  toolNames,
  topics,
} from "../../../test/adapters/plan.ts";

export { goOn, heldCalls, suspendable } from "@holdpoint/sdk/openai-agents";
export { run, RunState } from "@openai/agents";

setTracingDisabled(true);

const parameters = z.object({ item: z.string(), amount: z.number() });

export function clientOf({ url, timeoutMs }: Plan): Holdpoint {
  return new Holdpoint({ url, ...(timeoutMs !== undefined && { timeoutMs }) });
}

/** In its first turn it makes the planned calls, and then it ends, whichever process it is in. */
class ScriptedModel implements Model {
  readonly #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async getResponse({ input }: ModelRequest): Promise<ModelResponse> {
    const items = typeof input === "string" ? [] : input;
    const isOver = items.some(({ type }) => type === "function_call_result");
    const output: ModelResponse["output"] = isOver
      ? [
          {
            type: "message",
            role: "assistant",
            status: "completed",
            content: [{ type: "output_text", text: "That is all." }],
          },
        ]
      : this.#plan.calls.map(({ id, tool: name, args }) => ({
          type: "function_call",
          callId: id,
          name,
          arguments: JSON.stringify(args),
          status: "completed",
        }));
    return { usage: new Usage(), output };
  }

  async *getStreamedResponse(request: ModelRequest): AsyncIterable<StreamEvent> {
    const { output } = await this.getResponse(request);
    const usage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };
    const response = { id: "response", usage, output };
    yield { type: "response_done", response } as StreamEvent;
  }
}

/** A tool of the test's own, behind the gate. */
export function gatedOf(
  hp: Holdpoint,
  name: string,
  fn: (args: Args) => unknown,
  options: Partial<ToolGateOptions<Args, unknown>> = {},
): Tool {
  const gate = { topic: topics[name as ToolName], tool: name, ...options };
  const members = gatedTool(hp, (args: Args) => fn(args), gate);
  return tool({ name, description: `${name} an item`, parameters, ...members });
}

export function agentOf(plan: Plan, hp: Holdpoint) {
  const tools = toolNames.map((name) => gatedOf(hp, name, (args) => act(plan, name, args)));
  return agentWith(plan, tools);
}

export function agentWith(plan: Plan, tools: Tool[], name = "Tester") {
  return new Agent({ name, model: new ScriptedModel(plan), tools });
}

/** Hands its one task to the planned agent, which asks from inside of a tool. */
export function outerAgentOf(plan: Plan, hp: Holdpoint) {
  const inner = agentOf(plan, hp).asTool({ toolName: "delegate", toolDescription: "Does it." });
  const call = { id: "outer-1", tool: "delegate" as ToolName, args: { input: "Go." } as never };
  const model = new ScriptedModel({ ...plan, calls: [call] });
  return new Agent({ name: "Outer", model, tools: [inner] });
}

/** The same agent with the framework's own approval. */
export function ownApprovalAgent(plan: Plan) {
  const tools = toolNames.map((name) =>
    tool({
      name,
      description: `${name} an item`,
      parameters,
      needsApproval: name === "refund",
      execute: (args) => act(plan, name, args),
    }),
  );
  return agentWith(plan, tools);
}

export const input = "Do what is planned.";

export function contextOf({ thread }: Plan) {
  return { context: { thread } };
}

interface ToolItem {
  readonly type: string;
  readonly callId?: string;
  readonly output?: unknown;
}

/** How the pass ended. */
export function reportOf(result: RunEnd): PassReport {
  const { state } = result;
  const { history } = result as unknown as { readonly history: readonly ToolItem[] };
  const answers = history.filter(({ type }) => type === "function_call_result");
  return {
    ended: state.getInterruptions().length === 0,
    held: heldCalls(state).map(({ job }) => job.id),
    told: Object.fromEntries(answers.map(({ callId = "", output }) => [callId, textOf(output)])),
  };
}

function textOf(output: unknown): string {
  const { text } = (output ?? {}) as { readonly text?: unknown };
  return typeof text === "string" ? text : JSON.stringify(output);
}

/** What a program does that keeps the states of its runs itself. */
async function keep(hp: Holdpoint, plan: Plan, result: RunEnd): Promise<PassReport> {
  const report = reportOf(result);
  if (!report.ended) {
    const state = new TextEncoder().encode(result.state.toString());
    await hp.checkpoints.save(plan.thread, { codec: "run-state", state });
  }
  return report;
}

export const harness: Harness = {
  async start(plan) {
    const hp = clientOf(plan);
    return keep(hp, plan, await run(agentOf(plan, hp), input, contextOf(plan)));
  },
  async resume(plan) {
    const hp = clientOf(plan);
    const agent = agentOf(plan, hp);
    const kept = await hp.checkpoints.latest(plan.thread);
    const state = await RunState.fromString(agent, new TextDecoder().decode(kept?.state));
    return keep(hp, plan, await goOn(agent, state));
  },
};
