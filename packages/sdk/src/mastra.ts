// Holdpoint in Mastra: tools whose calls suspend the run while people are asked, and runs that a worker takes up.

import { interruptOf } from "@holdpoint/core/job/interrupt";
import type { JobView } from "@holdpoint/core/wire/response";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import type { Call } from "./client/transport.ts";
import type { ToolFunction } from "./guard/options.ts";
import {
  isHeld,
  makeToolGate,
  type ToolCallPlace,
  ToldToModel,
  type ToolGateClient,
  type ToolGateOptions,
} from "./guard/tool-gate.ts";
import { suspendRun } from "./worker/suspend.ts";

export type { ToolGateClient, ToolGateOptions } from "./guard/tool-gate.ts";

/** The part of a tool's context that says where its call stands. */
export interface MastraToolContext {
  readonly runId?: unknown;
  readonly abortSignal?: AbortSignal | undefined;
  readonly agent?:
    | {
        readonly toolCallId: string;
        readonly suspend: (payload: never) => Promise<void>;
      }
    | undefined;
}

/**
 * Puts a tool behind Holdpoint: `createTool({ id, description, inputSchema, execute: gatedTool(hp, refund, { topic }) })`.
 * While people are asked the call suspends; resumed, with whatever data, it asks the record. A no is told to the model
 * with the reason.
 *
 * Leave `requireApproval` and `suspendSchema` away: with either of them Mastra makes the calls of a turn one by one.
 */
export function gatedTool<P extends object, R>(
  hp: ToolGateClient,
  fn: ToolFunction<P, R>,
  options: ToolGateOptions<P, R>,
): (params: P, context: MastraToolContext) => Promise<R | string | undefined> {
  const gate = makeToolGate(hp, fn, options);
  return async (params, context) => {
    const place = placeOf(context);
    try {
      const job = await gate.ask(params, place);
      if (isHeld(job)) {
        await context.agent?.suspend(interruptOf(job, null) as never);
        return undefined;
      }
      const { result, note } = await gate.pass(params, place);
      if (note === null) return result;
      return `${typeof result === "string" ? result : JSON.stringify(result)}\n\n${note}`;
    } catch (error) {
      if (error instanceof ToldToModel) return error.message;
      throw error;
    }
  };
}

function placeOf({ runId, abortSignal, agent }: MastraToolContext): ToolCallPlace {
  if (typeof runId !== "string" || agent === undefined) {
    throw new TypeError("the tool was not called by an agent; use `hp.guard` outside of agents");
  }
  return { thread: runId, call: agent.toolCallId, signal: abortSignal };
}

/** A run that suspended, as `agent.listSuspendedRuns` gives it. */
interface SuspendedRun {
  readonly runId: string;
  readonly toolCalls: readonly { readonly toolCallId: string; readonly suspendPayload?: unknown }[];
}

interface AgentStream {
  consumeStream(): Promise<void>;
  readonly finishReason: PromiseLike<unknown>;
  readonly text: PromiseLike<string>;
}

/** An agent of Mastra. */
export interface MastraAgent {
  stream(input: never, options: never): Promise<AgentStream>;
  resumeStream(data: never, options: never): Promise<AgentStream>;
  listSuspendedRuns(options: never): Promise<{ readonly runs: readonly SuspendedRun[] }>;
}

export interface RunClient extends ToolGateClient {
  job(jobId: string): Promise<JobView>;
  request(call: Call): Promise<unknown>;
}

export interface RunOptions {
  /** When the run goes on: with each answer, with all of them, or with the first. Default: `all`. */
  readonly mode?: "each" | "all" | "first";
  /** Which workers take it up. Default: `default`. */
  readonly queue?: string;
}

/** How a pass of the agent ended. */
export interface Ended {
  /** The last stream of the agent; null when there was nothing to go on with. */
  readonly stream: AgentStream | null;
  /** The calls that people are asked about. */
  readonly held: readonly JobView[];
  /** What takes the run up once they are answered. */
  readonly resumption: ResumptionView | null;
}

/** A claimed run, as `hp.worker` hands it over. */
export interface TakenRun {
  readonly thread: string;
  readonly claim: { readonly resumption: string; readonly fence: number };
}

/** An agent whose runs Holdpoint wakes when people have answered. */
export interface Suspendable {
  /** Runs the agent as `runId`. Suspended at held calls it waits in Mastra's storage: this process may end then. */
  run(input: unknown, how: { readonly runId: string }): Promise<Ended>;
  /** Goes on with every call of the run that has its answer. */
  goOn(runId: string): Promise<Ended>;
  /** For `hp.worker({ resume })`. */
  resume(run: TakenRun): Promise<Ended>;
}

const CODEC = "mastra-run";

/**
 * `const support = suspendable(hp, agent)`, then `support.run(input, { runId })` here, and
 * `hp.worker({ resume: support.resume }).run()` wherever the agent and its storage are.
 */
export function suspendable(
  hp: RunClient,
  agent: MastraAgent,
  options: RunOptions = {},
): Suspendable {
  const goOn = async (runId: string, after?: TakenRun["claim"]): Promise<Ended> => {
    let stream: AgentStream | null = null;
    const done = new Set<string>();
    for (;;) {
      const next = (await callsOf(hp, agent, runId)).find(
        ({ job, call }) => !isHeld(job) && !done.has(call),
      );
      if (next === undefined) return suspend({ hp, agent, options }, { runId, stream, after });
      // Each call is resumed once in a pass: one that suspends again went back to people.
      done.add(next.call);
      stream = await agent.resumeStream({} as never, { runId, toolCallId: next.call } as never);
      await stream.consumeStream();
    }
  };
  return {
    async run(input, { runId }) {
      const stream = await agent.stream(input as never, { runId } as never);
      await stream.consumeStream();
      return suspend({ hp, agent, options }, { runId, stream });
    },
    goOn: (runId) => goOn(runId),
    resume: ({ thread, claim }) => goOn(thread, claim),
  };
}

interface SuspendedCall {
  readonly call: string;
  readonly job: JobView;
}

/** The suspended calls of a run that a gate made. */
async function callsOf(
  hp: RunClient,
  agent: MastraAgent,
  runId: string,
): Promise<readonly SuspendedCall[]> {
  const { runs } = await agent.listSuspendedRuns({} as never);
  const calls = runs.find((run) => run.runId === runId)?.toolCalls ?? [];
  const known = calls.flatMap(({ toolCallId: call, suspendPayload }) => {
    const { id } = (suspendPayload ?? {}) as { readonly id?: unknown };
    return typeof id === "string" ? [{ call, id }] : [];
  });
  return Promise.all(known.map(async ({ call, id }) => ({ call, job: await hp.job(id) })));
}

interface Own {
  readonly hp: RunClient;
  readonly agent: MastraAgent;
  readonly options: RunOptions;
}

async function suspend(
  { hp, agent, options: { mode, queue } }: Own,
  how: {
    readonly runId: string;
    readonly stream: AgentStream | null;
    readonly after?: TakenRun["claim"] | undefined;
  },
): Promise<Ended> {
  const { runId, stream, after } = how;
  const calls = await callsOf(hp, agent, runId);
  const held = calls.map(({ job }) => job).filter(isHeld);
  if (held.length === 0) return { stream, held, resumption: null };
  // Mastra keeps the run itself; the checkpoint says which one it is.
  const state = new TextEncoder().encode(JSON.stringify({ runId }));
  const jobs = calls.map(({ job }) => job);
  const stopped = { thread: runId, jobs, codec: CODEC, state, mode, queue, after };
  return { stream, held, resumption: await suspendRun(hp, stopped) };
}
