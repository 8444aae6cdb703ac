// The agent of the adapters' tests on the OpenAI Agents SDK: every tool is gated, and the model is scripted.

import { Holdpoint } from "@holdpoint/sdk";
import { gatedTool, goOn, heldCalls, type RunEnd } from "@holdpoint/sdk/openai-agents";
import {
  Agent,
  type Model,
  type ModelRequest,
  type ModelResponse,
  run,
  RunState,
  setTracingDisabled,
  type StreamEvent,
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

export function agentOf(plan: Plan, hp: Holdpoint) {
  return agentWith(
    plan,
    toolNames.map((name) =>
      tool({
        name,
        description: `${name} an item`,
        parameters,
        ...gatedTool(hp, (args: Args) => act(plan, name, args), {
          topic: topics[name],
          tool: name,
        }),
      }),
    ),
  );
}

export function agentWith(plan: Plan, tools: ReturnType<typeof tool>[]) {
  return new Agent({ name: "Tester", model: new ScriptedModel(plan), tools });
}

/** The same agent with the framework's own approval. */
export function ownApprovalAgent(plan: Plan) {
  return agentWith(
    plan,
    toolNames.map((name) =>
      tool({
        name,
        description: `${name} an item`,
        parameters,
        needsApproval: name === ("refund" satisfies ToolName),
        execute: (args) => act(plan, name, args),
      }),
    ),
  );
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
