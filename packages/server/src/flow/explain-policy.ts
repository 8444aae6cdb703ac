// What policy says about an action that nobody proposes: the active one, or the text of another. Nothing is written.

import type { Action } from "@holdpoint/core/action/action";
import type { Digest } from "@holdpoint/core/base/digest";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { errorOf, HoldpointError } from "@holdpoint/core/error/error";
import { bundleName, readBundle } from "@holdpoint/core/policy/bundle";
import type { Facts } from "@holdpoint/core/policy/facts";
import { readQuestion } from "@holdpoint/core/policy-file/load-tests";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import { actionFromProposal } from "@holdpoint/core/wire/action-door";
import type { ExplainRequest } from "@holdpoint/core/wire/request";
import type { ExplainView } from "@holdpoint/core/wire/response";
import { type Context, requireViewer } from "./context.ts";
import { factsOfNow } from "./facts.ts";
import { FileRefused } from "./file-refused.ts";
import { type LoadedPolicy, loadedPolicy } from "./loaded-policy.ts";
import { registryOf } from "./manage-tools.ts";
import { explainAction } from "./review.ts";

export async function explainProposal(ctx: Context, request: ExplainRequest): Promise<ExplainView> {
  requireViewer(ctx);
  const { tenant } = ctx.caller;
  const { agent: who, ...parts } = request.action;
  const agent = who?.id ?? ctx.caller.agent?.id ?? "agent";
  const { run = null, thread = null, on_behalf_of = null } = who ?? {};
  const proposal = { ...parts, agent: { run, thread, on_behalf_of }, params: parts.params ?? {} };
  const read = actionFromProposal(proposal, agent);
  if (!read.ok) throw errorOf(read);
  const { action } = read;
  const policy =
    request.source === undefined
      ? await ctx.policies.active(tenant, agent)
      : await policyOfText(ctx, request.source);
  const looked = await factsOfNow(ctx, policy, action);
  const now = request.now === undefined ? looked.basis.now : Date.parse(request.now);
  const given =
    request.facts === undefined
      ? null
      : givenFacts(ctx, { policy, action, facts: request.facts, now });
  // What is not given is looked up: history as a whole, and counts as a whole.
  const facts: Facts = {
    history: given?.history ?? looked.basis.facts.history,
    velocity:
      request.facts?.["velocity"] === undefined || given === null
        ? looked.basis.facts.velocity
        : given.velocity,
  };
  const basis = { facts, now };
  return explainAction(policy, { tenant, known: policy.learn(tenant, action, basis), basis });
}

/** The same engine over another text, with the tools that are registered. */
async function policyOfText(ctx: Context, source: string): Promise<LoadedPolicy> {
  const { tenant } = ctx.caller;
  const registry = await registryOf(ctx, tenant);
  const loaded = await ctx.study.load(source, registry);
  if (!loaded.ok) throw new FileRefused("policy_invalid", loaded.findings);
  const policy = policyFromJson(JSON.parse(loaded.policy));
  const digest = loaded.digest as Digest;
  const active = await ctx.store.activePolicy(tenant);
  const tools = active === null ? null : readBundle(active.bundle).tools;
  const bundle = bundleName({ policy: digest, tools });
  return loadedPolicy(tenant, { bundle, digest, policy, registry, telemetry: ctx.telemetry });
}

interface Given {
  readonly policy: LoadedPolicy;
  readonly action: Action;
  /** In the form of tests: counts of velocity go by the ids of their rules. */
  readonly facts: JsonObject;
  readonly now: number;
}

function givenFacts(ctx: Context, { policy, action, facts, now }: Given): Facts {
  const read = readQuestion({ action: { topic: action.topic }, facts });
  if (!read.ok) {
    const [first] = read.findings;
    throw new HoldpointError("request_invalid", {
      message: first?.message ?? "these are no facts",
      path: first?.path ?? "/facts",
    });
  }
  const { history, velocity: byRule } = read.input.facts;
  const { tenant } = ctx.caller;
  const basis = { facts: { history, velocity: {} }, now };
  const known = policy.learn(tenant, action, basis);
  const velocity: Record<string, number> = {};
  for (const { key, ruleId } of policy.velocityChecks(tenant, known, basis)) {
    const count = Object.hasOwn(byRule, ruleId) ? byRule[ruleId] : undefined;
    if (count !== undefined) velocity[key] = count;
  }
  return { history, velocity };
}
