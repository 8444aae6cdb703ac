// The claims of a grant: the signed, single-use permit for one job hash under one snapshot.

import type { Job } from "../job/job.ts";
import { constraintsToJson } from "../job/change.ts";
import type { JsonObject } from "../base/json/value.ts";

/** JWS header `typ` of a grant and of a redemption receipt. */
export const grantType = "holdpoint-grant+jwt";
export const receiptType = "holdpoint-receipt+jwt";

/** Who may redeem when no enforcement point is named: any of the tenant. */
export function audienceOf(tenant: string): string {
  return `urn:holdpoint:${tenant}`;
}

/** SPEC: RFC 7519 registered claims, RFC 9396 authorization_details. Null when no grant is live. */
export function grantClaims(job: Job, issuer: string): JsonObject | null {
  const { grant } = job;
  if (grant === null) return null;
  return {
    iss: issuer,
    aud: audienceOf(job.tenant),
    sub: job.action.actor.agent,
    ...actOf(job.requester.delegators ?? []),
    jti: grant.id,
    iat: Math.floor(grant.issuedAt / 1000),
    exp: Math.ceil(grant.expiresAt / 1000),
    tenant: job.tenant,
    job_id: job.id,
    job_hash: job.jobHash,
    policy_snapshot: job.snapshot,
    decision: job.decision.kind,
    constraints: job.decision.constraints && constraintsToJson(job.decision.constraints),
    approvers: [...grant.approvers],
    authorization_details: [
      { type: "holdpoint_action", actions: [job.action.topic], job_hash: job.jobHash },
    ],
  };
}

/** SPEC: RFC 8693 section 4.1, the nesting of `act`; the agent that delegates to the subject is outermost. */
function actOf(delegators: readonly string[]): JsonObject {
  return delegators.reduceRight<JsonObject>((inner, sub) => ({ act: { sub, ...inner } }), {});
}
