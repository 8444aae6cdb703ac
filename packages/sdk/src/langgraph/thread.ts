// Threads that end while people are asked, and are taken up by a worker: anywhere, later, with every answer at once.

import { Command } from "@langchain/langgraph";
import type { JobView } from "@holdpoint/core/wire/response";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import { base64Of } from "../client/base64.ts";
import type { Call } from "../client/transport.ts";

/** What this needs of the client. */
export interface ThreadClient {
  job(jobId: string, options?: { signal?: AbortSignal | undefined }): Promise<JobView>;
  request(call: Call): Promise<unknown>;
}

interface Snapshot {
  readonly config: { readonly configurable?: Readonly<Record<string, unknown>> };
  /** Nodes that are still to run. */
  readonly next: readonly string[];
  readonly tasks: readonly {
    readonly interrupts: readonly { readonly id?: string; readonly value?: unknown }[];
  }[];
}

/** Names the thread, and whatever else the graph is run with. */
export interface ThreadConfig {
  readonly configurable: { readonly thread_id: string; readonly [name: string]: unknown };
  readonly signal?: AbortSignal;
}

/** A compiled graph, or the `graph` of a LangChain agent. */
export interface SuspendableGraph {
  invoke(input: unknown, config: ThreadConfig): Promise<unknown>;
  getState(config: ThreadConfig): Promise<Snapshot>;
  readonly checkpointer?: unknown;
}

export interface ThreadOptions {
  /** When the thread goes on: with each answer, with all of them, or with the first. Default: `all`. */
  readonly mode?: "each" | "all" | "first";
  /** Which workers take it up. Default: `default`. */
  readonly queue?: string;
}

/** How a pass of the graph ended. */
export interface Ended {
  /** What `invoke` of the graph gave. */
  readonly result: unknown;
  /** The calls that people are asked about; empty when the graph is through, or waits for something else. */
  readonly held: readonly JobView[];
  /** What takes the thread up once they are answered. */
  readonly resumption: ResumptionView | null;
}

/** A claimed run, as `hp.worker` hands it over. */
export interface TakenRun {
  readonly thread: string;
  readonly claim: { readonly resumption: string; readonly fence: number };
  readonly signal?: AbortSignal;
}

interface Hold {
  readonly interrupt: string;
  readonly job: JobView;
}

/** A graph whose threads Holdpoint takes care of while people are asked. */
export interface Suspendable {
  /** Runs the graph. A pass that ends at held calls is suspended: this process may end then. */
  invoke(input: unknown, config: ThreadConfig): Promise<Ended>;
  /** For a graph that was run otherwise (streamed, say): suspends the thread if calls of it are held. */
  suspend(config: ThreadConfig): Promise<Ended>;
  /** For `hp.worker({ resume })`: goes on with the answers that are there. */
  resume(run: TakenRun): Promise<Ended>;
}

/** Rounds of resuming in one pass: calls in one task share an interrupt, and each round lets one through. */
const ROUNDS_MAX = 256;
const CODEC = "langgraph-thread+json";

/**
 * Threads of the graph can end while people are asked, and go on in any process that has the graph and its
 * checkpointer: `const payments = suspendable(hp, graph)`, then `payments.invoke(…)` here, and
 * `hp.worker({ resume: payments.resume }).run()` there.
 *
 * Two workers at one thread, or an old one that wakes up, do no harm: gated calls run once.
 */
export function suspendable(
  hp: ThreadClient,
  graph: SuspendableGraph,
  options: ThreadOptions = {},
): Suspendable {
  return {
    async invoke(input, config) {
      const result = await graph.invoke(input, config);
      return settle(hp, graph, options, { config, result });
    },
    suspend: (config) => settle(hp, graph, options, { config, result: undefined }),
    async resume({ thread, signal, claim }) {
      const config = {
        configurable: { thread_id: thread },
        ...(signal !== undefined && { signal }),
      };
      const snapshot = await graph.getState(config);
      if (snapshot.config.configurable?.["checkpoint_id"] === undefined) {
        throw new Error(`the checkpointer of this worker's graph has no thread ${thread}`);
      }
      const holds = await holdsOf(hp, snapshot, signal);
      const input = inputFor(snapshot, holds);
      const result = input === undefined ? undefined : await graph.invoke(input, config);
      return settle(hp, graph, options, { config, result, after: claim });
    },
  };
}

