// What the API answers, as zod schemas: OpenAPI is generated from them and real answers are checked.

import { z } from "zod";
import { factsView } from "./facts-view.ts";
import {
  cardClaimView,
  mayView,
  nextView,
  takeoverHead,
  toldView,
  watchView,
  whoView,
} from "./hold.ts";
import {
  actionView,
  actorView,
  claimsView,
  decisionSummary,
  jobHead,
  orNull,
  personView,
  requirementView,
  riskView,
  text,
  traceView,
  warningView,
} from "./parts.ts";
import {
  anyJson,
  decisionWord,
  digest,
  instant,
  jobId,
  jsonObject,
  riskTags,
  topic,
} from "./shape.ts";

export const reviewView = z.object({
  id: text,
  kind: z.enum(["approve", "reject", "modify", "comment", "abstain", "override"]),
  person: personView,
  /** In whose place the person voted, by delegation. */
  voted_for: orNull(personView),
  round: z.int(),
  job_hash: digest,
  reason: orNull(text),
  code: orNull(text),
  note: orNull(text),
  /** How sure the server was of the person: `development`, `key` or `chat`. */
  assurance: text,
  at: instant,
});

export const resolutionView = z.object({
  kind: z.enum(["approved", "rejected", "expired", "cancelled", "denied", "revoked"]),
  by: actorView,
  reason: orNull(text),
  code: orNull(text),
  on_reject: orNull(z.enum(["abort", "reroute", "escalate"])),
  at: instant,
});
export const grantView = z.object({
  id: text,
  /** The compact JWS; only the agent that proposed is given it. */
  token: orNull(text),
  issued_at: instant,
  expires_at: instant,
});
export const executionView = z.object({
  id: text,
  started_at: instant,
  deadline_at: instant,
  /** What it has to keep to, as it was decided when the grant was redeemed. */
  constraints: orNull(jsonObject),
  /** Told only to the proposal that redeemed it: a signed statement that the grant was consumed (compact JWS). */
  receipt: text.optional(),
});
export const outcomeView = z.object({
  status: z.enum(["SUCCEEDED", "FAILED"]),
  summary: orNull(text),
  output_digest: orNull(digest),
  effect: orNull(jsonObject),
  /** True when the reported effect is not the previewed one. */
  drift: z.boolean(),
  /** True when its output was recorded; it is kept for a time only. */
  has_output: z.boolean(),
  /** The person who said how an execution without a report ended. */
  settled_by: orNull(personView),
  at: instant,
});

/** What an execution gave, as it was recorded. */
export const outputView = z.object({
  job_id: jobId,
  status: z.enum(["SUCCEEDED", "FAILED"]),
  output: anyJson,
  /** SHA-256 over the RFC 8785 form of the output. */
  digest,
  /** Of the RFC 8785 form. */
  bytes: z.int(),
  created_at: instant,
});

const decided = {
  decision: decisionWord,
  policy_snapshot: text,
  policy_rule_id: orNull(text),
  policy_reason: text,
  job_hash: digest,
  approval_required: z.boolean(),
  decision_summary: decisionSummary,
};
const more = {
  presented_hash: digest,
  risk: riskView,
  constraints: orNull(jsonObject),
  warnings: z.array(warningView),
  remediations: z.array(z.object({ id: text, title: text, set: jsonObject })),
  requirements: z.array(requirementView),
  exclude: z.array(text),
  expires_at: orNull(instant),
  on_timeout: z.enum(["block", "escalate", "allow"]),
  created_at: instant,
  updated_at: instant,
};

