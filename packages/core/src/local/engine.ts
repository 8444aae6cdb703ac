// The policy engine under one lease: what a client that decides locally loads, and nothing else of this package.

import type { Json, JsonObject } from "../base/json/value.ts";
import { digestOf } from "../base/digest.ts";
import type { Lease } from "../grant/lease.ts";
import { noFacts } from "../policy/facts.ts";
import { emptyRegistry, type Registry } from "../policy/registry.ts";
import {
  decideLocally,
  type LocalAnswer,
  type LocalPolicy,
  prepareLocal,
} from "../policy-decide/local.ts";
import { registryFromJson } from "../policy-file/read-tools.ts";
import { policyFromJson } from "../policy-file/snapshot.ts";
import { actionFromProposal, evaluationInputOf } from "../wire/action-door.ts";
import type { SnapshotAnswer } from "../wire/local.ts";
import type { Proposal } from "../wire/shape.ts";

export interface Engine {
  readonly policy: LocalPolicy;
}

/** The server's time is somewhere between the two. */
export interface Span {
  readonly from: number;
  readonly until: number;
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
