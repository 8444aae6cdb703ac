// Names a call of a LangGraph thread, the same whenever and wherever the thread is resumed.

import { getConfig } from "@langchain/langgraph";
import type { AgentRun } from "../action/action.ts";
import { sha256Hex } from "../client/sha256.ts";

/** The part of a node's or a tool's config that says where it runs. */
export interface GraphConfig {
  readonly configurable?: Readonly<Record<string, unknown>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** LangGraph's ToolNode tells it so. */
  readonly toolCall?: { readonly id?: string | undefined } | undefined;
  /** LangChain's agents tell it so. */
  readonly toolCallId?: string | undefined;
}

/** Names on the wire are at most this long. */
const NAME_LENGTH_MAX = 256;

/**
 * Thread and call, also for a caller that did not pass its config on: a call without its name would be another one on
 * each replay. A tool call has the id that the model gave it; a node's call has its task, which LangGraph makes
 * from the checkpoint that it starts from: two workers at the same checkpoint name it alike, and so does a replay.
 *
 * @param name tells apart what one node or one tool call does; without it, a node's call goes by its topic
 */
export async function callPlace(
  given: GraphConfig | undefined,
  topic: string,
  name: string | undefined,
): Promise<AgentRun> {
  const configurable = given?.configurable ?? getConfig()?.configurable;
  const thread = nameOf(configurable?.["thread_id"]);
  // Without a thread nothing is saved, so nothing is replayed either: each call is one of its own.
  if (thread === undefined) return {};
  const toolCall = given?.toolCall?.id ?? given?.toolCallId;
  const threadName = await fit(thread);
  const suffix = name ?? (toolCall === undefined ? topic : undefined);
  const owner = toolCall ?? nameOf(configurable?.["checkpoint_ns"]) ?? "";
  const call = await fit(suffix === undefined ? owner : `${owner}#${suffix}`);
  return { run: threadName, thread: threadName, call };
}

/** Some programs number their threads. */
function nameOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** Two long names stay two. */
async function fit(name: string): Promise<string> {
  if (name.length <= NAME_LENGTH_MAX) return name;
  return `sha256:${await sha256Hex(new TextEncoder().encode(name))}`;
}
