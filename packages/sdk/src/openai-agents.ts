// Holdpoint in the OpenAI Agents SDK: tools behind a gate, and runs that a worker takes up with the answers.

import { run as runAgent, RunContext, RunState } from "@openai/agents";
import type { JobView } from "@holdpoint/core/wire/response";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import type { Call } from "./client/transport.ts";
import type { ToolFunction } from "./guard/options.ts";
import {
  asksPeople,
  isHeld,
  makeToolGate,
  refusalOf,
  type ToolCallPlace,
  ToldToModel,
  type ToolGateClient,
  type ToolGateOptions,
} from "./guard/tool-gate.ts";
import { suspendRun } from "./worker/suspend.ts";

export type { ToolGateClient, ToolGateOptions } from "./guard/tool-gate.ts";

/** The context of a run: it names the run by `thread`, the same in every process. */
interface OwnContext {
  readonly context: unknown;
}

interface CallDetails {
  readonly toolCall?: { readonly callId: string } | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The gated members of a tool. */
export interface GatedTool<P, R> {
  readonly needsApproval: (context: OwnContext, params: P, callId?: string) => Promise<boolean>;
  readonly execute: (params: P, context?: OwnContext, details?: CallDetails) => Promise<R | string>;
  /** What is not the model's to know (the server is away, the agent was paused) ends the run. */
  readonly errorFunction: null;
}

/** A call that the framework asked about. */
interface Asked {
  /** As it stood then. */
  readonly job: JobView;
  /** As far as this process knows by now. */
  readonly now: () => JobView;
}

/** INVARIANT: by the context of a run, so that a job is forgotten with its run. */
const asked = new WeakMap<object, Map<string, Asked>>();

/**
 * Puts a tool behind Holdpoint: `tool({ name, description, parameters, ...gatedTool(hp, refund, { topic }) })`, and
 * `run(agent, input, { context: { thread: "ticket-7" } })`. While people are asked, the call is an interruption of the
 * run; whatever is said to the interruption, the record is what counts. A no is told to the model with the reason.
 */
export function gatedTool<P extends object, R>(
  hp: ToolGateClient,
  fn: ToolFunction<P, R>,
  options: ToolGateOptions<P, R>,
): GatedTool<P, R> {
  const gate = makeToolGate(hp, fn, options);
  return {
    async needsApproval(context, params, callId) {
      const job = await gate.ask(params, placeOf(context, callId));
      note(context, { job, now: () => gate.told(job) ?? job });
      return asksPeople(job);
    },
    async execute(params, context, details) {
      const { toolCall, signal } = details ?? {};
      try {
        const place = { ...placeOf(context, toolCall?.callId), signal };
        const passed = await gate.pass(params, place);
        return passed.note === null ? passed.result : withNote(passed.result, passed.note);
      } catch (error) {
        if (error instanceof ToldToModel) return error.message;
        throw error;
      }
    },
    errorFunction: null,
  };
}

function placeOf(context: OwnContext | undefined, call: string | undefined): ToolCallPlace {
  const { thread } = (context?.context ?? {}) as { readonly thread?: unknown };
  if (typeof thread !== "string" || thread === "" || call === undefined) {
    throw new TypeError(
      "the run has no name: run it with `context: { thread }`, the same in every process",
    );
  }
  return { thread, call };
}

function note({ context }: OwnContext, asking: Asked): void {
  const { call } = asking.job.action.agent;
  if (typeof context !== "object" || context === null || call === null) return;
  const jobs = asked.get(context) ?? new Map<string, Asked>();
  asked.set(context, jobs.set(call, asking));
}

function withNote(result: unknown, told: string): string {
  return `${typeof result === "string" ? result : JSON.stringify(result)}\n\n${told}`;
}

interface Item {
  readonly rawItem: object;
}

/** A `RunState`. */
export interface SuspendableState {
  toString(): string;
  getInterruptions(): readonly Item[];
}

/** A `RunResult`, or a `StreamedRunResult` that has ended. */
export interface RunEnd {
  readonly state: SuspendableState;
  readonly finalOutput?: unknown;
}

/** Runs an agent, as `run` or a `Runner` of the framework does. */
export type RunFunction = (
  agent: object,
  input: unknown,
  options: { readonly context?: object; readonly signal?: AbortSignal },
) => Promise<RunEnd>;

export interface ThreadClient extends ToolGateClient {
  request(call: Call): Promise<unknown>;
}

export interface ThreadOptions {
  /** When the run goes on: with each answer, with all of them, or with the first. Default: `all`. */
  readonly mode?: "each" | "all" | "first";
  /** Which workers take it up. Default: `default`. */
  readonly queue?: string;
  /** Runs the agent. Default: the framework's `run`. */
  readonly run?: RunFunction;
  /**
   * Makes what tools need of a context, anew in each process. Default: what JSON keeps of the context of the first
   * process.
   */
  readonly context?: (thread: string) => object;
}

/** How a pass of the agent ended. */
export interface Ended {
  readonly result: RunEnd;
  /** The calls that people are asked about; empty when the agent is through, or waits for something else. */
  readonly held: readonly JobView[];
  /** What takes the run up once they are answered. */
  readonly resumption: ResumptionView | null;
}

/** A claimed run, as `hp.worker` hands it over. */
export interface TakenRun {
  readonly thread: string;
  readonly state: unknown;
  readonly claim: { readonly resumption: string; readonly fence: number };
  readonly signal?: AbortSignal;
}

/** An agent whose runs Holdpoint takes care of while people are asked. */
export interface Suspendable {
  /** Runs the agent. A run that stops at held calls is suspended: this process may end then. */
  run(
    input: unknown,
    how: { readonly thread: string; readonly context?: object; readonly signal?: AbortSignal },
  ): Promise<Ended>;
  /** For a run that was made otherwise (streamed, say): suspends it if calls of it are held. */
  suspend(result: RunEnd, how: { readonly thread: string }): Promise<Ended>;
  /** For `hp.worker({ resume })`: goes on with the answers that are there. */
  resume(run: TakenRun): Promise<Ended>;
}

const CODEC = "openai-agents-state";
/** A run that stops so often at calls that have their answer does not go on. */
const ROUNDS_MAX = 256;

/**
 * Goes on with a run that stopped at held calls, in the process that started it or from `RunState.fromString` in any
 * other: approves and rejects what people have answered, with the reason. What is still held stays an interruption.
 */
export async function goOn(
  agent: object,
  state: SuspendableState,
  { run = runAgent as RunFunction, signal }: { run?: RunFunction; signal?: AbortSignal } = {},
): Promise<RunEnd> {
  const options = { ...(signal !== undefined && { signal }) };
  let given = state;
  let result: RunEnd | null = null;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    // Without an answer the framework asks the gate of each call again, which finds its job as it is by now.
    if (!answer(given) && result !== null) return result;
    result = await run(agent, given, options);
    given = result.state;
  }
  throw new Error(`the run stopped ${ROUNDS_MAX} times at calls that have their answer`);
}

