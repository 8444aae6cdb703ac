// A tool call as an action, where only its name and arguments are known.

import type { Action } from "../action/action.ts";
import { plainObject } from "../action/plain-json.ts";

export interface ToolCallRequest {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly description?: string;
}

/** Says what to propose for the call at this place of its list. */
export type ToAction = (call: ToolCallRequest, index: number) => Action;

/** Topic `tool.<name>`, with the arguments as parameters; the description is shown as the agent's claim. */
export function toolAction({ name, args, description }: ToolCallRequest): Action {
  return {
    topic: `tool.${wordOf(name)}`,
    tool: { name },
    params: plainObject(args, "args"),
    ...(description !== undefined && { claims: { reasoning: description } }),
  };
}

function wordOf(name: string): string {
  const word = name.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, "_");
  if (/[a-z0-9]/.test(word)) return word;
  throw new TypeError(`no topic can be made from the tool name ${JSON.stringify(name)}`);
}
