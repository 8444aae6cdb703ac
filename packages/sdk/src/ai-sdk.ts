// Holdpoint in Vercel's AI SDK, 6 and 7: tools behind a gate, and chats that a worker takes up with the answers.

import type { JobView } from "@holdpoint/core/wire/response";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import type { JsonObject } from "./action/action.ts";
import { decodeMessages, encodeMessages, type Message } from "./ai-sdk/messages.ts";
import { type ApprovalAnswers, openRequests, type ToolAnswer } from "./ai-sdk/requests.ts";
import type { Call } from "./client/transport.ts";
import {
  asksPeople,
  isHeld,
  makeToolGate,
  refusalOf,
  type ToolCallPlace,
  type ToolGate,
  type ToolGateClient,
  type ToolGateOptions,
} from "./guard/tool-gate.ts";
import { topicOfTool } from "./guard/tool-topic.ts";
import { suspendRun } from "./worker/suspend.ts";

export type { Message } from "./ai-sdk/messages.ts";
export type { ApprovalAnswers } from "./ai-sdk/requests.ts";

/** How a tool is gated. Default topic: `job.tool.<name>`. */
export type ToolRule = Partial<Omit<ToolGateOptions<JsonObject, unknown>, "tool">>;

export interface GateOptions {
  /** By the tool's name. `false` lets its calls pass unasked. */
  readonly tools?: Readonly<Record<string, ToolRule | false>>;
  /** For tools that are not named. Default: gated, with the topic `job.tool.<name>`. */
  readonly others?: ToolRule | false;
}

interface ExecuteOptions {
  readonly toolCallId: string;
  readonly abortSignal?: AbortSignal | undefined;
}

interface ToolLike {
  readonly execute?: ((input: never, options: never) => unknown) | undefined;
}

type Execute = (input: JsonObject, options: ExecuteOptions) => unknown;

interface ToolCall {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: unknown;
}

/** What version 7 calls a tool's approval status. */
export type ApprovalStatus =
  | { readonly type: "not-applicable" }
  | { readonly type: "user-approval"; readonly reason?: string }
  | { readonly type: "denied"; readonly reason?: string };

/** The gate of one chat. */
export interface ChatGate {
  /**
   * The same tools, each behind the gate. They ask for approval by themselves (`needsApproval`), in both versions.
   * Tools without `execute` run elsewhere, and stay as they are.
   */
  tools<T extends Readonly<Record<string, ToolLike>>>(tools: T): T;
  /** For `toolApproval` of version 7: a denied call is told to the model as its denial. */
  readonly toolApproval: (options: {
    readonly toolCall: ToolCall;
    readonly tools?: Readonly<Record<string, ToolLike>> | undefined;
  }) => Promise<ApprovalStatus>;
  /**
   * The held calls of the open requests, as they stood when this gate was asked about them: to wait for, without a
   * request. Empty for requests of another process; `answers` asks about those.
   */
  held(messages: readonly Message[]): JobView[];
  /**
   * The answers to the approval requests that are open in the messages, as the record has them. The SDK wants all of
   * them at once: while one call is held there is no message.
   */
  answers(messages: readonly Message[]): Promise<ApprovalAnswers>;
}

/**
 * The gate of a chat: `const gate = holdpoint(hp, chatId, { tools: { refund: { topic } } })`, then
 * `generateText({ tools: gate.tools(tools), … })` and, in version 7, `toolApproval: gate.toolApproval`.
 *
 * An approval in the messages decides nothing, whoever wrote it: a call runs when the record says so, once, and a
 * repeat gets its recorded result.
 *
 * @param thread names the chat, the same in every process: with the id of a call it names the call
 */
