// What callers send, as zod schemas: bodies and queries of the HTTP API.

import { z } from "zod";
import { pageSizeDefault, pageSizeMax, policyBytesMax, waitMaxMs } from "../base/limits.ts";
import {
  anyJson,
  cost,
  digest,
  effect,
  jobId,
  jobState,
  jsonObject,
  note,
  reason,
  riskTag,
  runningAction,
  target,
  topic,
  word,
} from "./shape.ts";

/** Reasons for a rejection that programs can act on (spec 03). */
export const rejectCodes = [
  "wrong_target",
  "wrong_amount",
  "policy_violation",
  "insufficient_context",
  "not_needed",
  "unsafe",
  "duplicate",
  "other",
] as const;

const seen = { job_hash: digest.optional() };

export const approveRequest = z.strictObject({
  reason: note.optional(),
  note: note.optional(),
  ...seen,
});
export const rejectRequest = z.strictObject({
  reason,
  note: note.optional(),
  code: z.enum(rejectCodes).optional(),
  ...seen,
});
export const modifyRequest = z.strictObject({
  params: jsonObject,
  cost: cost.optional(),
  target: target.optional(),
  reason,
  note: note.optional(),
  ...seen,
});
/** `preview: true` on modify answers what policy would say and changes nothing. */
export const modifyQuery = z.strictObject({ preview: z.enum(["true", "false"]).optional() });
export const commentRequest = z.strictObject({ note: reason, ...seen });
export const abstainRequest = z.strictObject({ reason: note.optional(), ...seen });
export const cancelRequest = z.strictObject({ reason: note.optional() });
export const revokeRequest = z.strictObject({ reason });
export const redeemRequest = z.strictObject({
  grant: z.string().min(1).max(16_384),
  action: runningAction,
});
export const outcomeRequest = z.strictObject({
  status: z.enum(["SUCCEEDED", "FAILED"]),
  execution_id: word.optional(),
  summary: note.optional(),
  output_digest: digest.optional(),
  effect: effect.optional(),
  /** What the execution gave: kept sealed for a time, and given to a repeat of the call. */
  output: anyJson.optional(),
});
/** How an execution ended of which no outcome came. */
export const settleRequest = z.strictObject({
  status: z.enum(["SUCCEEDED", "FAILED"]),
  reason,
});
export const policyRequest = z.strictObject({
  source: z.string().min(1).max(policyBytesMax),
  message: note.optional(),
  /** Digest of the policy that this one replaces; refused when another became active. */
  replaces: z.string().optional(),
});
export const explainRequest = z.strictObject({
  action: z.strictObject({
    topic,
    tool: z.strictObject({ server: word.nullish(), name: word }).nullish(),
    params: jsonObject.optional(),
    target: target.nullish(),
    risk_tags: z.array(riskTag).optional(),
    reversible: z.boolean().nullish(),
    cost: cost.nullish(),
    labels: z.record(z.string(), z.string()).nullish(),
    effect: effect.nullish(),
    agent: z
      .strictObject({
        id: word.optional(),
        run: word.nullish(),
        thread: word.nullish(),
        on_behalf_of: word.nullish(),
      })
      .nullish(),
  }),
  /** Text of a policy file in the place of the active policy. */
  source: z.string().min(1).max(policyBytesMax).optional(),
  /** What history knows, in the form of the tests of a policy file; looked up when left out. */
  facts: jsonObject.optional(),
  /** When it is decided; now when left out. */
  now: z.iso.datetime({ offset: true }).optional(),
});
export const keyRequest = z.strictObject({
  kind: z.enum(["agent", "person", "enforcement_point"]),
  /** Agent name, person (email or id) or enforcement point name. */
  subject: word,
  name: z.string().max(200).optional(),
  scopes: z.array(z.enum(["propose", "redeem", "read", "review", "admin"])).min(1),
  roles: z.array(word).max(32).optional(),
  owner: word.optional(),
  expires_in: z.string().optional(),
});

const flag = z.enum(["true", "false"]).optional();
const size = z.coerce.number().int().min(1).max(pageSizeMax).default(pageSizeDefault);
const cursor = z.string().max(200).optional();

export const approvalsQuery = z.strictObject({
  include_resolved: flag,
  state: jobState.optional(),
  rule: word.optional(),
  topic: z.string().max(255).optional(),
  agent: word.optional(),
  risk: riskTag.optional(),
  q: z.string().max(200).optional(),
  /** True: only holds that the caller may vote on now. */
  mine: flag,
  /** Whose cards: the caller's own, those that nobody has, or all. */
  claimed: z.enum(["me", "none", "any"]).default("any"),
  sort: z.enum(["newest", "oldest"]).default("newest"),
  limit: size,
  cursor,
});
export const waitQuery = z.strictObject({
  timeout: z.coerce
    .number()
    .min(0)
    .max(waitMaxMs / 1000)
    .default(30),
  /** Answers at once when the job is past this revision. */
  since: z.coerce.number().int().nonnegative().optional(),
  /** `ended` waits past the answer, until it has run or cannot run any more. */
  until: z.enum(["answered", "ended"]).default("answered"),
});
export const eventsQuery = z.strictObject({
  job: jobId.optional(),
  type: z.string().max(64).optional(),
  limit: size,
  cursor,
  order: z.enum(["newest", "oldest"]).default("oldest"),
});
export const streamQuery = z.strictObject({
  job: jobId.optional(),
  last_event_id: z.string().max(64).optional(),
});

export type ApproveRequest = z.infer<typeof approveRequest>;
export type RejectRequest = z.infer<typeof rejectRequest>;
export type ModifyRequest = z.infer<typeof modifyRequest>;
export type CommentRequest = z.infer<typeof commentRequest>;
export type RedeemRequest = z.infer<typeof redeemRequest>;
export type SettleRequest = z.infer<typeof settleRequest>;
export type OutcomeRequest = z.infer<typeof outcomeRequest>;
export type ApprovalsQuery = z.infer<typeof approvalsQuery>;
export type EventsQuery = z.infer<typeof eventsQuery>;
export type KeyRequest = z.infer<typeof keyRequest>;
export type PolicyRequest = z.infer<typeof policyRequest>;
export type ExplainRequest = z.infer<typeof explainRequest>;
