// The single steps of a job, each one call of the API.

import type { JobView, OutputView, RedeemAnswer } from "@holdpoint/core/wire/response";
import type { Action } from "../action/action.ts";
import { plainJson } from "../action/plain-json.ts";
import { proposalOf, runningOf } from "../action/wire.ts";
import { invalidAnswer, jobPath, readJob } from "./job.ts";
import type {
  CancelOptions,
  ProposalOptions,
  RemediateOptions,
  RequestOptions,
} from "./options.ts";
import type { Report } from "./report.ts";
import { call, type Transport } from "./transport.ts";

export async function proposeAction(
  transport: Transport,
  action: Action,
  { signal, redeem }: ProposalOptions,
): Promise<JobView> {
  // The same with each repeat after a lost answer: it is told of the same execution.
  const nonce = globalThis.crypto.randomUUID();
  const body = {
    ...proposalOf({ ...action, idempotencyKey: keyOf(action) }),
    ...(redeem !== undefined && { redeem: { nonce, ...redeem } }),
  };
  const answer = await call(transport, { method: "POST", path: "/actions", body, signal });
  return readJob(answer, action.jobId);
}

/** Null leaves it to the server, which makes it from run and call. */
function keyOf({ idempotencyKey, agent }: Action): string | null {
  if (idempotencyKey != null) return idempotencyKey;
  const hasName = agent?.run != null && agent.call != null;
  return hasName ? null : globalThis.crypto.randomUUID();
}

export async function findJob(
  transport: Transport,
  jobId: string,
  { signal }: RequestOptions,
): Promise<JobView> {
  return readJob(await call(transport, { method: "GET", path: jobPath(jobId), signal }), jobId);
}

export async function redeemGrant(
  transport: Transport,
  grant: JobView | string,
  action: Action,
  options: RequestOptions,
): Promise<RedeemAnswer["execution"]> {
  if (typeof grant !== "string") transport.known.forget(grant.job.id);
  const token = typeof grant === "string" ? grant : grant.grant?.token;
  if (token == null) throw new TypeError("the job carries no grant; ask for one with `freshGrant`");
  const body = { grant: token, action: runningOf(action) };
  const answer = await post(transport, "/grants/redeem", body, options);
  const { execution } = (answer ?? {}) as Partial<RedeemAnswer>;
  if (typeof execution?.id === "string") return execution;
  throw invalidAnswer("the answer to the redemption names no execution");
}

export async function renewGrant(
  transport: Transport,
  jobId: string,
  options: RequestOptions,
): Promise<JobView> {
  return readJob(await post(transport, `${jobPath(jobId)}/grant`, {}, options), jobId);
}

export async function reportOutcome(
  transport: Transport,
  jobId: string,
  outcome: Report,
  options: RequestOptions,
): Promise<JobView> {
  const body = {
    status: outcome.status,
    ...(outcome.executionId !== undefined && { execution_id: outcome.executionId }),
    ...(outcome.summary !== undefined && { summary: outcome.summary }),
    ...(outcome.outputDigest !== undefined && { output_digest: outcome.outputDigest }),
    ...(outcome.effect != null && { effect: outcome.effect }),
    ...(outcome.output !== undefined && { output: plainJson(outcome.output, "output") }),
  };
  return readJob(await post(transport, `${jobPath(jobId)}/outcome`, body, options), jobId);
}

/** What the execution gave, as it was recorded. */
export async function findOutput(
  transport: Transport,
  jobId: string,
  { signal }: RequestOptions,
): Promise<OutputView> {
  const path = `${jobPath(jobId)}/output`;
  const answer = await call(transport, { method: "GET", path, signal });
  const view = answer as Partial<OutputView> | null;
  if (view?.job_id === jobId && view.output !== undefined) return view as OutputView;
  throw invalidAnswer("the answer is not the output that was asked for");
}

export async function cancelJob(
  transport: Transport,
  jobId: string,
  { reason, ...options }: CancelOptions,
): Promise<JobView> {
  const body = reason === undefined ? {} : { reason };
  return readJob(await post(transport, `${jobPath(jobId)}/cancel`, body, options), jobId);
}

export async function remediateJob(
  transport: Transport,
  jobId: string,
  remediation: string,
  options: RemediateOptions,
): Promise<JobView> {
  const { newJobId, idempotencyKey, signal } = options;
  const body = {
    remediation,
    ...(newJobId !== undefined && { job_id: newJobId }),
    ...(idempotencyKey !== undefined && { idempotency_key: idempotencyKey }),
  };
  const path = `${jobPath(jobId)}/remediate`;
  return readJob(await call(transport, { method: "POST", path, body, signal }), newJobId);
}

/** A POST whose repeats after a lost reply have one effect. */
export function post(
  transport: Transport,
  path: string,
  body: unknown,
  { signal }: RequestOptions,
): Promise<unknown> {
  const idempotencyKey = globalThis.crypto.randomUUID();
  return call(transport, { method: "POST", path, body, idempotencyKey, signal });
}
