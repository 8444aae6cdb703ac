// The guard around a tool function: propose, wait, redeem, run, report, and nothing runs otherwise.

import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Json as CoreJson } from "@holdpoint/core/base/json/value";
import type { JobView, RedeemAnswer } from "@holdpoint/core/wire/response";
import type { Action, Effect, JsonObject } from "../action/action.ts";
import { plainObject } from "../action/plain-json.ts";
import { isApiError } from "../client/error.ts";
import type { Report } from "../client/report.ts";
import { executionOf, proposeAtOnce } from "./at-once.ts";
import { checkConstraints, type Constraints } from "./constraint.ts";
import { actionFor, effectNow, toolOf } from "./describe.ts";
import type { GuardDoor } from "./door.ts";
import { AgentPaused } from "./error.ts";
import type {
  CallState,
  CallStatus,
  GuardedCall,
  GuardOptions,
  ProposeOptions,
  RunOptions,
  ToolFunction,
} from "./options.ts";
import { failureSummary, resultOf, send, successOf } from "./outcome.ts";
import { notExecuted, type Order, release, type Release } from "./release.ts";
import { replay } from "./replay.ts";
import { runBounded } from "./run.ts";

/** One guarded tool. */
interface Guarded<P extends object, R> {
  readonly door: GuardDoor;
  readonly fn: ToolFunction<P, R>;
  readonly options: GuardOptions<P, R>;
}

/** What is known of one execution when the tool is called. */
interface Execution {
  readonly job: JobView;
  readonly jobId: string;
  readonly executionId: string | undefined;
  readonly constraints: Constraints | null;
  readonly params: JsonObject;
  readonly signal: AbortSignal | undefined;
}

/** A call as it was proposed here, with the execution that came with the answer. */
interface Proposed {
  readonly job: JobView;
  readonly action: Action;
  readonly effect: Effect | null;
  readonly execution: RedeemAnswer["execution"] | null;
}

/** See `Holdpoint.calls`. */
export function makeCalls<P extends object, R>(
  door: GuardDoor,
  fn: ToolFunction<P, R>,
  options: GuardOptions<P, R>,
): GuardedCall<P, R> {
  const guarded = { door, fn, options };
  return {
    propose: (params, call = {}) =>
      paused(async () => {
        const proposed = await proposeStep(guarded, params, call);
        const { job, execution } = proposed;
        if (execution === null && !begun.has(job)) return stateOf(job);
        return { job, status: "released" };
      }),
    run: (state, params, how = {}) =>
      paused(async () => {
        const job = "status" in state ? state.job : state;
        const own = begun.get(job);
        if (own === undefined) return runLater(guarded, job, params, how);
        requireOwnTool(job, options);
        // INVARIANT: an execution runs once; whoever comes again finds the job running.
        begun.delete(job);
        door.known.forget(job.job.id);
        return runBegun(guarded, own, { params, signal: how.signal });
      }),
    told: (jobId) => door.known.told(jobId),
    call: (params, claims, call = {}) =>
      paused(async () => {
        const { signal } = call;
        const said = claims === undefined ? call : { ...call, claims };
        const described = await describe(guarded, params, said);
        const proposed = await propose(guarded, described, { ...said, redeem: "approved" });
        const { job, action, execution } = proposed;
        if (execution !== null) return runBegun(guarded, proposed, { signal });
        return go(guarded, job, orderOf(guarded, action, { waits: true, signal, isWhole: true }));
      }),
  };
}

interface Described {
  readonly action: Action;
  readonly effect: Effect | null;
}

async function describe<P extends object, R>(
  { options }: Guarded<P, R>,
  params: P,
  call: ProposeOptions,
): Promise<Described> {
  // What is described, shown, approved and run is this copy, whatever the caller does to the original.
  const copy = plainObject(params);
  const action = await actionFor(copy, options, call);
  return { action, effect: await effectNow(copy, options) };
}

async function propose<P extends object, R>(
  guarded: Guarded<P, R>,
  { action, effect }: Described,
  { redeem = false, signal, onProposed }: ProposeOptions,
): Promise<Proposed> {
  const { door, options } = guarded;
  const asked = { ...action, effect };
  const atOnce = { honours: options.honours ?? [], signal, approved: redeem === "approved" };
  const job =
    redeem === false
      ? await door.propose(asked, { signal })
      : await proposeAtOnce(door, asked, atOnce);
  const execution = executionOf(job);
  const proposed = { job, action, effect, execution };
  try {
    onProposed?.(job);
  } catch (error) {
    await reportUnused(guarded, proposed, error);
    throw error;
  }
  return proposed;
}

