// What surrounds an override on the wire: incidents, governance reviews, findings, the report, and takeovers.

import { z } from "zod";
import { incidentLabelsMax, pageSizeDefault, pageSizeMax } from "../base/limits.ts";
import { jobHead, orNull, personView, text } from "./parts.ts";
import { digest, instant, jobId, note, reason, word } from "./shape.ts";

const count = z.int().nonnegative();
const moment = z.iso.datetime({ offset: true });
/** Names as alerting systems write them. */
const labelName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/);
const labels = z
  .record(labelName, z.string().max(512))
  .refine((all) => Object.keys(all).length <= incidentLabelsMax, {
    message: `at most ${incidentLabelsMax} labels`,
  });

export const overrideRequest = z.strictObject({
  reason,
  /** Id of the open incident; may be left out when only one open incident allows the override. */
  incident: word.optional(),
  /** Job hash that was shown; refused when the action is another by now. */
  job_hash: digest.optional(),
});

export const incidentId = z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/);
export const incidentRequest = z.strictObject({
  /** A name that people use already; made by the server when left out. */
  id: incidentId.optional(),
  title: reason,
  labels: labels.optional(),
});
export const incidentView = z.object({
  id: text,
  title: text,
  labels: z.record(text, text),
  open: z.boolean(),
  opened_by: text,
  opened_at: instant,
  closed_by: orNull(text),
  closed_at: orNull(instant),
});
export const incidentPage = z.object({ items: z.array(incidentView) });
export const incidentsQuery = z.object({ state: z.enum(["open", "all"]).default("open") });

/** What of Alertmanager's webhook (version 4) is read; the rest of it is left alone. */
export const alertmanagerRequest = z.looseObject({
  version: z.literal("4"),
  alerts: z
    .array(
      z.looseObject({
        status: z.enum(["firing", "resolved"]),
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()).optional(),
        startsAt: moment,
        fingerprint: z.string().regex(/^[0-9a-f]{1,32}$/),
      }),
    )
    .max(1_000),
});
export const alertmanagerAnswer = z.object({ opened: z.array(text), closed: z.array(text) });

export const taskQuery = z.object({
  state: z.enum(["open", "all"]).default("open"),
  limit: z.coerce.number().int().min(1).max(pageSizeMax).default(pageSizeDefault),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional(),
});

/** An override that somebody has to look at, or has looked at. */
export const governanceView = z.object({
  id: text,
  state: z.enum(["open", "closed"]),
  job_id: jobId,
  title: text,
  rule: orNull(text),
  agent: text,
  topic: text,
  /** Who overrode: one person, or two while a finding stood. */
  people: z.array(personView),
  reason: text,
  incident: text,
  /** Whoever opened the incident also overrode. */
  opened_own_incident: z.boolean(),
  /** Which of the rule's circumstances were met. */
  circumstances: z.array(text),
  /** Who had been asked and was not waited for. */
  skipped: z.array(text),
  due_at: instant,
  overdue: z.boolean(),
  opened_at: instant,
  closed_at: orNull(instant),
  closed_by: orNull(personView),
  legitimate: orNull(z.boolean()),
  what_went_wrong: orNull(text),
  how_to_avoid: orNull(text),
});
/** Too many overrides of one person, rule or agent; while it is open an override takes two people. */
export const governanceFindingView = z.object({
  id: text,
  state: z.enum(["open", "closed"]),
  /** `person:…`, `rule:…` or `agent:…`. */
  subject: text,
  name: orNull(text),
  count,
  per_ms: count,
  /** Ids of the governance reviews that were counted. */
  reviews: z.array(text),
  opened_at: instant,
  closed_at: orNull(instant),
  closed_by: orNull(personView),
  note: orNull(text),
});
export const governancePage = z.object({
  items: z.array(governanceView),
  /** Findings that stand. */
  findings: z.array(governanceFindingView),
  next_cursor: orNull(text),
});
export const governanceCloseRequest = z.strictObject({
  legitimate: z.boolean(),
  what_went_wrong: reason,
  how_to_avoid: reason,
});
export const findingCloseRequest = z.strictObject({ note: reason });

const counted = z.object({
  id: text,
  /** What a person is called; null for rules and agents. */
  name: orNull(text),
  overrides: count,
  legitimate: count,
  not_legitimate: count,
});
export const reportQuery = z.object({ from: moment.optional(), to: moment.optional() });
/** Overrides that were granted in a period, and what became of their reviews. */
export const governanceReport = z.object({
  from: instant,
  to: instant,
  overrides: count,
  legitimate: count,
  not_legitimate: count,
  /** Reviews that nobody has closed, and those of them whose due date is over. */
  open: count,
  overdue: count,
  /** Of the closed reviews, from 0 to 1; null while none is closed. */
  legitimate_share: orNull(z.number()),
  median_close_ms: orNull(count),
  by_person: z.array(counted),
  by_rule: z.array(counted),
  by_agent: z.array(counted),
  findings_opened: count,
  findings_open: count,
  /** False when the period holds more overrides than one report looks at. */
  complete: z.boolean(),
});

/** A task for a person after a rejection, with what is needed to do it by hand. */
export const takeoverView = z.object({
  id: text,
  state: z.enum(["open", "claimed", "done", "returned"]),
  job_id: jobId,
  title: text,
  topic: text,
  rule: orNull(text),
  agent: text,
  on_behalf_of: orNull(text),
  run: orNull(text),
  thread: orNull(text),
  /** Where the agent's saved state is. */
  checkpoint: orNull(text),
  reason: orNull(text),
  code: orNull(text),
  rejected_by: personView,
  claimed_by: orNull(personView),
  note: orNull(text),
  opened_at: instant,
  updated_at: instant,
});
export const takeoverPage = z.object({
  items: z.array(takeoverView),
  next_cursor: orNull(text),
});
export const takeoverEndRequest = z.strictObject({ note: note.optional() });
export const takeoverAnswer = z.object({ takeover: takeoverView, job: jobHead });

export type OverrideRequest = z.infer<typeof overrideRequest>;
export type IncidentRequest = z.infer<typeof incidentRequest>;
export type IncidentView = z.infer<typeof incidentView>;
export type IncidentPage = z.infer<typeof incidentPage>;
export type AlertmanagerRequest = z.infer<typeof alertmanagerRequest>;
export type AlertmanagerAnswer = z.infer<typeof alertmanagerAnswer>;
export type TaskQuery = z.infer<typeof taskQuery>;
export type GovernanceView = z.infer<typeof governanceView>;
export type GovernanceFindingView = z.infer<typeof governanceFindingView>;
export type GovernancePage = z.infer<typeof governancePage>;
export type GovernanceCloseRequest = z.infer<typeof governanceCloseRequest>;
export type GovernanceReport = z.infer<typeof governanceReport>;
export type TakeoverView = z.infer<typeof takeoverView>;
export type TakeoverPage = z.infer<typeof takeoverPage>;
export type TakeoverAnswer = z.infer<typeof takeoverAnswer>;