export function holdpoint(hp: ToolGateClient, thread: string, options: GateOptions = {}): ChatGate {
  const asking =
    (how: "ask" | "look") =>
    async ({ toolName, toolCallId, input }: ToolCall): Promise<JobView | null> => {
      const rule = ruleOf(options, toolName);
      if (rule === false) return null;
      const gate = makeToolGate(hp, neverRun, rule);
      return gate[how](input as JsonObject, { thread, call: toolCallId });
    };
  const ask = asking("ask");
  /** By the id of the call. */
  const asked = new Map<string, JobView>();
  return {
    tools(tools) {
      const entries = Object.entries(tools).map(([name, tool]) => {
        const rule = ruleOf(options, name);
        const { execute } = tool;
        if (rule === false || execute === undefined) return [name, tool] as const;
        const gateFor: GateFor = (own) =>
          makeToolGate(
            hp,
            (params, { signal }) =>
              lastOf((execute as Execute)(params, { ...own, abortSignal: signal })),
            rule,
          );
        const note = (call: string, job: JobView): void => void asked.set(call, job);
        return [name, { ...tool, ...gatedMembers(gateFor, thread, note) }] as const;
      });
      return Object.fromEntries(entries) as typeof tools;
    },
    async toolApproval({ toolCall, tools }) {
      const tool = tools?.[toolCall.toolName];
      const job = tool?.execute === undefined ? null : await ask(toolCall);
      if (job === null) return { type: "not-applicable" };
      asked.set(toolCall.toolCallId, job);
      if (asksPeople(job)) return { type: "user-approval", reason: job.policy_reason };
      const reason = refusalOf(job);
      return reason === null ? { type: "not-applicable" } : { type: "denied", reason };
    },
    held: (messages) =>
      openRequests(messages)
        .flatMap(({ toolCall }) => asked.get(toolCall.toolCallId) ?? [])
        .filter(isHeld),
    answers: (messages) => answersTo(messages, asking("look")),
  };
}

type GateFor = (options: ExecuteOptions) => ToolGate<JsonObject, unknown>;

function gatedMembers(
  gateFor: GateFor,
  thread: string,
  note: (call: string, job: JobView) => void,
): object {
  const placeOf = ({ toolCallId, abortSignal }: ExecuteOptions): ToolCallPlace => {
    return { thread, call: toolCallId, signal: abortSignal };
  };
  return {
    async needsApproval(input: JsonObject, options: ExecuteOptions): Promise<boolean> {
      const job = await gateFor(options).ask(input, placeOf(options));
      note(options.toolCallId, job);
      return asksPeople(job);
    },
    async execute(input: JsonObject, options: ExecuteOptions): Promise<unknown> {
      const { result, note } = await gateFor(options).pass(input, placeOf(options));
      return note === null ? result : withNote(result, note);
    },
  };
}

function ruleOf(
  { tools = {}, others = {} }: GateOptions,
  name: string,
): ToolGateOptions<JsonObject, unknown> | false {
  const rule = (Object.hasOwn(tools, name) ? tools[name] : undefined) ?? others;
  return rule !== false && { topic: topicOfTool(name), ...rule, tool: name };
}

function neverRun(): never {
  throw new Error("this gate only asks");
}

/** A tool may give its result bit by bit: the last one is the result. */
async function lastOf(result: unknown): Promise<unknown> {
  const given = await result;
  if (typeof given !== "object" || given === null || !(Symbol.asyncIterator in given)) return given;
  let last: unknown;
  for await (const part of given as AsyncIterable<unknown>) last = part;
  return last;
}

/** The result keeps its form, for frontends that read it. */
function withNote(result: unknown, note: string): unknown {
  if (typeof result === "string") return `${result}\n\n${note}`;
  if (typeof result !== "object" || result === null || Array.isArray(result))
    return { result, note };
  return { ...result, note };
}

async function answersTo(
  messages: readonly Message[],
  ask: (call: ToolCall) => Promise<JobView | null>,
): Promise<ApprovalAnswers> {
  const requests = openRequests(messages);
  const asked = await Promise.all(
    requests.map(async ({ approvalId, toolCall }) => ({ approvalId, job: await ask(toolCall) })),
  );
  const jobs = asked.flatMap(({ job }) => job ?? []);
  const held = jobs.filter(isHeld);
  const others = asked.flatMap(({ approvalId, job }) => (job === null ? [approvalId] : []));
  if (held.length > 0 || jobs.length === 0) return { held, jobs, others, message: null };
  const content = asked.flatMap(({ approvalId, job }): ToolAnswer[] => {
    if (job === null) return [];
    const reason = refusalOf(job);
    const approved = reason === null;
    return [{ type: "tool-approval-response", approvalId, approved, ...(!approved && { reason }) }];
  });
  return { held, jobs, others, message: { role: "tool", content } };
}

export interface ThreadClient extends ToolGateClient {
  request(call: Call): Promise<unknown>;
}

export interface ChatOptions extends GateOptions {
  /** Which workers take a chat up. Default: `default`. */
  readonly queue?: string;
}

/** What is generated from. */
export interface Turn {
  readonly gate: ChatGate;
  readonly thread: string;
  /** `ModelMessage`s, of either version. */
  readonly messages: never[];
  readonly signal: AbortSignal | undefined;
}

