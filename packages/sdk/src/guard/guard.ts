// The guard around a tool function: propose, wait, redeem, run, report, and nothing runs otherwise.

import type { JobView } from "@holdpoint/core/wire/response";
import type {
  Action,
  AgentRun,
  Claims,
  Cost,
  Duration,
  Effect,
  Evidence,
  JsonObject,
  Target,
  Tool,
} from "../action/action.ts";
import { plainObject } from "../action/plain-json.ts";
import type { OnQuestion } from "../client/question.ts";
import type { Report } from "../client/report.ts";
import { type Constraints, maxRuntimeSec, unenforced } from "./constraint.ts";
import { ConstraintNotSupported, RuntimeExceeded } from "./error.ts";
import { failureSummary, outputDigest, runWithin } from "./run.ts";
import { type Released, release, type ReleaseDoor } from "./release.ts";

/** What the tool function is given beside its parameters. */
export interface ToolContext {
  /** Aborts when `max_runtime_sec` is over or the caller aborts: pass it on to whatever takes long. */
  readonly signal: AbortSignal;
  /** What the call has to keep to; the guard keeps `max_runtime_sec` itself. */
  readonly constraints: Constraints;
  readonly job: JobView;
}

/** A tool function. It gets the parameters that were approved, which people may have changed. */
export type ToolFunction<P extends object, R> = (params: P, context: ToolContext) => Promise<R> | R;

/** What can be said about one call from its parameters. */
export interface Description {
  readonly target?: Target | null;
  readonly cost?: Cost | null;
  /** Added to the guard's own. */
  readonly riskTags?: readonly string[];
  readonly reversible?: boolean | null;
  readonly evidence?: readonly Evidence[] | null;
  readonly labels?: Readonly<Record<string, string>> | null;
  readonly claims?: Claims | null;
}

export interface GuardOptions<P extends object, R> {
  /** Dotted, lower case: `job.payment.refund`. Policies match on it. */
  readonly topic: string;
  /** The tool behind the call. Default: none. */
  readonly tool?: Tool | string;
  readonly riskTags?: readonly string[];
  /** Whether the action can be undone, always or by its parameters. */
  readonly reversible?: boolean | ((params: P) => boolean | null);
  /** Target, cost and so on, from the parameters. Runs before anything is proposed. */
  readonly describe?: (params: P) => Description | Promise<Description>;
  /** What will happen, computed without doing it: a count of rows, a diff. */
  readonly preview?: (params: P) => Effect | null | Promise<Effect | null>;
  /** How long people have to answer; the policy may shorten it. Default: the policy's. */
  readonly timeout?: Duration;
  /** The same key with the same parameters is one job and one effect, whichever process asks. Default: a random one per call. */
  readonly idempotencyKey?: string | ((params: P) => string);
  /** Constraints that the tool function itself keeps, from `context.constraints`. Default: none. */
  readonly honours?: readonly string[];
  /** A sentence about the result for the record. Default: none. */
  readonly summary?: (result: R) => string;
  /** The effect that it really had; the server flags a drift from the preview. */
  readonly effectOf?: (result: R) => Effect | null;
  /** Answers questions of reviewers while the action waits; what it throws ends the call. Default: they stay open. */
  readonly onQuestion?: OnQuestion;
  /** Told when the outcome could not be reported; operators then see the job as UNKNOWN. Default: nobody. */
  readonly onUnreported?: (error: unknown, job: JobView) => void;
}

export interface CallOptions {
  /** Ends the waiting, and is passed on to the tool. The job stays; cancel it if it is of no use any more. */
  readonly signal?: AbortSignal;
  /** Instead of the guard's. */
  readonly idempotencyKey?: string;
  readonly agent?: AgentRun;
  readonly evidence?: readonly Evidence[];
  /** Id of your own rejected or denied job that this call stands in for. */
  readonly replaces?: string;
  /** Told of the job once the proposal is answered, before any wait: the moment to show where to decide. */
  readonly onProposed?: (job: JobView) => void;
}

/** A guarded tool: the result, or one of the errors that say why it did not run. */
export type GuardedTool<P extends object, R> = (
  params: P,
  claims?: Claims,
  options?: CallOptions,
) => Promise<R>;

