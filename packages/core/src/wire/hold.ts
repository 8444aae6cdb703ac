// The verbs and views of a hold beside its votes: who is asked at which level, clocks, claim, questions, batches.

import { z } from "zod";
import { batchMax } from "../base/limits.ts";
import { orNull, personView, text } from "./parts.ts";
import { rejectCodes } from "./request.ts";
import { digest, instant, jobId, jobState, note, reason, word } from "./shape.ts";

/** What the hold does by itself next. */
export const nextView = z.object({
  kind: z.enum(["delivery", "reminder", "sla", "claim", "escalation", "window", "timeout"]),
  at: instant,
  /** Whom an escalation asks then: `role:…`, `group:…` or `person:…`; null for other steps. */
  to: orNull(text),
});

/** Who has the card, so that two people do not read it at once; it keeps nobody from voting. */
export const cardClaimView = z.object({
  person: personView,
  at: instant,
  /** Id of the person who assigned it or handed it over; null when it was claimed. */
  by: orNull(text),
});

export const questionView = z.object({
  id: text,
  by: personView,
  text,
  at: instant,
  /** The agent's own words: shown as its claim, never trusted. */
  answer: orNull(
    z.object({
      text,
      at: instant,
      /** What in it tries to steer the reader: as in the claims. */
      flags: z.array(text),
    }),
  ),
});

export const watchView = z.object({
  /** 0: those whom the rule asks; one more with each widening. */
  level: z.int(),
  /** Whom the present level asks: `role:…`, `group:…`, `person:…` or `any`. */
  asked: z.array(text),
  /** Whom the hold was widened to, in order. */
  widened: z.array(text),
  level_at: instant,
  /** When a channel accepted the notice of this level for somebody reachable; its clocks wait for it. */
  notified_at: orNull(instant),
  /** The channel that did. */
  notified_by: orNull(text),
  timeout_at: instant,
  sla_at: orNull(instant),
  /** The promised time is over. */
  overdue: z.boolean(),
  next: orNull(nextView),
  /** All that stands to come while nobody acts, the next first. */
  coming: z.array(nextView),
  /** When silence releases it: the end of the veto window, once somebody was told; else null. */
  window_at: orNull(instant),
  claim: orNull(cardClaimView),
  questions: z.array(questionView),
  /** The rejected job that this one is near to. */
  near: orNull(jobId),
});

/** What people do by hand after a rejection that asks for it. */
export const takeoverHead = z.object({
  id: text,
  state: z.enum(["open", "claimed", "done", "returned"]),
  /** What the person said when it was done or given back. */
  note: orNull(text),
});

/** Who was told, by which channel, and whether it arrived. */
export const toldView = z.object({
  /** Null for a shared place. */
  person: orNull(text),
  name: orNull(text),
  channel: text,
  kind: text,
  state: text,
  level: orNull(z.int()),
  at: instant,
});

/** The people behind one of those asked. */
export const whoView = z.object({
  target: text,
  people: z.array(z.object({ id: text, name: orNull(text), on_duty: z.boolean() })),
});

/** Whether the caller may, by the one authorization function; else the code that says why not. */
const permission = z.object({ allowed: z.boolean(), why_not: orNull(text) });
export const mayView = z.object({
  vote: permission,
  modify: permission,
  claim: permission,
  override: permission,
});

export const claimRequest = z.strictObject({});
export const releaseRequest = z.strictObject({});
export const assignRequest = z.strictObject({
  /** Id or email of the person who is to have the card. */
  to: word,
  note: note.optional(),
});
export const askRequest = z.strictObject({ text: reason });
export const answerRequest = z.strictObject({ question: word, text: reason });
export const batchRequest = z.strictObject({
  verdict: z.enum(["approve", "reject"]),
  /** Asked for with `reject`. */
  reason: note.optional(),
  code: z.enum(rejectCodes).optional(),
  note: note.optional(),
  items: z
    .array(z.strictObject({ job_id: jobId, job_hash: digest }))
    .min(1)
    .max(batchMax),
});
/** Each hold by itself: what one answers says nothing of the others. */
export const batchAnswer = z.object({
  items: z.array(
    z.object({
      job_id: jobId,
      /** The status that the same review by itself would have had. */
      status: z.int(),
      /** Null when it was not read. */
      state: orNull(jobState),
      code: orNull(text),
      detail: orNull(text),
    }),
  ),
});

export type WatchView = z.infer<typeof watchView>;
export type NextView = z.infer<typeof nextView>;
export type CardClaimView = z.infer<typeof cardClaimView>;
export type QuestionView = z.infer<typeof questionView>;
export type TakeoverHead = z.infer<typeof takeoverHead>;
export type ToldView = z.infer<typeof toldView>;
export type WhoView = z.infer<typeof whoView>;
export type MayView = z.infer<typeof mayView>;
export type Permission = z.infer<typeof permission>;
export type AssignRequest = z.infer<typeof assignRequest>;
export type AnswerRequest = z.infer<typeof answerRequest>;
export type BatchRequest = z.infer<typeof batchRequest>;
export type BatchAnswer = z.infer<typeof batchAnswer>;