interface Pass {
  readonly config: ThreadConfig;
  readonly result: unknown;
  readonly after?: { readonly resumption: string; readonly fence: number };
}

/** What the graph is given: the answers that are there, or, where a process ended midway, nothing but the word to go on. */
function inputFor(snapshot: Snapshot, holds: readonly Hold[]): Command | null | undefined {
  const answered = holds.filter((hold) => !isHeld(hold));
  // The value is ignored: the gate reads the answer from the record.
  if (answered.length > 0) {
    return new Command({
      resume: Object.fromEntries(answered.map((hold) => [hold.interrupt, true])),
    });
  }
  const waits = snapshot.tasks.some(({ interrupts }) => interrupts.length > 0);
  return snapshot.next.length > 0 && !waits ? null : undefined;
}

/** Goes on while every answer is there, and suspends the thread when one is missing. */
async function settle(
  hp: ThreadClient,
  graph: SuspendableGraph,
  options: ThreadOptions,
  pass: Pass,
): Promise<Ended> {
  const { config, after } = pass;
  let { result } = pass;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const snapshot = await graph.getState(config);
    const holds = await holdsOf(hp, snapshot, config.signal);
    const held = holds.filter(isHeld).map(({ job }) => job);
    if (holds.length === 0) return { result, held, resumption: null };
    if (held.length > 0) {
      const body = {
        ...suspension(graph, snapshot, config),
        ...options,
        jobs: [...new Set(holds.map(({ job }) => job.job.id))],
        ...(after !== undefined && { after }),
      };
      const { signal } = config;
      const answer = await hp.request({ method: "POST", path: "/resumptions", body, signal });
      return { result, held, resumption: answer as ResumptionView };
    }
    result = await graph.invoke(inputFor(snapshot, holds), config);
  }
  throw new Error(`the thread stopped ${ROUNDS_MAX} times at calls that have their answer`);
}

/** The state itself, where Holdpoint keeps it; else the place where the graph's own checkpointer does. */
function suspension(graph: SuspendableGraph, snapshot: Snapshot, config: ThreadConfig): object {
  const thread = config.configurable.thread_id;
  const { checkpoint_id: id, checkpoint_ns: namespace = "" } = snapshot.config.configurable ?? {};
  const saver = graph.checkpointer as { readonly isHoldpointSaver?: unknown } | undefined;
  if (saver?.isHoldpointSaver === true) {
    return { thread, run: thread, namespace, checkpoint: { id } };
  }
  const state = new TextEncoder().encode(JSON.stringify({ thread, namespace, id }));
  return { thread, run: thread, checkpoint: { codec: CODEC, state: base64Of(state) } };
}

/** The interrupts of the thread that stand for a job; those of the graph's own are left alone. */
async function holdsOf(
  hp: ThreadClient,
  snapshot: Snapshot,
  signal: AbortSignal | undefined,
): Promise<Hold[]> {
  const found = snapshot.tasks
    .flatMap(({ interrupts }) => interrupts)
    .map(({ id = "", value }) => ({ interrupt: id, jobId: jobOfInterrupt(value) }));
  return Promise.all(
    found.flatMap(({ interrupt, jobId }) =>
      jobId === null ? [] : [hp.job(jobId, { signal }).then((job): Hold => ({ interrupt, job }))],
    ),
  );
}

function isHeld({ job }: Hold): boolean {
  return job.job.state === "APPROVAL";
}

/** The job of an interrupt that the gate made; null for one of the graph's own. */
function jobOfInterrupt(value: unknown): string | null {
  const shown = value as { metadata?: { holdpoint?: { jobId?: unknown } } } | null | undefined;
  const jobId = shown?.metadata?.holdpoint?.jobId;
  return typeof jobId === "string" ? jobId : null;
}