/** Executions that came with their proposals, by what was told of them, and have not begun to run. */
const begun = new WeakMap<JobView, Proposed>();

/** A proposal whose next step is taken apart; what the server told of it before counts. */
async function proposeStep<P extends object, R>(
  guarded: Guarded<P, R>,
  params: P,
  call: ProposeOptions,
): Promise<Proposed> {
  const { known } = guarded.door;
  const described = await describe(guarded, params, call);
  const asked = { ...described.action, effect: described.effect };
  const told = known.recall(asked);
  if (told !== null) {
    call.signal?.throwIfAborted();
    call.onProposed?.(told);
    return { job: told, ...described, execution: null };
  }
  const proposed = await propose(guarded, described, call);
  const { job, execution } = proposed;
  if (execution !== null) begun.set(job, proposed);
  const unmade = new Error("the call was not made");
  const unused = (): void => {
    if (begun.delete(job)) void reportUnused(guarded, proposed, unmade);
  };
  known.proposed(asked, job, execution === null ? null : unused);
  return proposed;
}

/** Runs what was redeemed with its proposal. */
async function runBegun<P extends object, R>(
  guarded: Guarded<P, R>,
  proposed: Proposed,
  how: { readonly params?: P | undefined; readonly signal: AbortSignal | undefined },
): Promise<R> {
  const { job, action, effect, execution } = proposed;
  if (execution === null) throw new TypeError(`nothing was redeemed of the job ${job.job.id}`);
  const params = action.params ?? {};
  if (
    how.params !== undefined &&
    !isSame(plainObject<JsonObject & object>(how.params as P & JsonObject), params)
  ) {
    const error = new TypeError("the parameters are not those that were proposed");
    await reportUnused(guarded, proposed, error);
    throw error;
  }
  const released = { kind: "released", job, execution, params, effect } as const;
  const { signal } = how;
  return runReleased(guarded, released, { honours: guarded.options.honours ?? [], signal });
}

async function reportUnused<P extends object, R>(
  guarded: Guarded<P, R>,
  { job, execution }: Proposed,
  error: unknown,
): Promise<void> {
  if (execution === null) return;
  const unused = notExecuted(undefined, failureSummary(error));
  await report(guarded, { job, jobId: job.job.id, executionId: execution.id }, unused);
}

async function runLater<P extends object, R>(
  guarded: Guarded<P, R>,
  given: JobView,
  params: P | undefined,
  { wait = false, signal }: RunOptions,
): Promise<R> {
  const { door, options } = guarded;
  // SECURITY: the state may have lain anywhere. A grant speaks for itself when it is redeemed; that something has run,
  // or may have, is the server's to say.
  const isReady = given.job.state === "APPROVED" && given.grant?.token != null;
  const job = isReady ? given : await door.job(given.job.id, { signal });
  requireOwnTool(job, options);
  const { topic, agent } = job.action;
  const own = toolOf(options);
  const isWhole = params !== undefined;
  const action = isWhole
    ? await actionFor(plainObject(params), options, { agent: { onBehalfOf: agent.on_behalf_of } })
    : { topic, tool: own };
  return go(guarded, job, orderOf(guarded, action, { waits: wait, signal, isWhole }));
}

function requireOwnTool<P extends object, R>(job: JobView, options: GuardOptions<P, R>): void {
  const { topic, tool } = job.action;
  const own = toolOf(options);
  const isOwn =
    topic === options.topic &&
    tool?.name === own?.name &&
    (tool?.server ?? null) === (own?.server ?? null);
  if (!isOwn) throw new TypeError(`the job ${job.job.id} (${topic}) is none of ${options.topic}`);
}

function orderOf<P extends object, R>(
  { options }: Guarded<P, R>,
  action: Action,
  how: Pick<Order, "waits" | "signal" | "isWhole">,
): Order {
  const hasPreview = options.preview !== undefined;
  return {
    ...how,
    action,
    preview: hasPreview ? (params) => effectNow(params, options) : null,
    honours: options.honours ?? [],
  };
}

