// Runs that ended at an interrupt, on the wire: how one is suspended, claimed, completed, and shown.

import { z } from "zod";
import {
  pageSizeDefault,
  pageSizeMax,
  resumptionClaimMax,
  resumptionJobsMax,
  resumptionQueuesMax,
  resumptionWaitMaxS,
} from "../base/limits.ts";
import { resumptionModes, resumptionStates } from "../job/resumption.ts";
import { checkpointId, checkpointNamespace, checkpointRequest, threadName } from "./checkpoint.ts";
import { orNull, text } from "./parts.ts";
import { jobView } from "./response.ts";
import { digest, duration, instant, jobId, note, reason, word } from "./shape.ts";

const queue = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/)
  .meta({ description: "A word for the workers that take the run up." });
const mode = z.enum(resumptionModes);
const state = z.enum(resumptionStates);
const fence = z.int().min(1);
/** The saved state: one that is stored already, or the bytes themselves. */
const checkpointSource = z.strictObject({
  id: checkpointId.optional(),
  /** What reads the state again; needed with it. */
  codec: checkpointRequest.shape.codec.optional(),
  /** Base64. */
  state: checkpointRequest.shape.state.optional(),
  step: checkpointRequest.shape.step,
  parent: checkpointRequest.shape.parent,
});

export const suspendRequest = z.strictObject({
  thread: threadName,
  namespace: checkpointNamespace.optional(),
  run: word.optional(),
  /** Which workers take it up. */
  queue: queue.default("default"),
  /** When it goes on: with each answer, with all of them, or with the first. */
  mode: mode.default("all"),
  /** Own jobs whose answers the run goes on with. */
  jobs: z.array(jobId).min(1).max(resumptionJobsMax),
  checkpoint: checkpointSource,
  /** The claim that this run was taken up by, when it stops again: its jobs move over. */
  after: z.strictObject({ resumption: word, fence }).optional(),
});

export const claimRequest = z.strictObject({
  /** Names the process, for people who look. */
  worker: word,
  queues: z.array(queue).min(1).max(resumptionQueuesMax).default(["default"]),
  thread: word.optional(),
  /** How long it is this worker's without a sign of life: 5s to 15m. */
  lease: duration.default("60s"),
  limit: z.int().min(1).max(resumptionClaimMax).default(1),
  /** Seconds to wait for one. */
  timeout: z.int().min(0).max(resumptionWaitMaxS).default(0),
});
export const claimOneRequest = z.strictObject({
  worker: word,
  lease: duration.default("60s"),
});
export const extendRequest = z.strictObject({
  fence,
  lease: duration.default("60s"),
});
export const completeRequest = z.strictObject({ fence, summary: note.optional() });
export const failRequest = z.strictObject({
  fence,
  error: reason,
  /** True when another attempt cannot help. */
  is_final: z.boolean().default(false),
});
/** Of a retry and of a cancellation. */
export const runReasonRequest = z.strictObject({ reason: note.optional() });

export const resumptionView = z.object({
  id: text,
  agent: text,
  queue: text,
  thread: text,
  namespace: text,
  run: orNull(text),
  mode,
  /**
   * `arming`: its jobs are being bound. `waiting`: for answers, or for a worker once `due_at` is there.
   * `claimed`: a worker has it until `lease_until`. `completed`, `dead` (given up), `cancelled`: over.
   */
  state,
  checkpoint: z.object({ id: text, digest }),
  jobs: z.array(jobId),
  /** Without an answer. */
  open: z.array(jobId),
  /** With an answer that no worker has completed yet. */
  settled: z.array(jobId),
  /** Completed by a worker before. */
  handed: z.array(jobId),
  attempts: z.int(),
  /** Grows by one with each claim; only the newest may complete, extend or fail. */
  fence: z.int(),
  worker: orNull(text),
  due_at: orNull(instant),
  lease_until: orNull(instant),
  last_error: orNull(text),
  created_at: instant,
  updated_at: instant,
  ended_at: orNull(instant),
});
export const resumptionPage = z.object({
  items: z.array(resumptionView),
  next_cursor: orNull(text),
});

/** What a worker goes on from: the state that was saved, and the jobs as they are now. */
export const claimedRun = z.object({
  resumption: resumptionView,
  fence: z.int(),
  lease_until: instant,
  checkpoint: z.object({
    id: text,
    thread: text,
    namespace: text,
    run: orNull(text),
    step: orNull(z.int()),
    parent: orNull(text),
    codec: text,
    digest,
    bytes: z.int(),
    /** Base64; its digest was compared after opening. */
    state: text,
    created_at: instant,
  }),
  /** All of the run, those with an answer with a live grant when they were released. */
  jobs: z.array(jobView),
});
export const claimedPage = z.object({ items: z.array(claimedRun) });

export const resumptionsQuery = z.strictObject({
  state: state.optional(),
  agent: word.optional(),
  thread: word.optional(),
  limit: z.coerce.number().int().min(1).max(pageSizeMax).default(pageSizeDefault),
  cursor: text.optional(),
});

export type SuspendRequest = z.infer<typeof suspendRequest>;
export type ClaimRequest = z.infer<typeof claimRequest>;
export type ClaimOneRequest = z.infer<typeof claimOneRequest>;
export type ExtendRequest = z.infer<typeof extendRequest>;
export type CompleteRequest = z.infer<typeof completeRequest>;
export type FailRequest = z.infer<typeof failRequest>;
export type ResumptionView = z.infer<typeof resumptionView>;
export type ResumptionPage = z.infer<typeof resumptionPage>;
export type ClaimedRun = z.infer<typeof claimedRun>;
export type ClaimedPage = z.infer<typeof claimedPage>;
export type ResumptionsQuery = z.infer<typeof resumptionsQuery>;
