// The life of a policy on the wire: drafts, publishing, rollouts, rollback, shadow, what is active.

import { z } from "zod";
import { policyBytesMax, replayMax } from "../base/limits.ts";
import type { DiffReport, ReplayReport, TestReport } from "../policy/report.ts";
import { decisionKind, digest, instant, jobId, note, reason, word } from "./shape.ts";
import { jobHead, personView } from "./parts.ts";
import { findingView, policyView } from "./response.ts";

const text = z.string();
const orNull = <T extends z.ZodType>(schema: T): z.ZodNullable<T> => schema.nullable();
const source = z.string().min(1).max(policyBytesMax);
/** An instant as people write it, in any zone. */
const moment = z.iso.datetime({ offset: true });
const percent = z.int().min(1).max(100);

/** A report as the policy functions make it: its form is that of `docs/policy`. */
function report<T>(description: string): z.ZodType<T> {
  return z
    .custom<T>((value) => typeof value === "object" && value !== null)
    .meta({ type: "object", description });
}

export const testReport: z.ZodType<TestReport> = report(
  "Each test with what was expected and decided, and which rules the tests reached.",
);
export const diffReport: z.ZodType<DiffReport> = report(
  "What changed in the file, and which actions two policies decide differently.",
);
export const replayReport: z.ZodType<ReplayReport> = report(
  "Recorded decisions made again: coverage first, then what would be decided otherwise.",
);

export const draftRequest = z.strictObject({ source, message: note.optional() });
export const draftChangeRequest = z.strictObject({
  source: source.optional(),
  message: note.optional(),
  /** Revision of the draft that was read; refused when it is another one by now. */
  revision: z.int().optional(),
});
export const publishRequest = z.strictObject({
  message: note.optional(),
  /** Per cent of the agents that the policy decides for at first; all when left out. */
  rollout: percent.optional(),
  activate_at: moment.optional(),
  /** Runs the draft beside the active policy while people look at it. */
  shadow: z.boolean().optional(),
});
export const rolloutRequest = z.union([
  z.strictObject({ percent }),
  z.strictObject({
    action: z.enum(["advance", "halt", "finish"]),
    /** For `advance`: per cent that it was seen at, so that a repeated call goes one stage, not two. */
    from: percent.optional(),
    reason: note.optional(),
  }),
]);
/** Without `to` the policy that was active before this one. */
export const rollbackRequest = z.strictObject({ to: digest.optional(), reason });
const named = { source: source.optional(), digest: digest.optional() };
export const shadowRequest = z.strictObject(named);
export const testRequest = z.strictObject({
  source,
  /** Text of a separate file of tests. */
  tests: source.optional(),
});
export const diffRequest = z.strictObject({
  /** A digest, `active`, or the text of a policy file. */
  from: source,
  to: source,
});
export const replayRequest = z.strictObject({
  ...named,
  since: moment.optional(),
  until: moment.optional(),
  limit: z.int().min(1).max(replayMax).optional(),
});

/** What was found out about a draft when it was last written. */
export const draftResults = z.object({
  /** In a few words: rules and invariants that a publication changes. */
  change: text,
  changes_invariants: z.boolean(),
  /** People other than the author that a publication takes. */
  approvers: z.int(),
  test: orNull(testReport),
  diff: orNull(diffReport),
  replay: orNull(replayReport),
});
export const publishPlan = z.object({
  message: orNull(text),
  rollout: orNull(percent),
  activate_at: orNull(instant),
});
export const draftView = z.object({
  id: text,
  revision: z.int(),
  /** `scheduled`: approved, and waits for its time. `activated` becomes `published` at once. */
  state: z.enum(["open", "proposed", "scheduled", "activated", "published"]),
  message: orNull(text),
  author: personView,
  /** The policy that was active when the draft was begun, or last brought up to date. */
  base: orNull(digest),
  /** Null while the draft does not load. */
  digest: orNull(digest),
  plan: orNull(publishPlan),
  job_id: orNull(jobId),
  /** What became of its last publication, in words. */
  outcome: orNull(text),
  created_at: instant,
  updated_at: instant,
  source: text.optional(),
  findings: z.array(findingView).optional(),
  results: orNull(draftResults).optional(),
});
export const draftPage = z.object({ items: z.array(draftView) });

/** `job` waits for people (202); `policy` is active at once (200). */
export const publishAnswer = z.object({
  draft: draftView,
  job: orNull(jobHead),
  policy: orNull(policyView),
});

export const armCounts = z.object({
  cases: z.int(),
  denials: z.int(),
  holds: z.int(),
  errors: z.int(),
});
export const rolloutView = z.object({
  id: text,
  state: z.enum(["running", "halted", "finished", "replaced"]),
  base: digest,
  candidate: digest,
  percent,
  author: text,
  author_name: text.optional(),
  message: orNull(text),
  job_id: orNull(jobId),
  counts: z.object({ base: armCounts, candidate: armCounts }),
  reason: orNull(text),
  started_at: instant,
  updated_at: instant,
});
export const shadowHead = z.object({
  id: text,
  digest,
  author: text,
  author_name: text.optional(),
  started_at: instant,
  ended_at: orNull(instant),
});
export const shadowView = z.object({
  ...shadowHead.shape,
  /** Decisions that were compared, and kept. */
  verdicts: z.int(),
  /** Decisions that this process left out because too many came at once. */
  left_out: z.int(),
  transitions: z.array(
    z.object({ from: decisionKind, to: decisionKind, count: z.int(), errors: z.int() }),
  ),
  samples: z.array(
    z.object({
      job_id: jobId,
      topic: text,
      agent: text,
      from: decisionKind,
      from_rule: orNull(text),
      to: decisionKind,
      to_rule: orNull(text),
      reason: text,
      error: z.boolean(),
      at: instant,
    }),
  ),
});
export const activationView = z.object({
  digest,
  before: orNull(digest),
  kind: z.enum(["publish", "rollback", "rollout", "schedule", "file", "start"]),
  author: text,
  author_name: text.optional(),
  message: orNull(text),
  job_id: orNull(jobId),
  draft_id: orNull(word),
  at: instant,
});
export const policyState = z.object({
  active: policyView,
  /** The policy of a rollout that runs. */
  candidate: orNull(policyView),
  percent: orNull(percent),
  /** The rollout that runs, else the last one. */
  rollout: orNull(rolloutView),
  shadow: orNull(shadowHead),
  scheduled: z.array(draftView),
  /** Newest first. */
  history: z.array(activationView),
});

export type DraftRequest = z.infer<typeof draftRequest>;
export type DraftChangeRequest = z.infer<typeof draftChangeRequest>;
export type PublishRequest = z.infer<typeof publishRequest>;
export type RolloutRequest = z.infer<typeof rolloutRequest>;
export type RollbackRequest = z.infer<typeof rollbackRequest>;
export type ShadowRequest = z.infer<typeof shadowRequest>;
export type TestRequest = z.infer<typeof testRequest>;
export type DiffRequest = z.infer<typeof diffRequest>;
export type ReplayRequest = z.infer<typeof replayRequest>;
export type DraftResults = z.infer<typeof draftResults>;
export type PublishPlan = z.infer<typeof publishPlan>;
export type DraftView = z.infer<typeof draftView>;
export type DraftPage = z.infer<typeof draftPage>;
export type PublishAnswer = z.infer<typeof publishAnswer>;
export type RolloutView = z.infer<typeof rolloutView>;
export type ShadowView = z.infer<typeof shadowView>;
export type PolicyState = z.infer<typeof policyState>;
