// Finds the approval requests of a chat that have no answer yet.

import type { JobView } from "@holdpoint/core/wire/response";
import type { Message } from "./messages.ts";

/** One answer, as the AI SDK reads it. */
export interface ToolAnswer {
  readonly type: "tool-approval-response";
  readonly approvalId: string;
  readonly approved: boolean;
  readonly reason?: string;
}

export interface ApprovalAnswers {
  /** Calls that people are still asked about. */
  readonly held: readonly JobView[];
  /** Every call of the open requests. */
  readonly jobs: readonly JobView[];
  /** Ids of requests of tools that are not gated: they are the program's to answer, in the same message. */
  readonly others: readonly string[];
  /** To go on with: `[...messages, message]`. Null while a call is held, and when nothing is asked. */
  readonly message: { readonly role: "tool"; readonly content: ToolAnswer[] } | null;
}

interface Request {
  readonly approvalId: string;
  readonly toolCall: {
    readonly toolCallId: string;
    readonly toolName: string;
    readonly input: unknown;
  };
}

interface Part {
  readonly type?: unknown;
  readonly approvalId?: unknown;
  readonly toolCallId?: unknown;
  readonly toolName?: unknown;
  readonly input?: unknown;
}

/** @throws TypeError for a request whose call is not in the messages: somebody took it out */
export function openRequests(messages: readonly Message[]): Request[] {
  const parts = messages.flatMap(({ content }) =>
    Array.isArray(content) ? (content as readonly Part[]) : [],
  );
  const ids = (type: string, name: "approvalId" | "toolCallId"): Set<unknown> =>
    new Set(parts.flatMap((part) => (part.type === type ? part[name] : [])));
  const answered = ids("tool-approval-response", "approvalId");
  const ended = ids("tool-result", "toolCallId");
  return parts.flatMap(({ type, approvalId, toolCallId }) => {
    if (type !== "tool-approval-request" || typeof approvalId !== "string") return [];
    if (answered.has(approvalId) || ended.has(toolCallId)) return [];
    const call = parts.find((part) => part.type === "tool-call" && part.toolCallId === toolCallId);
    if (typeof toolCallId !== "string" || typeof call?.toolName !== "string") {
      throw new TypeError(`the messages have no call for the approval request ${approvalId}`);
    }
    const { toolName, input } = call;
    return [{ approvalId, toolCall: { toolCallId, toolName, input } }];
  });
}
