// The agent of the adapters' tests on the Claude Agent SDK: the real CLI, a scripted model API, tools of this process.

import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { createSdkMcpServer, type Options, query, tool } from "@anthropic-ai/claude-agent-sdk";
import { Holdpoint } from "@holdpoint/sdk";
import { type ClaudeAgentOptions, holdpoint } from "@holdpoint/sdk/claude-agent";
import { z } from "zod";
import {
  type ApiAnswer,
  type ApiMessage,
  blocksOf,
  startModelApi,
  textOf,
} from "../../../test/adapters/claude-api.ts";
import {
  act,
  type Harness,
  type PassReport,
  type Plan,
  type PlannedCall,
  type ToolName,
  toolNames,
  topics,
} from "../../../test/adapters/plan.ts";

/** What the CLI names a tool of the plan. */
export function nameOf(tool: string): string {
  return `mcp__plan__${tool}`;
}

export const gates: ClaudeAgentOptions = {
  tools: Object.fromEntries(toolNames.map((name) => [nameOf(name), { topic: topics[name] }])),
};

export interface PassOptions extends ClaudeAgentOptions {
  /** Whether the session goes on that the plan started before. */
  readonly isResumed?: boolean;
  /** Beside those of the gate. */
  readonly query?: Options;
  /** Says what the model answers. Default: the calls of the plan that have no answer yet. */
  readonly model?: (messages: readonly ApiMessage[]) => ApiAnswer;
  /** What the client of the gate uses. */
  readonly fetch?: typeof globalThis.fetch;
  /** False for the CLI alone. Default: true. */
  readonly isGated?: boolean;
  /** Default: the tools of the plan. */
  readonly act?: (name: ToolName, args: PlannedCall["args"]) => Promise<string>;
}

export interface Pass {
  readonly messages: readonly ApiMessage[];
  readonly denials: readonly string[];
  readonly stopped: readonly unknown[];
}

/** The session of a plan, the same in every process. */
export function sessionOf({ thread, effects }: Plan): string {
  const hex = createHash("sha256").update(`${effects}#${thread}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** One run of the CLI, until the model has no more to say. */
export async function pass(plan: Plan, options: PassOptions = {}): Promise<Pass> {
  const { isResumed = false, query: own = {}, model, act: run, ...others } = options;
  const { fetch, isGated = true, ...gate } = others;
  const stopped: unknown[] = [];
  let messages: readonly ApiMessage[] = [];
  const api = await startModelApi((asked) => {
    messages = asked;
    return (model ?? ((all) => nextCalls(plan, all)))(asked);
  });
  const { url, timeoutMs } = plan;
  const hp = new Holdpoint({
    url,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(fetch !== undefined && { fetch }),
  });
  const home = `${plan.effects}.home`;
  await mkdir(home, { recursive: true });
  const onError = (error: unknown): void => void stopped.push(error);
  const session = sessionOf(plan);
  try {
    const answers = query({
      prompt: "Do what is planned.",
      options: {
        ...(isGated && holdpoint(hp, { ...gates, onError, ...gate })),
        ...(isResumed ? { resume: session } : { sessionId: session }),
        mcpServers: { plan: planServer(plan, run) },
        settingSources: [],
        cwd: path.dirname(plan.effects),
        model: "claude-scripted",
        permissionMode: "default",
        env: environmentOf(home, api.url),
        ...own,
      },
    });
    const denials: string[] = [];
    for await (const message of answers) {
      if (message.type !== "result") continue;
      denials.push(...message.permission_denials.map(({ tool_use_id }) => tool_use_id));
    }
    return { messages, denials, stopped };
  } catch (error) {
    // The CLI ends with an error of its own when a turn was interrupted.
    if (stopped.length === 0) throw error;
    return { messages, denials: [], stopped };
  } finally {
    hp.close();
    await api.close();
  }
}

function environmentOf(home: string, apiUrl: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    CLAUDE_CONFIG_DIR: home,
    ANTHROPIC_BASE_URL: apiUrl,
    ANTHROPIC_API_KEY: "no-key",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_TELEMETRY: "1",
    // Some modes are not to be had by root elsewhere.
    IS_SANDBOX: "1",
  };
}

function planServer(plan: Plan, run: PassOptions["act"]) {
  const tools = toolNames.map((name) =>
    tool(name, `${name} an item`, { item: z.string(), amount: z.number() }, async (args) => {
      const text = await (run?.(name, args) ?? act(plan, name, args));
      return { content: [{ type: "text" as const, text }] };
    }),
  );
  return createSdkMcpServer({ name: "plan", version: "1.0.0", tools });
}

/** What each call was told last: attempts of a call have the same id before the dot. */
export function toldOf(messages: readonly ApiMessage[]): Record<string, string> {
  const told: Record<string, string> = {};
  let attempts: string[] = [];
  for (const block of blocksOf(messages)) {
    if (block.type === "tool_result") {
      const id = (block.tool_use_id ?? "").replace(/^toolu_/, "").split(".")[0] ?? "";
      told[id] = textOf(block);
      attempts.push(id);
    } else if (attempts.length > 0 && /hook additional context/.test(textOf(block))) {
      for (const id of attempts) told[id] = `${told[id]}\n${textOf(block)}`;
      attempts = [];
    }
  }
  return told;
}

/** As a model does that was told to wait: once more in each turn of the user, what has no answer yet. */
function nextCalls({ calls }: Plan, messages: readonly ApiMessage[]): ApiAnswer {
  const last = messages.at(-1);
  const hasAnswers = last !== undefined && blocksOf([last]).some(isAnswer);
  const told = toldOf(messages);
  const open = calls.filter(({ id }) => told[id] === undefined || isPending(told[id]));
  if (hasAnswers || open.length === 0) return { text: "That is all." };
  const attempt = blocksOf(messages).filter(isAnswer).length;
  return {
    calls: open.map(({ id, tool: name, args }) => ({
      id: `toolu_${id}.${attempt}`,
      name: nameOf(name),
      input: args,
    })),
  };
}

function isAnswer({ type, text = "" }: { readonly type: string; readonly text?: string }): boolean {
  return type === "tool_result" || /hook additional context/.test(text);
}

/** Pending, or cut off when the process that ran it died. */
function isPending(text: string): boolean {
  return text.includes("waits for people") || text.includes("was interrupted before");
}

async function report(plan: Plan, isResumed: boolean): Promise<PassReport> {
  const { messages, stopped } = await pass(plan, { isResumed, holdFor: 1 });
  const [error] = stopped;
  if (error !== undefined) throw error;
  const told = toldOf(messages);
  const open = plan.calls.filter(({ id }) => told[id] === undefined || isPending(told[id]));
  const answered = Object.entries(told).filter(([, text]) => !isPending(text));
  const held = open.length === 0 ? [] : await heldJobs(plan);
  return { ended: open.length === 0, held, told: Object.fromEntries(answered) };
}

/** The jobs of the run that wait for people. */
async function heldJobs({ url, ...plan }: Plan): Promise<string[]> {
  const hp = new Holdpoint({ url });
  const run = sessionOf({ url, ...plan });
  const path = `/runs/${encodeURIComponent(run)}/interrupts`;
  const answer = (await hp.request({ method: "GET", path })) as { items: { id: string }[] };
  hp.close();
  return answer.items.map(({ id }) => id);
}

export const harness: Harness = {
  start: (plan) => report(plan, false),
  resume: (plan) => report(plan, true),
};
