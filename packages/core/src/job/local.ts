// Writes down an action that an agent decided locally and has begun: no grant, nobody asked, decided again here.

import { outcomeDeadlineMs } from "../base/limits.ts";
import type { Instant } from "../base/clock.ts";
import type { ExecutionId, GrantId, JobId } from "../base/id.ts";
import type { JsonObject } from "../base/json/value.ts";
import { maskObject, maskOrNull } from "../action/mask.ts";
import type { Action, Effect } from "../action/action.ts";
import { advance, type Change, decisionRecord, factOf, type Ruling } from "./change.ts";
import type { Enrichment, Job, Outcome, Requester } from "./job.ts";
import { openJob } from "./open.ts";
import { reportOutcome } from "./report.ts";

/** How the agent says that it ended. */
export interface LocalEnding {
  readonly status: "SUCCEEDED" | "FAILED" | "UNKNOWN";
  readonly endedAt: Instant;
  readonly summary: string | null;
  readonly outputDigest: string | null;
  readonly effect: Effect | null;
}

/** What the agent says that it decided, and under what. */
export interface LocalClaim {
  readonly decision: "allow" | "log";
  readonly rule: string | null;
  /** By the server's clock as the agent knew it. */
  readonly at: Instant;
  /** When the lease was signed; null when it is none of this server. */
  readonly leasedAt: Instant | null;
}

export interface LocalOpening {
  readonly tenant: string;
  readonly id: JobId;
  readonly action: Action;
  /** In the agent's own words; absent when the server added nothing. */
  readonly declared?: Action;
  readonly enrichment: Enrichment | null;
  readonly requester: Requester;
  /** What the server says under the policy that the lease names. */
  readonly ruling: Ruling;
  readonly claim: LocalClaim;
  /** Why the server does not share the decision; null when it does. */
  readonly mismatch: string | null;
  /** Null while it runs. */
  readonly ending: LocalEnding | null;
  readonly executionId: ExecutionId;
  readonly now: Instant;
}

/**
 * INVARIANT: what the server does not share counts nowhere as released: the job is DENIED, with what the
 * agent says of it beside, so that no invented record makes anything usual.
 */
export function openLocalJob(opening: LocalOpening): Change {
  return opening.mismatch === null
    ? openShared(opening)
    : openMismatched(opening, opening.mismatch);
}

function openShared(opening: LocalOpening): Change {
  const { ruling, claim, now, ending } = opening;
  const base = openedAs(opening, ruling);
  const startedAt = claim.at;
  const begun: Job = {
    ...base.job,
    state: "EXECUTING",
    grant: null,
    updatedAt: now,
    dueAt: now + outcomeDeadlineMs,
    execution: {
      id: opening.executionId,
      grantId: null,
      startedAt,
      deadlineAt: now + outcomeDeadlineMs,
      constraints: null,
    },
  };
  const [proposed, ...others] = base.facts;
  const facts = [
    ...(proposed === undefined
      ? []
      : [
          {
            ...proposed,
            at: now,
            after: begun.state,
            payload: payloadOf(opening, proposed.payload),
          },
        ]),
    ...others,
  ];
  const change: Change = { ...base, job: begun, facts };
  if (ending === null) return change;
  const ended = endLocalJob(begun, opening, ending);
  return { ...change, job: ended.job, facts: [...facts, ...ended.facts] };
}

/** With the end that the agent reports; one that it does not know is shown to operators. */
function endLocalJob(job: Job, opening: LocalOpening, ending: LocalEnding): Change {
  const { now } = opening;
  const by = { kind: "agent", id: job.action.actor.agent } as const;
  if (ending.status === "UNKNOWN") {
    const next = advance(job, now, { state: "UNKNOWN", dueAt: null });
    const reason = "the agent ended before it said how the action did";
    const fact = factOf(job, next, {
      type: "job.unknown",
      at: now,
      actor: by,
      payload: { reason },
    });
    return { job: next, review: null, facts: [fact], notice: null, answer: null };
  }
  const result = reportOutcome(job, {
    kind: "report",
    executionId: opening.executionId,
    status: ending.status,
    summary: ending.summary,
    outputDigest: ending.outputDigest,
    effect: ending.effect as JsonObject | null,
    by,
    now,
  });
  if (result.ok) return result.change;
  throw new Error(`an execution that just began takes its outcome: ${result.code}`);
}

function openMismatched(opening: LocalOpening, why: string): Change {
  const { ruling, claim, ending, now } = opening;
  const reason = `The agent ran this by a decision of its own that the server does not share (${why})`;
  const denied: Ruling = {
    ...ruling,
    decision: {
      ...ruling.decision,
      kind: "deny",
      reason,
      constraints: null,
      requirements: [],
      terms: null,
    },
  };
  const base = openedAs(opening, denied);
  const job: Job = {
    ...base.job,
    updatedAt: now,
    resolution: base.job.resolution && {
      ...base.job.resolution,
      by: { kind: "system", id: "local" },
      code: "local_mismatch",
      at: now,
    },
    outcome: ending === null ? null : outcomeOf(ending, now),
  };
  const [proposed] = base.facts;
  const told = factOf(job, job, {
    type: "local.mismatch",
    at: now,
    actor: { kind: "system", id: "local" },
    payload: {
      why,
      claimed: { decision: claim.decision, rule: claim.rule, at_ms: claim.at },
      decision: ruling.decision.kind,
      rule: ruling.decision.ruleId,
      ending: ending && endingRecord(ending),
    },
  });
  const facts = proposed === undefined ? [] : [{ ...proposed, at: now }];
  return {
    ...base,
    job,
    facts: [
      ...facts.map((fact) => ({
        ...fact,
        // What policy says stands in the record, so that replays compare with it.
        payload: { ...payloadOf(opening, fact.payload), ...decisionRecord(ruling), mismatch: why },
      })),
      told,
    ],
  };
}

/** As if it had been proposed at the moment that the agent names. */
function openedAs(opening: LocalOpening, ruling: Ruling): Change {
  const { tenant, id, action, declared, enrichment, requester, claim } = opening;
  return openJob({
    tenant,
    id,
    action,
    ...(declared === undefined ? {} : { declared }),
    enrichment,
    requester,
    ruling,
    timeoutMs: null,
    grantId: noGrant,
    around: null,
    now: claim.at,
  });
}

/** It is put away again before anything is written. */
const noGrant = "" as GrantId;

function payloadOf({ claim, now }: LocalOpening, payload: JsonObject): JsonObject {
  return {
    ...payload,
    grant: null,
    local: { at_ms: claim.at, leased_at_ms: claim.leasedAt, received_at_ms: now },
  };
}

function outcomeOf(ending: LocalEnding, now: Instant): Outcome | null {
  if (ending.status === "UNKNOWN") return null;
  return {
    status: ending.status,
    summary: ending.summary,
    outputDigest: ending.outputDigest,
    effect: ending.effect as JsonObject | null,
    drift: false,
    at: now,
  };
}

function endingRecord({ status, endedAt, summary, outputDigest, effect }: LocalEnding): JsonObject {
  return {
    status,
    ended_at_ms: endedAt,
    summary: maskOrNull(summary),
    output_digest: outputDigest,
    effect: effect && maskObject(effect as unknown as JsonObject),
  };
}
