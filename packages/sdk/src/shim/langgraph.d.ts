// The parts of LangGraph and LangChain that the adapters stand on; a user's own copies replace them.

declare module "@langchain/langgraph" {
  /** Returns what a resume brought, or ends the pass here by throwing. */
  export function interrupt(value: unknown): unknown;
  /** Of the node that is running; undefined outside of a graph. */
  export function getConfig():
    | { readonly configurable?: Readonly<Record<string, unknown>>; readonly signal?: AbortSignal }
    | undefined;
  export class Command {
    constructor(args: { resume?: unknown });
  }
}

declare module "@langchain/core/messages" {
  export type MessageContent =
    | string
    | { readonly type: string; readonly [name: string]: unknown }[];
  export class ToolMessage {
    constructor(fields: {
      content: MessageContent;
      tool_call_id: string;
      name?: string;
      status?: "success" | "error";
      artifact?: unknown;
    });
    static isInstance(value: unknown): value is ToolMessage;
    content: unknown;
    status?: "success" | "error";
    artifact?: unknown;
  }
}

declare module "langchain" {
  import type { ToolMessage } from "@langchain/core/messages";
  import type { Command } from "@langchain/langgraph";

  interface ToolCallRequest {
    toolCall: { id?: string; name: string; args: Record<string, unknown> };
    runtime: { configurable?: Record<string, unknown>; signal?: AbortSignal };
  }
  type Handler = (
    request: ToolCallRequest,
  ) => Promise<ToolMessage | Command> | ToolMessage | Command;
  export interface AgentMiddleware {
    name: string;
  }
  export function createMiddleware(config: {
    name: string;
    wrapToolCall(request: ToolCallRequest, handler: Handler): Promise<ToolMessage | Command>;
  }): AgentMiddleware;
}
