// What a policy would do: its tests, its difference to another, recorded decisions made again. Nothing is written.

import { replayDefault } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { diffPolicies } from "@holdpoint/core/policy/diff";
import { loadPolicy } from "@holdpoint/core/policy/load";
import { loadTests } from "@holdpoint/core/policy/load-tests";
import type { Policy } from "@holdpoint/core/policy/policy";
import type { DiffReport, ReplayReport, TestReport } from "@holdpoint/core/policy/report";
import { runTests } from "@holdpoint/core/policy/run-tests";
import type { DiffRequest, ReplayRequest, TestRequest } from "@holdpoint/core/wire/policy-life";
import { type Context, requireViewer } from "./context.ts";
import { policyOfDigest } from "./draft-results.ts";
import { FileRefused } from "./file-refused.ts";
import { recordedActions, replayRecord } from "./replay-record.ts";

export async function testPolicy(ctx: Context, request: TestRequest): Promise<TestReport> {
  requireViewer(ctx);
  const policy = read(request.source);
  if (request.tests === undefined) return runTests(policy, policy.tests);
  const loaded = loadTests(request.tests);
  if (!loaded.ok) throw new FileRefused("policy_invalid", loaded.findings);
  return runTests(policy, [...policy.tests, ...loaded.tests]);
}

/** Recorded actions that a difference is looked for in. */
const corpusMax = 2_000;

export async function comparePolicies(ctx: Context, request: DiffRequest): Promise<DiffReport> {
  requireViewer(ctx);
  const { tenant } = ctx.caller;
  const before = await policyNamed(ctx, request.from);
  const after = await policyNamed(ctx, request.to);
  const corpus = await recordedActions(ctx, tenant, corpusMax);
  return diffPolicies(before, after, { now: ctx.clock.now(), corpus });
}

export async function replayPolicy(ctx: Context, request: ReplayRequest): Promise<ReplayReport> {
  requireViewer(ctx);
  const { source, digest } = request;
  if ((source === undefined) === (digest === undefined)) {
    throw new HoldpointError("request_invalid", { message: "name one of `source` and `digest`" });
  }
  const policy = source === undefined ? await policyNamed(ctx, digest ?? "") : read(source);
  const instantOf = (text: string | undefined): number | null =>
    text === undefined ? null : Date.parse(text);
  const span = {
    since: instantOf(request.since),
    until: instantOf(request.until),
    limit: request.limit ?? replayDefault,
  };
  return replayRecord(ctx, ctx.caller.tenant, { policy, span });
}

/** A digest, `active`, or the text of a policy file. */
async function policyNamed(ctx: Context, name: string): Promise<Policy> {
  const { tenant } = ctx.caller;
  const isDigest = /^sha256:[0-9a-f]{64}$/.test(name);
  if (name !== "active" && !isDigest) return read(name);
  const digest = isDigest ? name : ((await ctx.store.activePolicy(tenant))?.digest ?? "");
  const policy = await policyOfDigest(ctx, tenant, digest);
  if (policy !== null) return policy;
  throw new HoldpointError("policy_not_found", { message: `no policy \`${name}\`` });
}

function read(source: string): Policy {
  const loaded = loadPolicy(source);
  if (!loaded.ok) throw new FileRefused("policy_invalid", loaded.findings);
  return loaded.policy;
}