/** What the guard needs of the client. */
export interface GuardDoor extends ReleaseDoor {
  report(jobId: string, outcome: Report): Promise<unknown>;
}

/** See `Holdpoint.guard`. */
export function makeGuard<P extends object, R>(
  door: GuardDoor,
  fn: ToolFunction<P, R>,
  options: GuardOptions<P, R>,
): GuardedTool<P, R> {
  return async (params, claims, call = {}) => {
    // What is described, shown, approved and run is this copy, whatever the caller does to the original.
    const copy = plainObject(params);
    const action = await actionFor(copy, options, claims, call);
    const watched: GuardDoor = {
      ...door,
      async propose(proposed, request) {
        const job = await door.propose(proposed, request);
        call.onProposed?.(job);
        return job;
      },
    };
    const released = await release(watched, action, options.honours ?? [], call.signal);
    return execute(door, fn, options, { released, signal: call.signal });
  };
}

async function actionFor<P extends object, R>(
  params: P & JsonObject,
  options: GuardOptions<P, R>,
  claims: Claims | undefined,
  call: CallOptions,
): Promise<Action> {
  const { tool, reversible, idempotencyKey } = options;
  const description = (await options.describe?.(params)) ?? {};
  const effect = (await options.preview?.(params)) ?? null;
  const undo = typeof reversible === "function" ? reversible(params) : reversible;
  const key = typeof idempotencyKey === "function" ? idempotencyKey(params) : idempotencyKey;
  return {
    topic: options.topic,
    tool: typeof tool === "string" ? { name: tool } : (tool ?? null),
    params: plainObject<JsonObject>(params),
    target: description.target ?? null,
    cost: description.cost ?? null,
    effect,
    riskTags: [...new Set([...(options.riskTags ?? []), ...(description.riskTags ?? [])])],
    reversible: description.reversible ?? undo ?? null,
    claims: { ...description.claims, ...claims },
    evidence: [...(description.evidence ?? []), ...(call.evidence ?? [])],
    labels: description.labels ?? null,
    agent: call.agent ?? null,
    idempotencyKey: call.idempotencyKey ?? key ?? globalThis.crypto.randomUUID(),
    timeout: options.timeout ?? null,
    replaces: call.replaces ?? null,
  };
}

async function execute<P extends object, R>(
  door: GuardDoor,
  fn: ToolFunction<P, R>,
  options: GuardOptions<P, R>,
  run: { readonly released: Released; readonly signal: AbortSignal | undefined },
): Promise<R> {
  const { job, execution, params } = run.released;
  const { id: executionId, constraints } = execution;
  const report = async (outcome: Report): Promise<void> => {
    try {
      await door.report(job.job.id, { executionId, ...outcome });
    } catch (error) {
      options.onUnreported?.(error, job);
    }
  };
  // The redemption decides anew, so the constraints may be others than those seen before it.
  const unkept = unenforced(constraints, options.honours ?? []);
  if (unkept.length > 0) {
    const error = new ConstraintNotSupported(job, unkept);
    await report({ status: "FAILED", summary: failureSummary(error) });
    throw error;
  }
  const maxSec = maxRuntimeSec(constraints);
  let result: R;
  try {
    result = await runWithin(
      maxSec === null ? null : maxSec * 1_000,
      run.signal,
      () => new RuntimeExceeded(job, maxSec ?? 0),
      // A copy of its own: what the tool does to it does not reach the record.
      async (signal) =>
        fn(plainObject(params) as P & JsonObject, { signal, constraints: constraints ?? {}, job }),
    );
  } catch (error) {
    await report({ status: "FAILED", summary: failureSummary(error) });
    throw error;
  }
  await report(await successOf(result, options));
  return result;
}

// The effect has happened: a fault in describing it must not look like a failure of the action.
async function successOf<P extends object, R>(
  result: R,
  options: GuardOptions<P, R>,
): Promise<Report> {
  const digest = await outputDigest(result);
  try {
    const summary = options.summary?.(result);
    const effect = options.effectOf?.(result);
    return {
      status: "SUCCEEDED",
      ...(summary !== undefined && { summary }),
      ...(effect != null && { effect }),
      ...(digest !== undefined && { outputDigest: digest }),
    };
  } catch (error) {
    return { status: "SUCCEEDED", summary: `no summary: ${failureSummary(error)}` };
  }
}
