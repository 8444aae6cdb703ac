// Stands in for a model, so that the example and the tests need no key.

import type { MastraModelConfig } from "@mastra/core/llm";

interface ToolResult {
  readonly toolCallId?: string;
  readonly output?: { readonly value?: unknown };
}

export type ScriptedPrompt = readonly {
  readonly role: string;
  readonly content: string | readonly ToolResult[];
}[];

export type ScriptedAnswer =
  | { readonly text: string }
  | {
      readonly calls: readonly {
        readonly id: string;
        readonly name: string;
        readonly args: object;
      }[];
    };

/** What the model was told of each call, by its id. */
export function toldIn(prompt: ScriptedPrompt): Record<string, string> {
  const results = prompt.flatMap(({ role, content }) =>
    role === "tool" && typeof content !== "string" ? content : [],
  );
  return Object.fromEntries(
    results.map(({ toolCallId = "", output }) => [toolCallId, textOf(output?.value)]),
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A model of the AI SDK's form that answers as the script says. */
export function scripted(answer: (prompt: ScriptedPrompt) => ScriptedAnswer): MastraModelConfig {
  const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
  const model = {
    specificationVersion: "v2",
    provider: "scripted",
    modelId: "scripted",
    supportedUrls: {},
    async doGenerate() {
      throw new Error("the scripted model streams");
    },
    async doStream({ prompt }: { prompt: ScriptedPrompt }) {
      const said = answer(prompt);
      const content =
        "text" in said
          ? [
              { type: "text-start", id: "1" },
              { type: "text-delta", id: "1", delta: said.text },
              { type: "text-end", id: "1" },
            ]
          : said.calls.map(({ id, name, args }) => ({
              type: "tool-call",
              toolCallId: id,
              toolName: name,
              input: JSON.stringify(args),
            }));
      const finishReason = "text" in said ? "stop" : "tool-calls";
      const parts = [
        { type: "stream-start", warnings: [] },
        ...content,
        { type: "finish", finishReason, usage },
      ];
      const stream = new ReadableStream({
        start(controller) {
          for (const part of parts) controller.enqueue(part);
          controller.close();
        },
      });
      return { stream };
    },
  };
  return model as unknown as MastraModelConfig;
}
