// The AI SDK 6 in the benchmark: one call with its own approval, and the same call behind the gate.

import { holdpoint } from "@holdpoint/sdk/ai-sdk";
import { generateText, stepCountIs, tool } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { z } from "zod";

export { Holdpoint } from "@holdpoint/sdk";

const inputSchema = z.object({ id: z.string() });
const start = [{ role: "user", content: "Do what is planned." }];
const count = { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0, text: 0, reasoning: 0 };
const usage = { inputTokens: count, outputTokens: count };

const settingsOf = (name, id) => ({
  stopWhen: stepCountIs(5),
  model: new MockLanguageModelV3({
    doGenerate: async ({ prompt }) => {
      const isOver = prompt.some(({ role }) => role === "tool");
      const input = JSON.stringify({ id });
      const call = { type: "tool-call", toolCallId: "c1", toolName: name, input };
      return {
        warnings: [],
        usage,
        content: [isOver ? { type: "text", text: "That is all." } : call],
        finishReason: { unified: isOver ? "stop" : "tool-calls", raw: undefined },
      };
    },
  }),
});

/** The chat with an approval of every open request, as a frontend would send it. */
function allApproved(messages) {
  const parts = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  const asked = parts.filter(({ type }) => type === "tool-approval-request");
  const content = asked.map(({ approvalId }) => ({
    type: "tool-approval-response",
    approvalId,
    approved: true,
  }));
  return [...messages, { role: "tool", content }];
}

export function callsOf({ topics, act, options }) {
  const toolsOf = (name, rest = {}) => ({
    [name]: tool({ description: `${name} an item`, inputSchema, execute: act, ...rest }),
  });
  return {
    own: async (name, id) => {
      const settings = {
        ...settingsOf(name, id),
        tools: toolsOf(name, name === "held" ? { needsApproval: true } : {}),
      };
      const { response } = await generateText({ ...settings, messages: start });
      if (name !== "held") return;
      const messages = allApproved([...start, ...response.messages]);
      await generateText({ ...settings, messages });
    },
    gated: async (name, id, { hp, answered }) => {
      const gate = holdpoint(hp, id, { tools: { [name]: { topic: topics[name], ...options } } });
      const settings = { ...settingsOf(name, id), tools: gate.tools(toolsOf(name)) };
      const { response } = await generateText({ ...settings, messages: start });
      let messages = [...start, ...response.messages];
      const held = gate.held(messages);
      if (held.length === 0) return;
      for (const { job } of held) await answered(job.id);
      const { message } = await gate.answers(messages);
      messages = [...messages, message];
      await generateText({ ...settings, messages });
    },
  };
}