/** Answer to a proposal, to `GET /jobs/{id}` and to the wait. */
export const jobView = z.object({
  job: jobHead,
  ...decided,
  ...more,
  action: actionView,
  /** The action as the agent proposed it, when people changed it since; else null. */
  proposed_action: orNull(actionView),
  resolution: orNull(resolutionView),
  grant: orNull(grantView),
  execution: orNull(executionView),
  outcome: orNull(outcomeView),
  /** For people, by `GET /jobs/{id}` and on the card; null for the agent that proposed. */
  facts: orNull(factsView),
  /** Ids of the entries of the tool registry that fit when it was proposed. */
  tools: z.array(text),
  /** The job whose remediation this one is. */
  remediates: orNull(jobId),
  /** The job that is the remediation of this one; told by `GET /jobs/{id}` and by the card. */
  remediated_by: orNull(jobId),
  /** The rejected or denied job in whose place the agent proposed this one. */
  replaces: orNull(jobId),
  /** The job proposed in the place of this one; told like `remediated_by`. */
  replaced_by: orNull(jobId),
  /** The task for people that the rejection opened; told like `remediated_by`. */
  takeover: orNull(takeoverHead),
  /** The suspended run that goes on with the answer; null while the agent's process waits by itself. */
  resumption: orNull(text),
  /** How the hold goes on by itself; null when nobody was asked. */
  watch: orNull(watchView),
  /** People who voted in this round. */
  votes: z.int(),
  /** True when a rule asks for blind votes and the reader has not voted: only `votes` is told. */
  votes_hidden: z.boolean(),
  trace: orNull(traceView),
});

/** One line of the queue (spec 06). */
export const approvalItem = z.object({
  job: jobHead,
  ...decided,
  topic,
  agent: text,
  environment: orNull(text),
  risk_tags: riskTags,
  risk: riskView,
  requirements: z.array(requirementView),
  expires_at: orNull(instant),
  on_timeout: z.enum(["block", "escalate", "allow"]),
  /** Widenings so far. */
  level: z.int(),
  claim: orNull(cardClaimView),
  sla_at: orNull(instant),
  overdue: z.boolean(),
  next: orNull(nextView),
  /** When silence releases it; null unless its veto window runs. */
  window_at: orNull(instant),
  /** The rejected job that it is near to. */
  near: orNull(jobId),
  created_at: instant,
  resolved_by: orNull(text),
  resolved_comment: orNull(text),
  resolution: orNull(text),
  resolved_at: orNull(instant),
});
export const approvalPage = z.object({
  items: z.array(approvalItem),
  next_cursor: orNull(text),
  /** Holds waiting for people in the whole tenant, counted up to 1,000. */
  pending: z.int(),
});

/** What a reviewer is shown (spec 03), and what they may do about it. */
export const cardView = z.object({
  ...jobView.shape,
  claims: claimsView,
  evidence: z.array(z.object({ label: text, uri: orNull(text), text: orNull(text) })),
  reviews: z.array(reviewView),
  /** Changed values by JSON Pointer, when the action was modified or an earlier value is known. */
  diff: z.array(z.object({ path: text, before: z.unknown(), after: z.unknown() })),
  effect_text: text,
  /** Earlier holds of the topic, with the rejected one that this is near to first. */
  similar: z.array(
    z.object({
      job: jobHead,
      title: text,
      resolution: orNull(text),
      reason: orNull(text),
      code: orNull(text),
      near: z.boolean(),
      resolved_at: orNull(instant),
    }),
  ),
  /** Who was told about the hold, when and how; newest first. For people. */
  told: z.array(toldView),
  /** The people behind those who are asked at the present level. For people. */
  who: z.array(whoView),
  you: z.object({
    person: orNull(personView),
    may_review: z.boolean(),
    /** Code of the catalogue that says why not. */
    why_not: orNull(text),
    vote: orNull(text),
    /** In whose place a vote would count, by delegation; null when it counts for the caller. */
    votes_for: orNull(personView),
  }),
  /** What the caller may do now. */
  may: mayView,
});

/** Answer to a review. */
export const reviewAnswer = z.object({ ...jobView.shape, review: orNull(reviewView) });

export const decisionEntry = z.object({
  kind: z.enum(["policy", "review", "resolution"]),
  at: instant,
  actor: actorView,
  decision: text,
  reason: orNull(text),
  note: orNull(text),
  code: orNull(text),
  policy_snapshot: orNull(text),
  policy_rule_id: orNull(text),
  job_hash: orNull(digest),
  round: orNull(z.int()),
  trace: orNull(traceView),
});
export const decisionsView = z.object({ job: jobHead, items: z.array(decisionEntry) });

export const redeemAnswer = z.object({
  execution: z.object({
    id: text,
    job_id: jobId,
    constraints: orNull(jsonObject),
    deadline_at: instant,
    /** A signed statement that this grant was consumed (compact JWS). */
    receipt: text,
  }),
});

