// The small shapes that many messages share, as zod schemas.

import { z } from "zod";
import {
  claimLengthMax,
  evidenceMax,
  idempotencyKeyLengthMax,
  reasonLengthMax,
  riskTagsMax,
  topicLengthMax,
} from "../base/limits.ts";
import { jobIdPattern } from "../base/id.ts";
import { decisionKinds } from "../policy/decision.ts";
import { jobStates } from "../job/state.ts";
import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";

/**
 * Any JSON object: parameters, signals. The strict reader made it, so its values are JSON; it is taken
 * as it is, because a copy would lose a member named `__proto__`, and the agent would run with it.
 */
export const jsonObject: z.ZodType<JsonObject> = z
  .custom<JsonObject>((value) => isJsonObject(value as Json), "expected a JSON object")
  .meta({ type: "object", description: "A JSON object." });

/** Any JSON value, taken as it is for the same reason. */
export const anyJson: z.ZodType<Json> = z
  .custom<Json>((value) => value !== undefined, "expected a JSON value")
  .meta({ description: "Any JSON value." });

export const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .meta({ description: "SHA-256 in lower-case hexadecimal, with its prefix." });
export const instant = z.iso.datetime().meta({ description: "UTC, ISO 8601, milliseconds." });
export const jobId = z.string().regex(jobIdPattern);
export const topic = z
  .string()
  .max(topicLengthMax)
  .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/)
  .meta({ description: "Dotted, lower case." });
export const riskTag = z.string().regex(/^[a-z0-9][a-z0-9_.:-]{0,63}$/);
export const riskTags = z.array(riskTag).max(riskTagsMax);
export const word = z.string().min(1).max(256);
export const reason = z.string().trim().min(1).max(reasonLengthMax);
export const note = z.string().max(reasonLengthMax);
export const claim = z.string().max(claimLengthMax);
export const idempotencyKey = z.string().min(1).max(idempotencyKeyLengthMax);
export const duration = z
  .string()
  .regex(/^[1-9][0-9]{0,6}(ms|s|m|h|d)$/)
  .meta({ description: "A whole number and a unit: ms, s, m, h or d.", example: "30m" });

export const jobState = z.enum(jobStates);
export const decisionKind = z.enum(decisionKinds);
/** Decisions as answers spell them. */
export const decisionWord = z.enum([
  "ALLOW",
  "LOG",
  "ALLOW_WITH_CONSTRAINTS",
  "ALLOW_UNLESS_REJECTED",
  "REQUIRE_APPROVAL",
  "DENY",
]);

export const tool = z.strictObject({ server: word.nullish(), name: word });
export const target = z.strictObject({
  environment: word.nullish(),
  resource: z.string().min(1).max(1024).nullish(),
});
export const cost = z.strictObject({
  amount: z.number().nonnegative(),
  currency: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,15}$/),
});
export const effect = z.strictObject({
  rows: z.int().nonnegative().nullish(),
  recipients: z.int().nonnegative().nullish(),
  diff: z.string().max(65_536).nullish(),
});
export const claims = z.strictObject({
  title: claim.nullish(),
  reasoning: claim.nullish(),
  if_approved: claim.nullish(),
  if_rejected: claim.nullish(),
  instruction: claim.nullish(),
  confidence: z.number().min(0).max(1).nullish(),
  signals: jsonObject.nullish(),
});
export const evidence = z
  .array(
    z.strictObject({
      label: word,
      uri: z.string().max(2048).nullish(),
      text: z.string().max(claimLengthMax).nullish(),
    }),
  )
  .max(evidenceMax);

/** The parts of an action that have an effect, as a redeemer sends them. */
const effectiveParts = {
  topic,
  tool: tool.nullish(),
  params: jsonObject.default({}),
  target: target.nullish(),
  risk_tags: riskTags.optional(),
  reversible: z.boolean().nullish(),
  cost: cost.nullish(),
  idempotency_key: idempotencyKey.nullish(),
};

export const runningAction = z.strictObject({
  ...effectiveParts,
  agent: z.strictObject({ on_behalf_of: word.nullish() }).optional(),
  /** The preview computed anew: another one than people saw goes back to them. */
  effect: effect.nullish(),
});

export const proposal = z.strictObject({
  ...effectiveParts,
  job_id: jobId.optional(),
  effect: effect.nullish(),
  agent: z
    .strictObject({
      run: word.nullish(),
      thread: word.nullish(),
      /** The run's own name for this call: run and call together name one job. */
      call: word.nullish(),
      on_behalf_of: word.nullish(),
    })
    .nullish(),
  claims: claims.nullish(),
  evidence: evidence.nullish(),
  labels: z.record(z.string().max(64), z.string().max(256)).nullish(),
  timeout: duration.nullish(),
  checkpoint: word.nullish(),
  /** An own job that was rejected or denied, in whose place this one stands. */
  replaces: jobId.nullish(),
  /** What is released without asking anybody is redeemed in the same step: the caller runs it at once. */
  redeem: z
    .strictObject({
      /** Made for this one call; its repeat after a lost answer is told of the same execution. */
      nonce: z.uuid(),
      /** Names of the constraints that the caller keeps; with any other, nothing is redeemed here. */
      enforces: z.array(word).max(64).default([]),
      /** Of a proposal that comes again: also what people have approved meanwhile, as it was proposed. */
      approved: z.boolean().default(false),
    })
    .nullish(),
});

export type Proposal = z.infer<typeof proposal>;
export type RunningAction = z.infer<typeof runningAction>;
