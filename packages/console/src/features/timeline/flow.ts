// The way of one job, left to right, made from its events and decisions.

import type { DecisionEntry, EventView, JobView, TraceView } from "@holdpoint/core/wire/response";
import type { JobState } from "@holdpoint/core/job/state";
import { isTerminal } from "@holdpoint/core/job/state";
import { quoteOf, stageNames, type StageName, stageOf, textIn, wordsOf } from "./event-words.ts";

/** `stopped`: the way ended here with a no; `skipped`: this job had no need of it. */
export type StageStatus = "done" | "now" | "ahead" | "skipped" | "stopped";

export interface Stage {
  readonly name: StageName;
  readonly status: StageStatus;
  /** When it was first reached. */
  readonly at: string | null;
  /** A word or two under the name. */
  readonly words: string;
}

export interface Entry {
  readonly key: string;
  readonly stage: StageName;
  readonly at: string;
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string | null };
  readonly words: string;
  /** What a person or the executor wrote. */
  readonly quote: string | null;
  readonly code: string | null;
  readonly trace: TraceView | null;
  readonly event: EventView | null;
}

export function entriesOf(
  events: readonly EventView[],
  decisions: readonly DecisionEntry[],
): readonly Entry[] {
  const names = namesIn(events);
  const entries = events.flatMap((event) => [entryOf(event, names), ...grantOf(event)]);
  decisions.forEach((decision, index) => {
    if (decision.kind === "policy") entries.push(policyEntry(decision, index));
  });
  // Events of one transaction share an instant; the flow says which comes first.
  return entries
    .map((entry, index) => ({ entry, index }))
    .sort((one, other) => order(one.entry, other.entry) || one.index - other.index)
    .map(({ entry }) => entry);
}

function order(one: Entry, other: Entry): number {
  if (one.at !== other.at) return one.at < other.at ? -1 : 1;
  return rank(one) - rank(other);
}

/** A new decision follows the change that asked for it. */
function rank(entry: Entry): number {
  if (entry.event?.type === "job.modified" || entry.event?.type === "review.submitted") return 0;
  return stageNames.indexOf(entry.stage) + 1;
}

/** What people are called who are named once, and act in other events of the job too. */
function namesIn(events: readonly EventView[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { actor, payload } of events) {
    const name = textIn(payload, "person_name");
    if (actor.kind === "person" && name !== null) names.set(actor.id, name);
  }
  return names;
}

function entryOf(event: EventView, names: ReadonlyMap<string, string>): Entry {
  const { payload } = event;
  return {
    key: event.id,
    stage: stageOf(event.type),
    at: event.at,
    actor: {
      ...event.actor,
      name:
        textIn(payload, "person_name") ??
        textIn(payload, "by_name") ??
        names.get(event.actor.id) ??
        null,
    },
    words: wordsOf(event),
    quote: quoteOf(event),
    code: textIn(payload, "code"),
    trace: null,
    event,
  };
}

/** The first grant of a job is named by the event that released it. */
function grantOf(event: EventView): readonly Entry[] {
  if (event.type !== "job.proposed" && event.type !== "job.approved") return [];
  const grant = textIn(event.payload, "grant");
  if (grant === null) return [];
  return [
    {
      key: `${event.id}-grant`,
      stage: "grant",
      at: event.at,
      actor: { kind: "system", id: "holdpoint", name: null },
      words: `signed a grant for one execution: ${grant}`,
      quote: null,
      code: null,
      trace: null,
      event: null,
    },
  ];
}

function policyEntry(decision: DecisionEntry, index: number): Entry {
  const rule = decision.policy_rule_id ?? "the default";
  return {
    key: `decision-${index}`,
    stage: "decide",
    at: decision.at,
    actor: { kind: "policy", id: rule, name: null },
    words: decision.decision,
    quote: decision.reason,
    code: null,
    trace: decision.trace,
    event: null,
  };
}

/** Where the job stands on its way. */
export function stagesOf(job: JobView, entries: readonly Entry[]): readonly Stage[] {
  const first = new Map<StageName, string>();
  for (const { stage, at } of entries) if (!first.has(stage)) first.set(stage, at);
  const { state } = job.job;
  const held = job.approval_required;
  const ran = state === "SUCCEEDED" || state === "FAILED" || state === "EXECUTING";
  const released = job.grant !== null || job.execution !== null || ran || state === "UNKNOWN";
  const statuses: Record<StageName, StageStatus> = {
    propose: "done",
    decide: state === "DENIED" ? "stopped" : "done",
    hold: holdStatus(state, held),
    notify: !held ? "skipped" : first.has("notify") ? "done" : ended(state) ? "skipped" : "now",
    review: reviewStatus(state, held),
    grant: grantStatus(state, released),
    execute: executeStatus(state),
    record: "done",
  };
  const count = entries.filter((entry) => entry.event !== null).length;
  return stageNames.map((name) => ({
    name,
    status: statuses[name],
    at: name === "record" ? null : (first.get(name) ?? (name === "hold" ? heldAt(entries) : null)),
    words: name === "record" ? `${count} event${count === 1 ? "" : "s"}` : "",
  }));
}

function heldAt(entries: readonly Entry[]): string | null {
  return entries.find((entry) => entry.event?.state === "APPROVAL")?.at ?? null;
}

function ended(state: JobState): boolean {
  return isTerminal(state);
}

function holdStatus(state: JobState, held: boolean): StageStatus {
  if (!held) return "skipped";
  if (state === "APPROVAL") return "now";
  return state === "EXPIRED" || state === "CANCELLED" ? "stopped" : "done";
}

function reviewStatus(state: JobState, held: boolean): StageStatus {
  if (!held) return "skipped";
  if (state === "APPROVAL") return "now";
  if (state === "REJECTED") return "stopped";
  return state === "EXPIRED" || state === "CANCELLED" ? "skipped" : "done";
}

function grantStatus(state: JobState, released: boolean): StageStatus {
  if (state === "REVOKED") return "stopped";
  if (released) return "done";
  if (state === "APPROVED") return "now";
  return state === "APPROVAL" ? "ahead" : "skipped";
}

function executeStatus(state: JobState): StageStatus {
  if (state === "SUCCEEDED") return "done";
  if (state === "FAILED") return "stopped";
  if (state === "EXECUTING" || state === "UNKNOWN") return "now";
  return state === "APPROVAL" || state === "APPROVED" ? "ahead" : "skipped";
}
