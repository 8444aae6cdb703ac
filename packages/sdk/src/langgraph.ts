// Holdpoint in LangGraph: nodes and tools behind a gate, and threads that a worker takes up with the answers.

import { ToolMessage } from "@langchain/core/messages";
import { modelMessage } from "./guard/model-message.ts";
import type { ToolFunction } from "./guard/options.ts";
import { isToldToModel, noteOfChange } from "./guard/tell.ts";
import type { GraphConfig } from "./langgraph/call-place.ts";
import { type GateClient, type GateOptions, passGate } from "./langgraph/gate.ts";

export type { GraphConfig } from "./langgraph/call-place.ts";
export type { GateClient, GateOptions } from "./langgraph/gate.ts";
export { suspendable } from "./langgraph/thread.ts";
export type { SuspendableGraph, Ended, ThreadClient, ThreadOptions } from "./langgraph/thread.ts";

/**
 * Puts a function behind Holdpoint, for nodes and tasks of a graph. While people are asked the graph is interrupted;
 * resumed, by whomever and however often, the function runs once, and every replay gets its recorded result.
 *
 * What stands before the call in its node runs again on each resume: keep effects inside of gated functions.
 *
 * @throws (the gated function) what `Holdpoint.guard` throws: ActionRejected, ActionDenied, ApprovalExpired, …
 * @example
 * const refund = gated(hp, rawRefund, { topic: "job.payment.refund", riskTags: ["payment"] });
 * graph.addNode("refund", async (state, config) => ({
 *   receipt: await refund({ orderId: state.orderId, amount: state.amount }, config),
 * }));
 */
export function gated<P extends object, R>(
  hp: GateClient,
  fn: ToolFunction<P, R>,
  options: GateOptions<P, R>,
): (params: P, config?: GraphConfig) => Promise<R> {
  const calls = hp.calls(fn, options);
  return async (params, config) => (await passGate(calls, options, params, config)).result;
}

/**
 * The same for a tool: `tool(gatedTool(hp, refund, { topic }), { name, schema })`. A no is not thrown: the model is
 * told what happened and why, so that it can go another way; and it is told when people changed the arguments.
 */
export function gatedTool<P extends object, R>(
  hp: GateClient,
  fn: ToolFunction<P, R>,
  options: GateOptions<P, R>,
): (params: P, config?: GraphConfig) => Promise<R | ToolMessage> {
  const calls = hp.calls(fn, options);
  return async (params, config) => {
    const tool_call_id = config?.toolCall?.id ?? config?.toolCallId ?? "";
    try {
      const { result, job } = await passGate(calls, options, params, config);
      const note = noteOfChange(job);
      if (note === null) return result;
      const text = typeof result === "string" ? result : JSON.stringify(result);
      return new ToolMessage({ content: `${text}\n\n${note}`, tool_call_id });
    } catch (error) {
      if (!isToldToModel(error)) throw error;
      return new ToolMessage({ content: modelMessage(error), tool_call_id, status: "error" });
    }
  };
}
