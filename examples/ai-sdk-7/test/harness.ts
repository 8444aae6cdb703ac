// The chat of the adapters' tests on the AI SDK 7: every tool is gated, and the model is scripted.

import { Holdpoint } from "@holdpoint/sdk";
import {
  type GateOptions,
  type Generated,
  holdpoint,
  type Message,
  suspendable,
} from "@holdpoint/sdk/ai-sdk";
import {
  generateText,
  simulateReadableStream,
  streamText,
  isStepCount,
  type ModelMessage,
  tool,
  type ToolSet,
} from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { z } from "zod";
import type { ChatKit } from "../../../test/adapters/ai-sdk-suite.ts";
import {
  act,
  type Args,
  type Harness,
  type PassReport,
  type Plan,
  toolNames,
  topics,
} from "../../../test/adapters/plan.ts";

const inputSchema = z.object({ item: z.string(), amount: z.number() });

function clientOf({ url, timeoutMs }: Plan): Holdpoint {
  return new Holdpoint({ url, ...(timeoutMs !== undefined && { timeoutMs }) });
}

/** In its first turn it makes the planned calls, and then it ends, whichever process it is in. */
function modelOf(plan: Plan): MockLanguageModelV4 {
  const count = { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0, text: 0, reasoning: 0 };
  const usage = { inputTokens: count, outputTokens: count };
  const calls = plan.calls.map(({ id, tool: toolName, args }) => ({
    type: "tool-call" as const,
    toolCallId: id,
    toolName,
    input: JSON.stringify(args),
  }));
  const text = "That is all.";
  const isOver = (prompt: readonly { readonly role: string }[]): boolean =>
    prompt.some(({ role }) => role === "tool");
  const reasonOf = (prompt: readonly { readonly role: string }[]) => {
    return { unified: isOver(prompt) ? "stop" : "tool-calls", raw: undefined } as const;
  };
  return new MockLanguageModelV4({
    async doGenerate({ prompt }) {
      const content = isOver(prompt) ? [{ type: "text" as const, text }] : calls;
      return { warnings: [], usage, content, finishReason: reasonOf(prompt) };
    },
    async doStream({ prompt }) {
      const id = "text-1";
      const said = [
        { type: "text-start" as const, id },
        { type: "text-delta" as const, id, delta: text },
        { type: "text-end" as const, id },
      ];
      const parts = isOver(prompt) ? said : calls;
      const end = { type: "finish" as const, usage, finishReason: reasonOf(prompt) };
      const begin = { type: "stream-start" as const, warnings: [] };
      return { stream: simulateReadableStream({ chunks: [begin, ...parts, end] }) };
    },
  });
}

/** `other`: what else is said of each tool. */
function toolsOf(plan: Plan, other: (name: string) => object = () => ({})): ToolSet {
  return Object.fromEntries(
    toolNames.map((name) => [
      name,
      tool({
        description: `${name} an item`,
        inputSchema,
        execute: (args: Args) => act(plan, name, args),
        ...other(name),
      }),
    ]),
  );
}

const gates: GateOptions = {
  tools: Object.fromEntries(toolNames.map((name) => [name, { topic: topics[name] }])),
};

/** What every generation of a chat has. */
function settingsOf(plan: Plan) {
  return { model: modelOf(plan), stopWhen: isStepCount(5) };
}

const start: ModelMessage[] = [{ role: "user", content: "Do what is planned." }];

/** What the model was told of each call that has its answer. */
function toldIn(messages: readonly ModelMessage[]): Record<string, string> {
  const parts = messages.flatMap(({ role, content }) => (role === "tool" ? content : []));
  return Object.fromEntries(
    parts.flatMap((part) => {
      if (part.type !== "tool-result") return [];
      const { output } = part;
      const text =
        output.type === "execution-denied"
          ? (output.reason ?? "")
          : output.type === "text" || output.type === "error-text"
            ? output.value
            : JSON.stringify(output);
      return [[part.toolCallId, text]];
    }),
  );
}

/** What a program does that keeps the messages of its chats itself. */
async function pass(plan: Plan, given: ModelMessage[]): Promise<PassReport> {
  const hp = clientOf(plan);
  const gate = holdpoint(hp, plan.thread, gates);
  let messages = given;
  let isBegun = false;
  for (;;) {
    const { held, message } = await gate.answers(messages);
    if (held.length > 0) {
      const state = new TextEncoder().encode(JSON.stringify(messages));
      await hp.checkpoints.save(plan.thread, { codec: "messages", state });
      return { ended: false, held: held.map(({ job }) => job.id), told: toldIn(messages) };
    }
    if (message === null && isBegun) return { ended: true, held: [], told: toldIn(messages) };
    isBegun = true;
    messages = message === null ? messages : [...messages, message];
    const { responseMessages } = await generateText({
      ...settingsOf(plan),
      messages,
      tools: gate.tools(toolsOf(plan)),
      toolApproval: gate.toolApproval,
    });
    messages = [...messages, ...responseMessages];
  }
}

export const harness: Harness = {
  start: (plan) => pass(plan, start),
  async resume(plan) {
    const kept = await clientOf(plan).checkpoints.latest(plan.thread);
    return pass(plan, JSON.parse(new TextDecoder().decode(kept?.state)) as ModelMessage[]);
  },
};

export const kit: ChatKit = {
  start,
  told: (messages) => toldIn(messages as ModelMessage[]),
  async own(plan, messages, secret) {
    const { responseMessages } = await generateText({
      ...settingsOf(plan),
      messages: messages as ModelMessage[],
      tools: toolsOf(plan),
      toolApproval: { refund: "user-approval" },
      ...(secret !== undefined && { experimental_toolApprovalSecret: secret }),
    });
    return [...messages, ...(responseMessages as Message[])];
  },
  async gated(plan, messages, { hp, tools, gates: named = gates, signal }) {
    const gate = holdpoint(hp, plan.thread, named);
    const { responseMessages } = await generateText({
      ...settingsOf(plan),
      messages: messages as ModelMessage[],
      tools: gate.tools(toolsOf(plan, (name) => tools?.[name] ?? {})),
      toolApproval: gate.toolApproval,
      ...(signal !== undefined && { abortSignal: signal }),
    });
    return [...messages, ...(responseMessages as Message[])];
  },
  answers: (plan, messages, hp) => holdpoint(hp, plan.thread, gates).answers(messages),
  suspendable: (plan, hp, isStreamed = false) =>
    suspendable<Generated>(
      hp,
      ({ gate, messages, signal }) =>
        (isStreamed ? streamText : generateText)({
          ...settingsOf(plan),
          messages,
          tools: gate.tools(toolsOf(plan)),
          toolApproval: gate.toolApproval,
          ...(signal !== undefined && { abortSignal: signal }),
        }),
      { ...gates, queue: plan.thread },
    ),
};