/** What `generateText` and `streamText` give. */
export interface Generated {
  /** Of version 7. */
  readonly responseMessages?: readonly Message[] | PromiseLike<readonly Message[]>;
  /** Of version 6: `messages` is in it. */
  readonly response?: unknown;
}

/** How a pass ended. */
export interface Ended<R> {
  /** Of the last generation; null when there was none, because people are still asked. */
  readonly result: R | null;
  /** The whole chat. */
  readonly messages: readonly Message[];
  /** The calls that people are asked about; empty when the chat is through, or waits for something else. */
  readonly held: readonly JobView[];
  /** What takes the chat up once they are answered. */
  readonly resumption: ResumptionView | null;
}

/** A claimed run, as `hp.worker` hands it over. */
export interface TakenRun {
  readonly thread: string;
  readonly state: unknown;
  readonly claim: { readonly resumption: string; readonly fence: number };
  readonly signal?: AbortSignal;
}

/** Chats that Holdpoint takes care of while people are asked. */
export interface Suspendable<R> {
  /** Generates. A chat that stops at held calls is suspended: this process may end then. */
  run(
    messages: readonly Message[],
    how: { readonly thread: string; readonly signal?: AbortSignal },
  ): Promise<Ended<R>>;
  /** For `hp.worker({ resume })`: goes on with the answers, which are all there. */
  resume(run: TakenRun): Promise<Ended<R>>;
}

const CODEC = "ai-sdk-messages";
/** A chat that stops so often at calls that have their answer does not go on. */
const ROUNDS_MAX = 256;

/**
 * Chats can end while people are asked, and go on in any process that has the tools: `support.run(messages, { thread })`
 * here, `hp.worker({ resume: support.resume }).run()` there. The messages are the checkpoint, kept with Holdpoint.
 *
 * @example
 * const support = suspendable(hp, ({ gate, messages, signal }) =>
 *   generateText({ model, messages, tools: gate.tools(tools), abortSignal: signal }), { tools: { refund: { topic } } });
 */
export function suspendable<R extends Generated>(
  hp: ThreadClient,
  generate: (turn: Turn) => PromiseLike<R> | R,
  options: ChatOptions = {},
): Suspendable<R> {
  const goOn = async (given: readonly Message[], place: Place): Promise<Ended<R>> => {
    const { thread, signal } = place;
    const gate = holdpoint(hp, thread, options);
    let messages = given;
    let result: R | null = null;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const { held, jobs, message } = await gate.answers(messages);
      if (held.length > 0) {
        const resumption = await suspendChat(hp, { jobs, messages, queue: options.queue, place });
        return { result, messages, held, resumption };
      }
      // With no request to answer, the first round begins the chat, and a later one has ended it.
      if (message === null && round > 0) return { result, messages, held, resumption: null };
      messages = message === null ? messages : [...messages, message];
      result = await generate({ gate, thread, messages: [...messages] as never[], signal });
      messages = [...messages, ...(await messagesOf(result))];
    }
    throw new Error(`the chat stopped ${ROUNDS_MAX} times at calls that have their answer`);
  };
  return {
    run: (messages, { thread, signal }) => goOn(messages, { thread, signal }),
    async resume({ thread, state, claim, signal }) {
      if (!(state instanceof Uint8Array)) throw new TypeError("the run has no messages of a chat");
      return goOn(decodeMessages(state), { thread, signal, after: claim });
    },
  };
}

async function messagesOf(generated: Generated): Promise<readonly Message[]> {
  const all = await generated.responseMessages;
  if (all !== undefined) return all;
  const { messages } = (await generated.response) as { readonly messages?: readonly Message[] };
  if (messages !== undefined) return messages;
  throw new TypeError("what was generated has no messages");
}

interface Place {
  readonly thread: string;
  readonly signal?: AbortSignal | undefined;
  readonly after?: TakenRun["claim"];
}

interface Stopped {
  readonly jobs: readonly JobView[];
  readonly messages: readonly Message[];
  readonly queue: string | undefined;
  readonly place: Place;
}

async function suspendChat(
  hp: ThreadClient,
  { jobs, messages, queue, place: { thread, signal, after } }: Stopped,
): Promise<ResumptionView> {
  const state = encodeMessages(messages);
  return suspendRun(hp, { thread, jobs, codec: CODEC, state, queue, after, signal });
}
