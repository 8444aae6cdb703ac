// Holdpoint in the Claude Agent SDK: the CLI runs no gated tool before policy and people have released that very call.

import type { Duration, JsonObject } from "./action/action.ts";
import { plainObject } from "./action/plain-json.ts";
import { Permits } from "./claude/permits.ts";
import { type ClaudeClient, type ClaudeToolGate, permitCall } from "./claude/permit-call.ts";
import { ActionHeld } from "./guard/error.ts";
import { modelMessage } from "./guard/model-message.ts";
import { isToldToModel } from "./guard/tell.ts";
import { topicOfTool } from "./guard/tool-topic.ts";

export type { ClaudeClient, ClaudeToolGate } from "./claude/permit-call.ts";

export interface ClaudeAgentOptions {
  /** By the tool's name (`Bash`, `mcp__orders__refund`). `false` lets its calls pass unasked. */
  readonly tools?: Readonly<Record<string, ClaudeToolGate | false>>;
  /** For tools that are not named. Default: gated, with the topic `job.tool.<name>`. */
  readonly others?: ClaudeToolGate | false;
  /** Names the run, the same in every process. Default: the session's id. */
  readonly run?: string;
  /**
   * How long a call stays while people are asked. When it is over the model is told that the call is pending, and the
   * same call made again finds its answer; the same tool with the same input is then one call of the run.
   * Default: as long as people need, and each call of the model is one of its own.
   */
  readonly holdFor?: Duration;
  /** Told of what the model cannot go on from: the server is away, an outcome was not reported, a gate was passed by. */
  readonly onError?: (error: unknown) => void;
}

/** What `canUseTool` answers the CLI. */
export type PermissionAnswer =
  | { behavior: "allow"; updatedInput: Record<string, unknown> }
  | { behavior: "deny"; message: string; interrupt?: boolean };

interface HookAnswer {
  continue?: boolean;
  stopReason?: string;
  hookSpecificOutput?:
    | {
        hookEventName: "PreToolUse";
        permissionDecision: "ask" | "deny";
        permissionDecisionReason: string;
      }
    | { hookEventName: "PostToolUse" | "PostToolUseFailure"; additionalContext: string };
}

type Hook = (input: object) => Promise<HookAnswer>;
type HookEvent = "PreToolUse" | "PostToolUse" | "PostToolUseFailure";

/** Members of the options of `query`. */
export interface ClaudeAgentGate {
  readonly canUseTool: (
    toolName: string,
    input: Record<string, unknown>,
    call: { readonly toolUseID: string; readonly signal: AbortSignal },
  ) => Promise<PermissionAnswer>;
  readonly hooks: Record<HookEvent, { hooks: Hook[]; onFailure: "block" }[]>;
  /** Ends the session, which is the only thing that stops a tool that runs longer than it may. */
  readonly abortController: AbortController;
}

/** The part of a hook's input that all three events have. */
interface ToolEvent {
  readonly session_id: string;
  readonly tool_name: string;
  readonly tool_use_id: string;
  readonly tool_response?: unknown;
  readonly error?: string;
}

/**
 * `query({ prompt, options: { ...holdpoint(hp, { tools: { Bash: { topic: "job.shell.run" } } }) } })`
 *
 * The hook before a tool sends each gated call to `canUseTool`, whatever rules and modes of the CLI would have let it
 * pass; that one waits for the answer, redeems the grant and permits the call with the approved input; the hooks after
 * it report the outcome. SECURITY: whatever fails, the call does not run.
 */
export function holdpoint(hp: ClaudeClient, options: ClaudeAgentOptions = {}): ClaudeAgentGate {
  const permits = new Permits();
  const abortController = new AbortController();
  const { onError } = options;
  return {
    abortController,
    hooks: hooksOf(options, permits),
    async canUseTool(name, input, { toolUseID: call, signal }) {
      const gate = gateOf(options, name);
      if (gate === false) return { behavior: "allow", updatedInput: input };
      try {
        const run = options.run ?? permits.sessionOf(call);
        const params = plainObject(input, "input") as JsonObject;
        const order = { run, call, params, signal, holdFor: options.holdFor, onError };
        return await permitCall(hp, { name, gate, permits, abortController }, order);
      } catch (error) {
        // INVARIANT: an interrupted turn does not go on to calls that were to follow this one.
        const isTold = isToldToModel(error) || error instanceof ActionHeld;
        if (!isTold) onError?.(error);
        const message = modelMessage(error);
        return { behavior: "deny", message, ...(!isTold && { interrupt: true }) };
      }
    },
  };
}

function hooksOf(options: ClaudeAgentOptions, permits: Permits): ClaudeAgentGate["hooks"] {
  const { onError } = options;
  const before: Hook = async (input) => {
    const { session_id: session, tool_name: name, tool_use_id: call } = input as ToolEvent;
    if (gateOf(options, name) === false) return {};
    permits.ask(call, session);
    const permissionDecisionReason = "Holdpoint decides about this call.";
    const hookEventName = "PreToolUse";
    return {
      hookSpecificOutput: { hookEventName, permissionDecision: "ask", permissionDecisionReason },
    };
  };
  const after =
    (hookEventName: "PostToolUse" | "PostToolUseFailure"): Hook =>
    async (input) => {
      const { tool_name: name, tool_use_id: call, tool_response, error } = input as ToolEvent;
      if (gateOf(options, name) === false) return {};
      const hasFailed = hookEventName === "PostToolUseFailure";
      const ended = await permits.end(call, hasFailed ? new Error(error) : { is: tool_response });
      if (ended !== null) {
        const { note: additionalContext } = ended;
        if (additionalContext === null) return {};
        return { hookSpecificOutput: { hookEventName, additionalContext } };
      }
      // A refused call ends here as well, as a failure that nobody permitted.
      if (hasFailed) return {};
      const stopReason = `The call of ${name} ran without a release: something else permitted it.`;
      onError?.(new Error(`${stopReason} (${call})`));
      return { continue: false, stopReason };
    };
  const entry = (hook: Hook) => [{ hooks: [hook], onFailure: "block" as const }];
  return {
    PreToolUse: entry(before),
    PostToolUse: entry(after("PostToolUse")),
    PostToolUseFailure: entry(after("PostToolUseFailure")),
  };
}

function gateOf(
  { tools = {}, others = {} }: ClaudeAgentOptions,
  name: string,
): (ClaudeToolGate & { readonly topic: string }) | false {
  const gate = (Object.hasOwn(tools, name) ? tools[name] : undefined) ?? others;
  if (gate === false) return false;
  return { topic: topicOfTool(name), ...gate };
}
