// The policy engine under one lease; loaded only by clients that decide locally.

import type { Json, JsonObject } from "@holdpoint/core/base/json/value";
import { digestOf } from "@holdpoint/core/base/digest";
import type { Lease } from "@holdpoint/core/grant/lease";
import { noFacts } from "@holdpoint/core/policy/facts";
import { emptyRegistry, type Registry } from "@holdpoint/core/policy/registry";
import {
  decideLocally,
  type LocalAnswer,
  type LocalPolicy,
  prepareLocal,
} from "@holdpoint/core/policy-decide/local";
import { registryFromJson } from "@holdpoint/core/policy-file/read-tools";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import { actionFromProposal, evaluationInputOf } from "@holdpoint/core/wire/action-door";
import type { SnapshotAnswer } from "@holdpoint/core/wire/local";
import type { Proposal } from "@holdpoint/core/wire/shape";
import type { Span } from "./clock.ts";

export interface Engine {
  readonly policy: LocalPolicy;
}

/** SECURITY: what came beside the lease counts only if it is what the lease names. */
export function engineOf(lease: Lease, { policy, tools }: SnapshotAnswer): Engine {
  if (policy === null || digestOf("policy", policy as JsonObject) !== lease.policy) {
    throw new Error("the policy is not the one that the lease names");
  }
  return { policy: prepareLocal(policyFromJson(policy as Json), registryOf(lease, tools)) };
}

function registryOf(lease: Lease, tools: SnapshotAnswer["tools"]): Registry {
  if (lease.tools === null) return emptyRegistry;
  if (tools === null || digestOf("tools", tools as JsonObject) !== lease.tools) {
    throw new Error("the tools are not those that the lease names");
  }
  const reading = registryFromJson(tools as Json);
  if (reading.ok) return reading.registry;
  throw new Error("the tools of the lease cannot be read");
}

/** What the server would decide about the proposal at any moment of the span; or that it has to. */
export function decide(
  { policy }: Engine,
  lease: Lease,
  proposal: Proposal,
  span: Span,
): LocalAnswer | null {
  const read = actionFromProposal(proposal, lease.agent);
  if (!read.ok || lease.remembered === null) return null;
  if (lease.remembered.includes(read.action.topic)) return null;
  const basis = { facts: noFacts, now: span.from };
  return decideLocally(policy, evaluationInputOf(lease.tenant, read.action, basis), span.until);
}
