// The guard around a tool function: propose, wait, redeem, run, report, and nothing runs otherwise.

import type { JobView } from "@holdpoint/core/wire/response";
import type { Action, Claims, JsonObject } from "../action/action.ts";
import { plainObject } from "../action/plain-json.ts";
import type { Report } from "../client/report.ts";
import { maxRuntimeSec, unenforced } from "./constraint.ts";
import { ConstraintNotSupported, RuntimeExceeded } from "./error.ts";
import type { CallOptions, GuardedTool, GuardOptions, ToolFunction } from "./options.ts";
import { failureSummary, outputDigest, runWithin } from "./run.ts";
import { type Released, release, type ReleaseDoor } from "./release.ts";

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
        fn(plainObject(params) as P & JsonObject, {
          signal,
          constraints: constraints ?? {},
          job,
          idempotencyKey: job.job.id,
        }),
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
