// Stands where a language model would: answers the OpenAI Agents SDK from the script, without a network.

import type { AgentInputItem, Model, ModelRequest, ModelResponse } from "@openai/agents-core";
import { framework } from "./framework.ts";
import { nextMove } from "./next-move.ts";
import type { ToolAnswer } from "./tool-answer.ts";

/** Keeps nothing between calls: each answer is made from the history that the request carries. */
export function scriptedModel(): Model {
  return {
    getResponse: (request) => Promise.resolve(respond(request)),
    // A stream is a legal thing to ask a model for; this one is only ever asked for whole answers.
    getStreamedResponse() {
      throw new Error("the scripted model does not stream");
    },
  };
}

function respond(request: ModelRequest): ModelResponse {
  const answers = typeof request.input === "string" ? [] : answersIn(request.input);
  const move = nextMove(answers);
  if (move.kind === "say") {
    return {
      usage: new framework.Usage(),
      output: [
        {
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: move.text }],
        },
      ],
    };
  }
  return {
    usage: new framework.Usage(),
    output: move.calls.map((call, index) => ({
      type: "function_call",
      callId: `call_${answers.length + index + 1}`,
      name: call.tool,
      arguments: JSON.stringify({ claims: null, ...call.input }),
      status: "completed",
    })),
  };
}

/** What the tools have answered so far, in the order of the calls. */
function answersIn(items: readonly AgentInputItem[]): ToolAnswer[] {
  const answers: ToolAnswer[] = [];
  for (const item of items) {
    if (item.type !== "function_call_result") continue;
    const text = typeof item.output === "string" ? item.output : outputText(item.output);
    answers.push(JSON.parse(text) as ToolAnswer);
  }
  return answers;
}

function outputText(output: unknown): string {
  if (typeof output === "object" && output !== null && "text" in output) return String(output.text);
  throw new Error("a tool answered something else than text");
}
