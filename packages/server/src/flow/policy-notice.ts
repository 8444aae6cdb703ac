// What people are told about a policy rather than a job: a message to every channel.

import { isoOf } from "@holdpoint/core/base/clock";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { AuditFact, EventActor, EventType } from "@holdpoint/core/record/event";
import { snapshotName } from "@holdpoint/core/policy-file/snapshot";
import type { OutboxMessage } from "../storage/store.ts";
import type { Engine } from "./context.ts";
import { sharedPlaces } from "./notify.ts";

export function policyNotice(
  engine: Engine,
  kind: string,
  data: JsonObject,
): readonly OutboxMessage[] {
  const now = engine.clock.now();
  const body = JSON.stringify({
    type: kind,
    timestamp: isoOf(now),
    data: { ...data, url: `${engine.publicUrl}/policies` },
  });
  return sharedPlaces(engine).map((channel) => ({
    id: engine.ids.delivery(),
    jobId: null,
    channel,
    kind,
    body,
    dueAt: now,
  }));
}

export interface PolicyFact {
  readonly type: EventType;
  readonly actor: EventActor;
  readonly jobId?: string | null;
  readonly before?: string | null;
  readonly after?: string | null;
  readonly payload: JsonObject;
}

/** An event about a policy; `before` and `after` are digests. */
export function policyFact(engine: Engine, tenant: string, fact: PolicyFact): AuditFact {
  const named = (digest: string | null | undefined): string | null =>
    digest == null ? null : snapshotName(tenant, digest as `sha256:${string}`);
  return {
    type: fact.type,
    at: engine.clock.now(),
    actor: fact.actor,
    jobId: fact.jobId ?? null,
    revision: null,
    before: named(fact.before),
    after: named(fact.after),
    jobHash: null,
    snapshot: named(fact.after),
    payload: fact.payload,
  };
}
