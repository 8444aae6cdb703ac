// Proposes a job anew with a change that its decision offers, and withdraws the one that still waits.

import type { Action } from "@holdpoint/core/action/action";
import { isJsonObject, type Json, type JsonObject } from "@holdpoint/core/base/json/value";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Job } from "@holdpoint/core/job/job";
import { isWaiting } from "@holdpoint/core/job/state";
import type { Remediation } from "@holdpoint/core/policy/decision";
import type { JobView } from "@holdpoint/core/wire/response";
import type { RemediateRequest } from "@holdpoint/core/wire/tools";
import { notFound } from "./change-job.ts";
import { type Context, requireAgent } from "./context.ts";
import { asDeclared } from "./known-action.ts";
import { proposeAction } from "./propose.ts";
import { findVisible } from "./read-job.ts";
import { withdraw } from "./withdraw.ts";

/**
 * Two commits: the new job with both links, then the withdrawal. A repeated call finds the new job
 * by its key and goes on where the first one stopped.
 */
export async function remediate(
  ctx: Context,
  jobId: string,
  request: RemediateRequest,
): Promise<JobView> {
  const agent = requireAgent(ctx, "propose");
  const { file } = await findVisible(ctx, jobId);
  const { job } = file;
  if (agent.kind !== "agent" || job.action.actor.agent !== agent.id) throw notFound(jobId);
  const remediation = findRemediation(job, request.remediation);
  const key = request.idempotency_key ?? `remediate:${job.id}:${remediation.id}`;
  const declared = { ...remediated(asDeclared(job.action, job), remediation), idempotencyKey: key };
  const { view } = await proposeAction(ctx, {
    agent,
    declared,
    jobId: request.job_id ?? null,
    timeoutMs: null,
    remedy: { of: job, remediation: remediation.id },
  });
  // What policy denies takes nothing away: the job that waits may still be approved.
  if (isWaiting(job.state) && view.job.state !== "DENIED") {
    await withdraw(ctx, {
      kind: "cancel",
      jobId: job.id,
      reason: `remediated by ${view.job.id} (${remediation.id})`,
      idempotencyKey: null,
    });
  }
  return view;
}

/** What was released, or has run, is not proposed a second time. */
const remediable: ReadonlySet<Job["state"]> = new Set([
  "APPROVAL",
  "DENIED",
  "REJECTED",
  "EXPIRED",
  "CANCELLED",
  "REVOKED",
]);

function findRemediation(job: Job, id: string): Remediation {
  const offered = job.decision.remediations;
  const found = offered.find((one) => one.id === id);
  if (found === undefined) {
    const ids = offered.map((one) => `\`${one.id}\``).join(", ");
    throw new HoldpointError("remediation_not_found", {
      message: ids === "" ? "the decision offers none" : `it offers ${ids}`,
    });
  }
  if (!remediable.has(job.state)) {
    throw new HoldpointError("approval_not_actionable", {
      message: `the job is ${job.state}; cancel it first, or run it`,
      facts: { state: job.state },
    });
  }
  return found;
}

/** The action with `set` in it: parameters merged as RFC 7396 says, the rest put in its place. */
export function remediated(action: Action, { set }: Pick<Remediation, "set">): Action {
  const { params, topic, target, labels } = set;
  const place = isJsonObject(target) ? target : {};
  return {
    ...action,
    params: isJsonObject(params)
      ? (mergePatch(action.params as Json, params) as JsonObject)
      : action.params,
    topic: typeof topic === "string" ? topic : action.topic,
    target: {
      environment: textOr(place["environment"], action.target.environment),
      resource: textOr(place["resource"], action.target.resource),
    },
    labels: { ...action.labels, ...textsOf(labels) },
    // What the agent computed of the action before does not hold for this one.
    effect: null,
  };
}

function textsOf(value: Json | undefined): Record<string, string> {
  if (!isJsonObject(value)) return {};
  const texts = Object.entries(value).filter(
    (one): one is [string, string] => typeof one[1] === "string",
  );
  return Object.fromEntries(texts);
}

function textOr(value: Json | undefined, otherwise: string | null): string | null {
  return typeof value === "string" ? value : otherwise;
}

function mergePatch(target: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name) ?? null, value));
  }
  return Object.fromEntries(merged);
}