export const eventView = z.object({
  /** Cursor of the stream and of `Last-Event-ID`. */
  cursor: text,
  id: text,
  type: text,
  at: instant,
  job_id: orNull(text),
  revision: orNull(z.int()),
  state: orNull(text),
  actor: z.object({ kind: text, id: text }),
  /** The leaf as it enters the log: canonical JSON text. */
  leaf: text,
  /** Null once erased. */
  payload: orNull(jsonObject),
});
export const eventPage = z.object({ items: z.array(eventView), next_cursor: orNull(text) });

export const findingView = z.object({
  severity: z.enum(["error", "warning", "note"]),
  code: text,
  message: text,
  line: z.int(),
  column: z.int(),
  /** The first character after it, when it ends on its line. */
  end_column: z.int().optional(),
  path: text,
  help: orNull(text),
});
export const policyView = z.object({
  snapshot: text,
  digest,
  active: z.boolean(),
  rules: z.int(),
  author: text,
  /** Name or address of the author, when it is a person that the server knows. */
  author_name: text.optional(),
  message: orNull(text),
  created_at: instant,
  source: text.optional(),
  findings: z.array(findingView).optional(),
});
export const policyPage = z.object({ items: z.array(policyView) });
export const explainView = z.object({
  decision: decisionWord,
  policy_snapshot: text,
  policy_rule_id: orNull(text),
  policy_reason: text,
  constraints: orNull(jsonObject),
  requirements: z.array(requirementView),
  warnings: z.array(warningView),
  /** What the policy would decide if its mode were `enforce`; null when it is. */
  unenforced: orNull(decisionWord),
  trace: traceView,
});

export const keyView = z.object({
  id: text,
  kind: z.enum(["agent", "person", "enforcement_point"]),
  subject: text,
  name: orNull(text),
  scopes: z.array(text),
  roles: z.array(text),
  owner: orNull(text),
  created_at: instant,
  expires_at: instant,
  revoked_at: orNull(instant),
  last_used_at: orNull(instant),
});
export const keyPage = z.object({ items: z.array(keyView) });
/** The one time that the secret is shown. */
export const keyCreated = z.object({ ...keyView.shape, secret: text });

export const meView = z.object({
  tenant: text,
  development: z.boolean(),
  person: orNull(z.object({ id: text, name: orNull(text), roles: z.array(text) })),
  agent: orNull(text),
  scopes: z.array(text),
  version: text,
});

export const problem = z.object({
  type: text,
  title: text,
  status: z.int(),
  code: text,
  detail: text,
  retry: z.enum(["never", "later", "request"]),
  /** JSON Pointer into what was sent. */
  path: text.optional(),
  instance: text.optional(),
  facts: jsonObject.optional(),
  findings: z.array(findingView).optional(),
});

export type OutputView = z.infer<typeof outputView>;
export type JobView = z.infer<typeof jobView>;
export type CardView = z.infer<typeof cardView>;
export type ApprovalItem = z.infer<typeof approvalItem>;
export type ApprovalPage = z.infer<typeof approvalPage>;
export type ReviewAnswer = z.infer<typeof reviewAnswer>;
export type ReviewView = z.infer<typeof reviewView>;
export type DecisionsView = z.infer<typeof decisionsView>;
export type DecisionEntry = z.infer<typeof decisionEntry>;
export type RedeemAnswer = z.infer<typeof redeemAnswer>;
export type EventView = z.infer<typeof eventView>;
export type EventPage = z.infer<typeof eventPage>;
export type PolicyView = z.infer<typeof policyView>;
export type PolicyPage = z.infer<typeof policyPage>;
export type ExplainView = z.infer<typeof explainView>;
export type FindingView = z.infer<typeof findingView>;
export type KeyView = z.infer<typeof keyView>;
export type KeyPage = z.infer<typeof keyPage>;
export type KeyCreated = z.infer<typeof keyCreated>;
export type MeView = z.infer<typeof meView>;
export type Problem = z.infer<typeof problem>;
export type RequirementView = z.infer<typeof requirementView>;
export type TraceView = z.infer<typeof traceView>;
export type WarningView = z.infer<typeof warningView>;
export type ActionView = z.infer<typeof actionView>;
