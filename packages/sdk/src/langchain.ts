// Holdpoint in LangChain's agents: a middleware that puts every tool call behind the gate, each with its own answer.

import { type MessageContent, ToolMessage } from "@langchain/core/messages";
import type { Command } from "@langchain/langgraph";
import { type AgentMiddleware, createMiddleware } from "langchain";
import type { Json, JsonObject } from "./action/action.ts";
import { modelMessage } from "./guard/model-message.ts";
import { isToldToModel, noteOfChange } from "./guard/tell.ts";
import { topicOfTool } from "./guard/tool-topic.ts";
import type { GraphConfig } from "./langgraph/call-place.ts";
import { type GateClient, type GateOptions, passGate } from "./langgraph/gate.ts";

export { suspendable } from "./langgraph/thread.ts";
export type { GateOptions } from "./langgraph/gate.ts";

/** How a tool is gated. What the tool gave is recorded as text: `record`, `replay` and the like are the middleware's. */
export type ToolGate = Partial<
  Omit<
    GateOptions<JsonObject, ToolRecord>,
    "tool" | "record" | "summary" | "effectOf" | "reconcile"
  >
>;

export interface HoldpointMiddlewareOptions {
  /** By the tool's name. `false` lets its calls pass unasked. */
  readonly tools?: Readonly<Record<string, ToolGate | false>>;
  /** For tools that are not named. Default: gated, with the topic `job.tool.<name>`. */
  readonly others?: ToolGate | false;
}

/** What is kept of a tool's answer, and given to a repeat of the call. */
export interface ToolRecord {
  readonly content: Json;
  readonly status: "success" | "error" | null;
}

type ToolAnswer = ToolMessage | Command;

/** Whose answer it is. */
interface AnswerHead {
  readonly tool_call_id: string;
  readonly name: string;
}

/** What a tool gave in this process; a repeat elsewhere has the record alone. */
interface Fresh {
  readonly answer: ToolAnswer;
  readonly isRedacted: boolean;
}

/**
 * `createAgent({ model, tools, checkpointer, middleware: [holdpoint(hp, { tools: { refund: { topic } } })] })`
 *
 * Every call of a turn has its own job and its own answer: an approved one runs, a rejected one is told to the model
 * with the reason, and changed arguments are the ones that run. Stands last in the list of middleware: what comes
 * after it could change a call that was approved.
 */
export function holdpoint(
  hp: GateClient,
  options: HoldpointMiddlewareOptions = {},
): AgentMiddleware {
  return createMiddleware({
    name: "Holdpoint",
    async wrapToolCall(request, handler): Promise<ToolAnswer> {
      const { toolCall, runtime } = request;
      const gate = gateOf(options, toolCall.name);
      if (gate === false) return handler(request);
      const head = { tool_call_id: toolCall.id ?? "", name: toolCall.name };
      const failures = new Set<unknown>();
      let fresh: Fresh | undefined;
      const calls = hp.calls<JsonObject, ToolRecord>(async (args, { constraints }) => {
        try {
          const answer = await handler({ ...request, toolCall: { ...toolCall, args } });
          fresh = { answer, isRedacted: constraints["redact"] !== undefined };
          return recordOf(answer);
        } catch (error) {
          failures.add(error);
          throw error;
        }
      }, gate);
      try {
        const config: GraphConfig = { ...runtime, toolCallId: toolCall.id };
        const args = toolCall.args as JsonObject;
        const { result, job } = await passGate(calls, gate, args, config);
        return answerOf(result, fresh, noteOfChange(job), head);
      } catch (error) {
        if (!isToldToModel(error) && !(failures.has(error) && isOwnFailure(error))) throw error;
        return new ToolMessage({ ...head, content: modelMessage(error), status: "error" });
      }
    },
  });
}

function gateOf(
  { tools = {}, others = {} }: HoldpointMiddlewareOptions,
  name: string,
): GateOptions<JsonObject, ToolRecord> | false {
  const gate = (Object.hasOwn(tools, name) ? tools[name] : undefined) ?? others;
  if (gate === false) return false;
  return { topic: topicOfTool(name), ...gate, tool: name };
}

function recordOf(answer: ToolAnswer): ToolRecord {
  if (!ToolMessage.isInstance(answer)) {
    return { content: "It was executed; it gave a command to the graph.", status: null };
  }
  return { content: answer.content as Json, status: answer.status ?? null };
}

/** SECURITY: what goes on is made of the record, from which the guard has taken what the grant hides. */
function answerOf(
  record: ToolRecord,
  fresh: Fresh | undefined,
  note: string | null,
  head: AnswerHead,
): ToolAnswer {
  const isWhole = fresh !== undefined && !fresh.isRedacted;
  if (isWhole && !ToolMessage.isInstance(fresh.answer)) return fresh.answer;
  const { content, status } = record;
  const artifact =
    isWhole && ToolMessage.isInstance(fresh.answer) ? fresh.answer.artifact : undefined;
  return new ToolMessage({
    ...head,
    content: withNote(content, note),
    ...(status !== null && { status }),
    ...(artifact !== undefined && { artifact }),
  });
}

function withNote(content: Json, note: string | null): MessageContent {
  if (note === null) return content as MessageContent;
  if (Array.isArray(content)) return [...content, { type: "text", text: note }];
  return `${typeof content === "string" ? content : JSON.stringify(content)}\n\n${note}`;
}

/** A failure of the tool's: the model goes on from it. Interrupts, and arguments that do not fit, are LangChain's own. */
function isOwnFailure(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === "ToolInvocationError") return false;
  return !("is_bubble_up" in error);
}
