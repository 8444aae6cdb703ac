// The parts that many answers share, as zod schemas: people, requirements, traces, actions and claims.

import { z } from "zod";
import { cost, decisionWord, jobId, jobState, jsonObject, riskTags, topic } from "./shape.ts";

export const text: z.ZodString = z.string();
export const orNull = <T extends z.ZodType>(schema: T): z.ZodNullable<T> => schema.nullable();

export const personView = z.object({ id: text, name: orNull(text) });
export const actorView = z.object({
  kind: z.enum(["agent", "person", "timer", "policy", "system", "enforcement_point"]),
  id: text,
  name: orNull(text),
});

export const requirementView = z.object({
  role: text.optional(),
  group: text.optional(),
  /** True when anybody who may review counts. */
  any: z.boolean().optional(),
  count: z.int(),
  deny_count: z.int(),
  after: orNull(text),
  /** True when votes are hidden from whoever has not voted. */
  blind: z.boolean(),
  /** Distinct people that count towards it so far; 0 while `votes_hidden`. */
  approved: z.int(),
});

const mode = z.enum(["enforce", "warn", "shadow"]);
/** A rule that matched without counting, because its mode is not `enforce`. */
export const warningView = z.object({ rule: text, decision: decisionWord, reason: text, mode });

export const ruleTraceView = z.object({
  rule: text,
  decision: decisionWord,
  matched: z.boolean(),
  won: z.boolean(),
  invariant: z.boolean(),
  /** Absent in records of before rules had modes; so are the other members that may be absent. */
  mode: mode.optional(),
  /** Exception that lifted the rule for this action. */
  exception: orNull(text).optional(),
  clauses: z.array(
    z.object({
      clause: text,
      matched: z.boolean(),
      because: text,
      /** What went wrong while it was asked; it then counted as the decision of its rule asks. */
      error: orNull(text).optional(),
    }),
  ),
});
export const traceView = z.object({
  combine: z.enum(["strict", "first_match"]),
  rules_total: z.int(),
  rules_considered: z.int(),
  rules: z.array(ruleTraceView),
  notes: z.array(text),
});

export const decisionSummary = z.object({ title: text, why: text, next_effect: text });
export const riskView = z.object({
  level: z.enum(["low", "medium", "high"]),
  reasons: z.array(text),
});

export const actionView = z.object({
  topic,
  tool: orNull(z.object({ server: orNull(text), name: text })),
  params: jsonObject,
  target: z.object({ environment: orNull(text), resource: orNull(text) }),
  risk_tags: riskTags,
  reversible: orNull(z.boolean()),
  cost: orNull(cost),
  effect: orNull(
    z.object({ rows: orNull(z.int()), recipients: orNull(z.int()), diff: orNull(text) }),
  ),
  agent: z.object({
    id: text,
    run: orNull(text),
    thread: orNull(text),
    /** The run's own name for this call. */
    call: orNull(text),
    on_behalf_of: orNull(text),
  }),
  idempotency_key: orNull(text),
  labels: z.record(text, text),
});
export const claimsView = z.object({
  title: orNull(text),
  reasoning: orNull(text),
  if_approved: orNull(text),
  if_rejected: orNull(text),
  instruction: orNull(text),
  confidence: orNull(z.number()),
  signals: jsonObject,
  /** What in these words tries to steer the reader: `urgency`, `authority`, `hidden_characters`, `markup`. */
  flags: z.array(text),
});

export const jobHead = z.object({
  id: jobId,
  state: jobState,
  revision: z.int(),
});
