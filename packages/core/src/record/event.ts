// Audit events: what happened, in the canonical leaf form that the log will sequence unchanged.

import { isoOf, type Instant } from "../base/clock.ts";
import { type Digest, saltedCommitment } from "../base/digest.ts";
import type { EventId } from "../base/id.ts";
import { canonicalJson } from "../base/json/canonical.ts";
import type { JsonObject } from "../base/json/value.ts";
import { leafBytesMax } from "../base/limits.ts";
import { assert } from "../base/assert.ts";

export const eventTypes = [
  "job.proposed",
  "review.submitted",
  "job.approved",
  "job.rejected",
  "job.modified",
  "job.returned",
  "job.remediated",
  "job.expired",
  "job.cancelled",
  "job.revoked",
  "grant.issued",
  "grant.redeemed",
  "job.succeeded",
  "job.failed",
  "job.unknown",
  "job.affected",
  "job.replaced",
  "hold.answered",
  "hold.asked",
  "hold.assigned",
  "hold.claimed",
  "hold.escalated",
  "hold.notified",
  "hold.overdue",
  "hold.released",
  "hold.reminded",
  "hold.shed",
  "hold.silent",
  "hold.unreachable",
  "override.submitted",
  "incident.opened",
  "incident.closed",
  "governance.opened",
  "governance.reminded",
  "governance.closed",
  "finding.opened",
  "finding.closed",
  "local.mismatch",
  "takeover.opened",
  "takeover.claimed",
  "takeover.done",
  "takeover.returned",
  "people.changed",
  "people.refused",
  "identity.linked",
  "identity.unlinked",
  "run.suspended",
  "run.resumed",
  "run.failed",
  "run.dead",
  "run.retried",
  "run.cancelled",
  "notice.resent",
  "attempt.refused",
  "notice.delivered",
  "notice.failed",
  "policy.activated",
  "tools.changed",
  "tools.refused",
  "policy.discarded",
  "policy.drafted",
  "policy.proposed",
  "policy.refused",
  "policy.rollout.advanced",
  "policy.rollout.ended",
  "policy.rollout.halted",
  "policy.rollout.started",
  "policy.scheduled",
  "policy.shadow.ended",
  "policy.shadow.started",
  "agent.registered",
  "agent.changed",
  "agent.paused",
  "agent.resumed",
  "agent.killed",
  "agent.key_rotated",
  "checkpoint.forked",
  "checkpoint.read",
  "checkpoint.removed",
  "key.created",
  "key.revoked",
] as const;

export type EventType = (typeof eventTypes)[number];

export type ActorKind = "agent" | "person" | "timer" | "policy" | "system" | "enforcement_point";

/** Who made it so; the id is opaque, names stand in the payload. */
export interface EventActor {
  readonly kind: ActorKind;
  readonly id: string;
}

/** One fact, before it is sealed into a leaf. */
export interface AuditFact {
  readonly type: EventType;
  readonly at: Instant;
  readonly actor: EventActor;
  readonly jobId: string | null;
  /** Revision of the job after the change; null when no job changed. */
  readonly revision: number | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly jobHash: Digest | null;
  readonly snapshot: string | null;
  /** Words, names, values: erasable, only committed to by the leaf. */
  readonly payload: JsonObject;
}

export interface SealedEvent {
  readonly id: EventId;
  readonly fact: AuditFact;
  /** Canonical JSON (RFC 8785): the bytes that are hashed into the tree. */
  readonly leaf: string;
  readonly commitment: Digest;
  readonly salt: Uint8Array;
  /** Canonical JSON of the payload, as the commitment covers it. */
  readonly payloadText: string;
}

/**
 * Seals a fact: 32 bytes of fresh salt hide the payload behind its commitment, so that erasing the
 * payload leaves the leaf verifiable and tells nothing (EDPB 02/2025: keyed or salted, never reused).
 */
export function sealEvent(
  tenant: string,
  id: EventId,
  fact: AuditFact,
  salt: Uint8Array,
): SealedEvent {
  assert(salt.length === 32, "a payload salt has 32 bytes");
  const payloadText = canonicalJson(fact.payload);
  const commitment = saltedCommitment(salt, payloadText);
  const leaf = canonicalJson({
    v: 1,
    tenant,
    id,
    type: fact.type,
    at: isoOf(fact.at),
    actor: { kind: fact.actor.kind, id: fact.actor.id },
    job: fact.jobId,
    revision: fact.revision,
    before: fact.before,
    after: fact.after,
    job_hash: fact.jobHash,
    policy: fact.snapshot,
    payload: commitment,
  });
  assert(leaf.length <= leafBytesMax, "a leaf fits a log entry");
  return { id, fact, leaf, commitment, salt, payloadText };
}
