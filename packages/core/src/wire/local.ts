// What an agent that decides beside the server asks for and sends, as zod schemas.

import { z } from "zod";
import { localBatchMax, localLeasesMax, localWaitMaxMs } from "../base/limits.ts";
import { orNull, text } from "./parts.ts";
import { digest, effect, jobId, jsonObject, note, proposal, word } from "./shape.ts";

export const snapshotQuery = z.strictObject({
  /** Chance of the caller, which the signed answer repeats: nobody can play back an older one. */
  nonce: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
  /** `state` of the last answer: the call waits for another, and what the caller has is left out. */
  known: z.string().max(64).optional(),
  /** Seconds to wait for a state other than `known`. */
  wait: z.coerce
    .number()
    .int()
    .min(0)
    .max(localWaitMaxMs / 1000)
    .default(0),
});

/** The lease is signed and names everything else by its digest. */
export const snapshotAnswer = z.object({
  /** Compact JWS of type `holdpoint-snapshot+jwt`. */
  lease: text,
  /** The policy that decides for this agent; null when the caller has it. */
  policy: orNull(jsonObject),
  /** The tool registry; null when it is empty, or the caller has it. */
  tools: orNull(jsonObject),
});

const ending = {
  status: z.enum(["SUCCEEDED", "FAILED", "UNKNOWN"]),
  /** Milliseconds since 1970, by the server's clock as the agent knows it. */
  ended_at: z.int().nonnegative(),
  summary: note.nullish(),
  output_digest: digest.nullish(),
  effect: effect.nullish(),
};

/** One action that was decided locally and begun. */
export const localRecord = z.strictObject({
  id: jobId,
  /** Place of its lease among those of the batch. */
  lease: z.int().nonnegative(),
  /** When it was decided: milliseconds since 1970, by the server's clock as the agent knows it. */
  at: z.int().nonnegative(),
  decision: z.enum(["allow", "log"]),
  rule: z.string().max(256).nullable(),
  proposal,
  /** Null while it runs; its end comes with a later batch. */
  end: z.strictObject(ending).nullable(),
});

export const localEnd = z.strictObject({ id: jobId, ...ending });

export const localBatch = z.strictObject({
  /** The same batch sent again is one batch. */
  batch: word,
  leases: z.array(z.string().max(65_536)).max(localLeasesMax),
  records: z.array(localRecord).max(localBatchMax),
  /** Ends of records of earlier batches. */
  ends: z.array(localEnd).max(localBatchMax).default([]),
});

export const localBatchAnswer = z.object({
  batch: text,
  /** Records and ends that were written now. */
  written: z.int(),
  /** Those that the server had before. */
  known: z.int(),
  /** Records that the server would have decided otherwise: kept, and shown to people. */
  mismatched: z.array(z.object({ id: text, why: text })),
});

export type SnapshotQuery = z.infer<typeof snapshotQuery>;
export type SnapshotAnswer = z.infer<typeof snapshotAnswer>;
export type LocalRecord = z.infer<typeof localRecord>;
export type LocalEnd = z.infer<typeof localEnd>;
export type LocalBatch = z.infer<typeof localBatch>;
export type LocalBatchAnswer = z.infer<typeof localBatchAnswer>;