async function go<P extends object, R>(
  guarded: Guarded<P, R>,
  job: JobView,
  order: Order,
): Promise<R> {
  const { door, options } = guarded;
  const { honours, signal } = order;
  const released = await release(door, job, order);
  if (released.kind === "released") return runReleased(guarded, released, order);
  // SECURITY: a saved state may name another job than its grant and its action are of; what that one gave, or runs
  // with, is none of this tool's.
  requireOwnTool(released.job, options);
  const again = async (unknown: JobView): Promise<R> => {
    const { params } = unknown.action;
    const constraints = unknown.execution?.constraints ?? unknown.constraints;
    const effect = (await order.preview?.(params)) ?? null;
    checkConstraints(unknown, constraints, { params, effect, honours });
    const { id: jobId } = unknown.job;
    const executionId = unknown.execution?.id;
    return execute(guarded, { job: unknown, jobId, executionId, constraints, params, signal });
  };
  return replay(released.job, { door, options, signal, again });
}

async function runReleased<P extends object, R>(
  guarded: Guarded<P, R>,
  released: Release & { readonly kind: "released" },
  { honours, signal }: Pick<Order, "honours" | "signal">,
): Promise<R> {
  const { job, execution, params, effect } = released;
  const { id: executionId, constraints } = execution;
  const begun = { job, jobId: job.job.id, executionId, constraints, params, signal };
  try {
    signal?.throwIfAborted();
    if (execution.job_id !== job.job.id) throw new TypeError("the grant is that of another job");
    // The redemption decides anew, so the constraints may be others than those seen before it.
    checkConstraints(job, constraints, { params, effect, honours });
  } catch (error) {
    const unused = notExecuted(undefined, failureSummary(error));
    await report(guarded, { ...begun, jobId: execution.job_id }, unused);
    throw error;
  }
  return execute(guarded, begun);
}

async function execute<P extends object, R>(
  guarded: Guarded<P, R>,
  execution: Execution,
): Promise<R> {
  const { fn, options } = guarded;
  const { job, constraints, params, signal: outer } = execution;
  const bounds = { job, constraints, honours: options.honours ?? [], signal: outer };
  let raw: R;
  try {
    raw = await runBounded(bounds, (signal) => {
      const context = { signal, constraints: constraints ?? {}, job, idempotencyKey: job.job.id };
      // A copy of its own: what the tool does to it does not reach the record.
      return fn(plainObject(params) as P & JsonObject, context);
    });
  } catch (error) {
    await report(guarded, execution, { status: "FAILED", summary: failureSummary(error) });
    throw error;
  }
  // SECURITY: from here on nobody sees the raw result.
  const result = resultOf(raw, constraints);
  await report(guarded, execution, await successOf(result, options, constraints));
  return result;
}

async function report<P extends object, R>(
  { door, options }: Guarded<P, R>,
  { job, jobId, executionId }: Pick<Execution, "job" | "jobId" | "executionId">,
  outcome: Report,
): Promise<void> {
  const sending = async (): Promise<void> => {
    try {
      await send(door, jobId, { ...(executionId !== undefined && { executionId }), ...outcome });
    } catch (error) {
      options.onUnreported?.(error, job);
    }
  };
  await (options.report === "behind" ? door.behind(jobId, sending) : sending());
}

function isSame(one: JsonObject, other: JsonObject): boolean {
  return canonicalJson(one as CoreJson) === canonicalJson(other as CoreJson);
}

function stateOf(job: JobView): CallState {
  return { job, status: statuses[job.job.state] };
}

const statuses: Readonly<Record<JobView["job"]["state"], CallStatus>> = {
  APPROVAL: "held",
  APPROVED: "released",
  EXECUTING: "executing",
  DENIED: "denied",
  REJECTED: "rejected",
  EXPIRED: "expired",
  CANCELLED: "cancelled",
  REVOKED: "revoked",
  SUCCEEDED: "done",
  FAILED: "done",
  UNKNOWN: "unknown",
};

/** An agent that its people have paused or ended is told so in its own words, whichever step refused it. */
async function paused<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const isHalted = isApiError(error, "agent_paused") || isApiError(error, "agent_killed");
    throw isHalted ? new AgentPaused(error.code, error.problem.detail, { cause: error }) : error;
  }
}
