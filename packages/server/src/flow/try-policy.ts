// What a policy would do: its tests, its difference to another, recorded decisions made again. Nothing is written.

import { replayDefault } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { DiffReport, ReplayReport, TestReport } from "@holdpoint/core/policy/report";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import type { DiffRequest, ReplayRequest, TestRequest } from "@holdpoint/core/wire/policy-life";
import { type Context, requireViewer } from "./context.ts";
import { textOfDigest } from "./draft-results.ts";
import { FileRefused } from "./file-refused.ts";
import { recordedProposals, replayRecord } from "./replay-record.ts";

export async function testPolicy(ctx: Context, request: TestRequest): Promise<TestReport> {
  requireViewer(ctx);
  const policy = await textNamed(ctx, request.source);
  const tested = await ctx.study.run("test", { policy, tests: request.tests ?? null });
  if (!tested.ok) throw new FileRefused("policy_invalid", tested.findings);
  return tested.report;
}

/** Recorded actions that a difference is looked for in. */
const corpusMax = 2_000;

export async function comparePolicies(ctx: Context, request: DiffRequest): Promise<DiffReport> {
  requireViewer(ctx);
  const before = await textNamed(ctx, request.from);
  const after = await textNamed(ctx, request.to);
  const corpus = await recordedProposals(ctx, ctx.caller.tenant, corpusMax);
  return ctx.study.run("compare", { before, after, corpus, now: ctx.clock.now() });
}

export async function replayPolicy(ctx: Context, request: ReplayRequest): Promise<ReplayReport> {
  requireViewer(ctx);
  const { source, digest } = request;
  if ((source === undefined) === (digest === undefined)) {
    throw new HoldpointError("request_invalid", { message: "name one of `source` and `digest`" });
  }
  const text = await textNamed(ctx, source ?? digest ?? "");
  const policy = policyFromJson(JSON.parse(text));
  const instantOf = (text: string | undefined): number | null =>
    text === undefined ? null : Date.parse(text);
  const span = {
    since: instantOf(request.since),
    until: instantOf(request.until),
    limit: request.limit ?? replayDefault,
  };
  return ctx.study.turn(() => replayRecord(ctx, ctx.caller.tenant, { policy, span }));
}

/** The canonical JSON text of a digest, of `active`, or of what a policy file says. */
async function textNamed(ctx: Context, name: string): Promise<string> {
  const { tenant } = ctx.caller;
  const isDigest = /^sha256:[0-9a-f]{64}$/.test(name);
  if (name !== "active" && !isDigest) {
    const loaded = await ctx.study.load(name);
    if (!loaded.ok) throw new FileRefused("policy_invalid", loaded.findings);
    return loaded.policy;
  }
  const digest = isDigest ? name : ((await ctx.store.activePolicy(tenant))?.digest ?? "");
  const text = await textOfDigest(ctx, tenant, digest);
  if (text !== null) return text;
  throw new HoldpointError("policy_not_found", { message: `no policy \`${name}\`` });
}
