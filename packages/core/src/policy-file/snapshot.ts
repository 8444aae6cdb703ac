// Names a policy by its content, and keeps it as JSON in the form that its file has.

import { rejectionMemoryDefaultMs } from "../base/limits.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import type { Json, JsonObject } from "../base/json/value.ts";
import { HoldpointError } from "../error/error.ts";
import type { Policy, Rule } from "../policy/policy.ts";
import { readPolicy } from "./read-policy.ts";
import { writeDuration } from "./read-duration.ts";
import { matchJson } from "./snapshot-match.ts";
import { peopleJson, requirementJson } from "./snapshot-people.ts";
import { constraintsJson, testJson } from "./snapshot-test.ts";
import { definitionsJson, velocityJson, waiverJson } from "./snapshot-part.ts";
import { listJson, without } from "./snapshot-write.ts";
import { sourceFromJson } from "./source.ts";

// SPEC: the digest covers the canonical form below, not the bytes of the file: comments, layout,
// spellings of a decision and the order of keys do not change it.
export function policyDigest(policy: Policy): Digest {
  return digestOf("policy", policyToJson(policy));
}

export function snapshotName(tenant: string, digest: Digest): string {
  return `cfg:${tenant}:policy#${digest}`;
}

/** Reads a stored snapshot by the rules that files are read by; a damaged one throws. */
export function policyFromJson(json: Json): Policy {
  const reading = readPolicy(sourceFromJson(json));
  if (reading.ok) return reading.policy;
  const first = reading.findings[0];
  throw new HoldpointError("policy_invalid", {
    message: `the stored policy cannot be read: ${first?.message ?? "it is empty"}`,
    ...(first === undefined ? {} : { path: first.path }),
  });
}

/** The canonical form: what is not said is left out, what has a default is written. */
export function policyToJson(policy: Policy): Json {
  const { defaults } = policy;
  return without({
    version: policy.version,
    mode: policy.mode === "enforce" ? null : policy.mode,
    combine: policy.combine,
    defaults: without({
      decision: defaults.decision,
      reason: defaults.reason,
      timeout: writeDuration(defaults.timeoutMs),
      on_timeout: defaults.onTimeout,
      on_error: defaults.onError === "deny" ? null : defaults.onError,
      rejection_memory:
        defaults.rejectionMemoryMs === rejectionMemoryDefaultMs
          ? null
          : writeDuration(defaults.rejectionMemoryMs),
    }),
    ...definitionsJson(policy),
    ...peopleJson(policy),
    invariants: listJson(policy.invariants, ruleJson),
    rules: policy.rules.map(ruleJson),
    tests: listJson(policy.tests, testJson),
  });
}

function ruleJson(rule: Rule): JsonObject {
  const span = (spanMs: number | null): string | null =>
    spanMs === null ? null : writeDuration(spanMs);
  const match = matchJson(rule.match);
  return without({
    id: rule.id,
    match: Object.keys(match).length === 0 ? null : match,
    when: rule.when && rule.when.source,
    velocity: rule.velocity && velocityJson(rule.velocity),
    decision: rule.decision,
    reason: rule.reason,
    owner: rule.owner,
    mode: rule.mode === "enforce" ? null : rule.mode,
    waivers: listJson(rule.waivers, waiverJson),
    constraints: rule.constraints === null ? null : constraintsJson(rule.constraints),
    approvals: listJson(rule.approvals, requirementJson),
    exclude: listJson(rule.exclude, (name) => name),
    strong_auth: rule.strongAuth,
    sla: span(rule.slaMs),
    timeout: span(rule.timeoutMs),
    on_timeout: rule.onTimeout,
    on_reject: rule.onReject,
    notify: listJson(rule.notify, (name) => name),
    remediations: listJson(rule.remediations, ({ id, title, set }) => ({
      id,
      title,
      set: { ...set },
    })),
    escalate: listJson(rule.escalate, ({ afterMs, to }) => ({ after: writeDuration(afterMs), to })),
    emergency: rule.emergency && { by: rule.emergency.by, within: [...rule.emergency.within] },
    window: span(rule.windowMs),
    remind: listJson(rule.remindMs, writeDuration),
    claim_silence: span(rule.claimSilenceMs),
    low_risk: rule.isLowRisk ? true : null,
    sample: rule.samplePercent === null ? null : `${rule.samplePercent}%`,
  });
}