/** Tells the framework the answers that are there; whether there was one. */
function answer(given: SuspendableState): boolean {
  const state = given as SuspendableState & Awaited<ReturnType<typeof RunState.fromString>>;
  let isAnswered = false;
  for (const item of state.getInterruptions()) {
    const job = askedBy(state, item)?.now() ?? null;
    if (job === null || isHeld(job)) continue;
    const message = refusalOf(job);
    if (message === null) state.approve(item);
    else state.reject(item, { message });
    isAnswered = true;
  }
  return isAnswered;
}

/** The calls of a run that people are asked about, as they stood when the run stopped. */
export function heldCalls(state: SuspendableState): JobView[] {
  return jobsOf(state).filter(isHeld);
}

function jobsOf(state: SuspendableState): JobView[] {
  return state.getInterruptions().flatMap((item) => askedBy(state, item)?.job ?? []);
}

/** Of an interruption that a gate made; null for one of the program's own. */
function askedBy(state: SuspendableState, { rawItem }: Item): Asked | null {
  const { context } = (state as unknown as { readonly _context: OwnContext })._context;
  const { callId } = rawItem as { readonly callId?: unknown };
  if (typeof context !== "object" || context === null || typeof callId !== "string") return null;
  return asked.get(context)?.get(callId) ?? null;
}

/**
 * Runs of the agent can end while people are asked, and go on in any process that has the agent:
 * `const support = suspendable(hp, agent)`, then `support.run(input, { thread })` here, and
 * `hp.worker({ resume: support.resume }).run()` there. The framework's `RunState` is the checkpoint, kept with Holdpoint.
 *
 * Two workers at one run, or an old one that wakes up, do no harm: gated calls run once.
 */
export function suspendable(
  hp: ThreadClient,
  agent: object,
  options: ThreadOptions = {},
): Suspendable {
  const { run = runAgent as RunFunction, context: makeContext } = options;
  const suspend = (result: RunEnd, place: Place): Promise<Ended> =>
    suspendAtCalls(hp, options, result, place);
  return {
    async run(input, { thread, context, signal }) {
      const own = { ...makeContext?.(thread), ...context, thread };
      const how = { context: own, ...(signal !== undefined && { signal }) };
      return suspend(await run(agent, input, how), { thread, signal });
    },
    suspend,
    async resume({ thread, state, claim, signal }) {
      if (!(state instanceof Uint8Array)) throw new TypeError("the run has no state of an agent");
      const text = new TextDecoder("utf-8", { fatal: true }).decode(state);
      const restored = await (makeContext === undefined
        ? RunState.fromString(agent as never, text)
        : RunState.fromStringWithContext(
            agent as never,
            text,
            new RunContext({ ...makeContext(thread), thread }) as never,
          ));
      const result = await goOn(agent, restored as SuspendableState, {
        run,
        ...(signal !== undefined && { signal }),
      });
      return suspend(result, { thread, signal, after: claim });
    },
  };
}

interface Place {
  readonly thread: string;
  readonly signal?: AbortSignal | undefined;
  readonly after?: TakenRun["claim"];
}

async function suspendAtCalls(
  hp: ThreadClient,
  { mode, queue }: ThreadOptions,
  result: RunEnd,
  { thread, signal, after }: Place,
): Promise<Ended> {
  const jobs = jobsOf(result.state);
  const held = jobs.filter(isHeld);
  if (held.length === 0) return { result, held, resumption: null };
  const state = new TextEncoder().encode(result.state.toString());
  const stopped = { thread, jobs, codec: CODEC, state, mode, queue, after, signal };
  return { result, held, resumption: await suspendRun(hp, stopped) };
}
