// Agents' saved state on the wire: checkpoints of a thread, the writes beside them, threads.

import { z } from "zod";
import { checkpointWritesMax, pageSizeDefault, pageSizeMax } from "../base/limits.ts";
import { orNull, text } from "./parts.ts";
import { digest, instant, word } from "./shape.ts";

/** A word that an address can hold: these two would mean another place. */
export const threadName: z.ZodType<string> = word.refine(
  (name) => name !== "." && name !== "..",
  "`.` and `..` are no names",
);
/** `latest` in an address is the one that was saved last. */
export const checkpointId: z.ZodType<string> = threadName.refine(
  (id) => id !== "latest",
  "`latest` is no id of a checkpoint",
);
/** Empty for the agent itself; part graphs have names. */
export const checkpointNamespace: z.ZodType<string> = z.string().max(1024);
const place = { namespace: checkpointNamespace.default("") };
const codec = z
  .string()
  .regex(/^[\x21-\x7e]{1,64}$/)
  .meta({
    description: "What reads the bytes again: a word of the agent's own.",
  });
const base64 = text.meta({ description: "Base64, with its padding." });
const step = z.int().min(-1_000).max(2_147_483_647);

export const checkpointRequest = z.strictObject({
  ...place,
  /** Default: one that the server makes. */
  id: checkpointId.optional(),
  parent: checkpointId.nullish(),
  step: step.nullish(),
  run: word.nullish(),
  codec,
  state: base64,
  /** Of the plain bytes; refused when they are others. */
  digest: digest.optional(),
  /** True puts it in the place of what has the id, while no run goes on from that. */
  replace: z.boolean().default(false),
});

export const checkpointWritesRequest = z.strictObject({
  ...place,
  task: word,
  task_path: z.string().max(1024).default(""),
  writes: z
    .array(
      z.strictObject({
        /** From 0 on the first write stays, below 0 the last one. */
        index: z.int().min(-1_000).max(1_000_000),
        channel: word,
        codec,
        data: base64,
      }),
    )
    .max(checkpointWritesMax),
});

/** Where the copy goes. */
export const checkpointForkRequest = z.strictObject({
  thread: threadName,
  /** Default: that of the checkpoint. */
  namespace: checkpointNamespace.optional(),
  /** Default: the same in another thread or namespace, else one that the server makes. */
  id: checkpointId.optional(),
});

export const checkpointQuery = z.strictObject({
  ...place,
  /** Whose it is; for people. */
  agent: word.optional(),
  /** `state`, `writes`, or both with a comma. */
  include: z
    .string()
    .regex(/^(state|writes)(,(state|writes))?$/)
    .optional(),
});
export const checkpointPlaceQuery = z.strictObject({ ...place, agent: word.optional() });
export const checkpointsQuery = z.strictObject({
  /** Default: all. */
  namespace: checkpointNamespace.optional(),
  agent: word.optional(),
  /** Only what was saved before the one with this id. */
  before: checkpointId.optional(),
  limit: z.coerce.number().int().min(1).max(pageSizeMax).default(pageSizeDefault),
  cursor: text.max(200).optional(),
});
export const threadQuery = z.strictObject({ agent: word.optional() });
export const threadsQuery = z.strictObject({
  agent: word.optional(),
  limit: z.coerce.number().int().min(1).max(pageSizeMax).default(pageSizeDefault),
  cursor: text.max(1024).optional(),
});

export const checkpointView = z.object({
  id: text,
  agent: text,
  thread: text,
  namespace: text,
  run: orNull(text),
  parent: orNull(text),
  step: orNull(z.int()),
  codec: text,
  /** Of the plain state. */
  bytes: z.int(),
  /** SHA-256 of the plain state. */
  digest,
  forked_from: orNull(z.object({ thread: text, namespace: text, id: text })),
  created_at: instant,
  /** Kept longer while a run goes on from it. */
  expires_at: instant,
  /** Resumptions that have not ended and go on from it. */
  resumptions: z.array(text),
});
export const checkpointWriteView = z.object({
  task: text,
  task_path: text,
  index: z.int(),
  channel: text,
  codec: text,
  data: base64,
});
export const checkpointRead = z.object({
  ...checkpointView.shape,
  /** Compared with the digest after it was opened. */
  state: base64.optional(),
  writes: z.array(checkpointWriteView).optional(),
});
export const checkpointPage = z.object({
  /** Newest first. */
  items: z.array(checkpointView),
  next_cursor: orNull(text),
});
export const checkpointWritesKept = z.object({ checkpoint: text, writes: z.int() });
/** What was removed, by its number. */
export const checkpointsRemoved = z.object({ thread: text, checkpoints: z.int() });
export const threadView = z.object({
  thread: text,
  agent: text,
  checkpoints: z.int(),
  /** Of the plain states. */
  bytes: z.int(),
  saved_at: instant,
});
export const threadPage = z.object({
  /** By name. */
  items: z.array(threadView),
  next_cursor: orNull(text),
});

export type CheckpointRequest = z.infer<typeof checkpointRequest>;
export type CheckpointWritesRequest = z.infer<typeof checkpointWritesRequest>;
export type CheckpointForkRequest = z.infer<typeof checkpointForkRequest>;
export type CheckpointQuery = z.infer<typeof checkpointQuery>;
export type CheckpointPlaceQuery = z.infer<typeof checkpointPlaceQuery>;
export type CheckpointsQuery = z.infer<typeof checkpointsQuery>;
export type ThreadsQuery = z.infer<typeof threadsQuery>;
export type CheckpointView = z.infer<typeof checkpointView>;
export type CheckpointRead = z.infer<typeof checkpointRead>;
export type CheckpointPage = z.infer<typeof checkpointPage>;
export type CheckpointWriteView = z.infer<typeof checkpointWriteView>;
export type CheckpointWritesKept = z.infer<typeof checkpointWritesKept>;
export type CheckpointsRemoved = z.infer<typeof checkpointsRemoved>;
export type ThreadView = z.infer<typeof threadView>;
export type ThreadPage = z.infer<typeof threadPage>;
