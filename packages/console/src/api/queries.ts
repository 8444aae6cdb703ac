// What the pages ask of the server, by name: keys, calls, and which event makes which answer old.

import type { QueryClient } from "@tanstack/react-query";
import type {
  ApprovalPage,
  CardView,
  DecisionsView,
  EventPage,
  EventView,
  ExplainView,
  JobView,
  MeView,
  PolicyView,
  ReviewAnswer,
} from "@holdpoint/core/wire/response";
import { agentKeys } from "./agents.ts";
import { get, post, query } from "./client.ts";
import { channelKeys } from "./channels.ts";
import { oversightKeys } from "./governance.ts";
import { selfKey } from "./holds.ts";
import { peopleKeys } from "./people.ts";
import { policyKeys } from "./policy-life.ts";
import { runKeys } from "./runs.ts";

export interface InboxFilters {
  readonly q: string;
  readonly agent: string;
  readonly topic: string;
  readonly rule: string;
  readonly risk: string;
  readonly resolved: boolean;
  /** Only holds that the reader may vote on now. */
  readonly mine: boolean;
  readonly claimed: "any" | "me" | "none";
}

export interface DemoStep {
  readonly at: string;
  readonly text: string;
  readonly job_id: string | null;
}

export interface DemoView {
  readonly state: "idle" | "running" | "done" | "failed";
  readonly message: string;
  readonly steps: readonly DemoStep[];
}

export const keys = {
  me: ["me"],
  inbox: (filters: InboxFilters) => ["inbox", filters],
  inboxHead: (filters: InboxFilters) => ["inbox-head", filters],
  anything: ["inbox-head", "anything"],
  card: (id: string) => ["card", id],
  job: (id: string) => ["job", id],
  decisions: (id: string) => ["decisions", id],
  jobEvents: (id: string) => ["job-events", id],
  /** Below `jobEvents`, so that what makes those old makes it old too. */
  lastReturn: (id: string) => ["job-events", id, "last-return"],
  activity: ["activity"],
  activityHead: ["activity-head"],
  policy: ["policy"],
  demo: ["demo"],
} as const;

const pageSize = 50;

export function getMe(): Promise<MeView> {
  return get<MeView>("/me");
}

export function getApprovals(
  filters: InboxFilters,
  cursor: string | null,
  signal: AbortSignal,
): Promise<ApprovalPage> {
  const { resolved, mine, claimed, ...words } = filters;
  const page = { limit: pageSize, include_resolved: resolved, cursor: cursor ?? undefined };
  const whose = { mine: mine || undefined, claimed: claimed === "any" ? undefined : claimed };
  return get<ApprovalPage>(`/approvals${query({ ...words, ...whose, ...page })}`, signal);
}

/** One hold of any kind: tells a first run from an empty queue. */
export function getAnything(signal: AbortSignal): Promise<ApprovalPage> {
  return get<ApprovalPage>("/approvals?include_resolved=true&limit=1", signal);
}

export function getCard(id: string, signal: AbortSignal): Promise<CardView> {
  return get<CardView>(`/approvals/${encodeURIComponent(id)}`, signal);
}

export function getJob(id: string, signal: AbortSignal): Promise<JobView> {
  return get<JobView>(`/jobs/${encodeURIComponent(id)}`, signal);
}

export function getDecisions(id: string, signal: AbortSignal): Promise<DecisionsView> {
  return get<DecisionsView>(`/jobs/${encodeURIComponent(id)}/decisions`, signal);
}

export function getJobEvents(
  id: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<EventPage> {
  const search = query({ job: id, limit: 100, order: "oldest", cursor: cursor ?? undefined });
  return get<EventPage>(`/audit/events${search}`, signal);
}

/** Why a hold came back to the reviewers the last time, if it ever did. */
export function getLastReturn(id: string, signal: AbortSignal): Promise<EventPage> {
  const search = query({ job: id, type: "job.returned", limit: 1, order: "newest" });
  return get<EventPage>(`/audit/events${search}`, signal);
}

export function getProposals(cursor: string | null, signal: AbortSignal): Promise<EventPage> {
  const search = { type: "job.proposed", order: "newest", limit: pageSize };
  return get<EventPage>(
    `/audit/events${query({ ...search, cursor: cursor ?? undefined })}`,
    signal,
  );
}

export function getPolicy(signal: AbortSignal): Promise<PolicyView> {
  return get<PolicyView>("/policies/active", signal);
}

/** An action with the policy text, history and time that it should be decided by. */
export function explain(question: {
  readonly action: unknown;
  readonly source?: string;
  readonly facts?: unknown;
  readonly now?: string;
}): Promise<ExplainView> {
  return post<ExplainView>("/policies/explain", question);
}

export function getDemo(signal: AbortSignal): Promise<DemoView> {
  return get<DemoView>("/demo", signal);
}

export function startDemo(): Promise<DemoView> {
  return post<DemoView>("/demo/start");
}

export type ReviewVerb = "approve" | "reject" | "modify" | "comment";

export function review(id: string, verb: ReviewVerb, body: unknown): Promise<ReviewAnswer> {
  return post<ReviewAnswer>(`/approvals/${encodeURIComponent(id)}/${verb}`, body);
}

/** How an execution ended of which no outcome came. */
export function settleJob(
  id: string,
  status: "SUCCEEDED" | "FAILED",
  reason: string,
): Promise<JobView> {
  return post<JobView>(`/jobs/${encodeURIComponent(id)}/settle`, { status, reason });
}

export function previewModify(id: string, body: unknown): Promise<ExplainView> {
  return post<ExplainView>(`/approvals/${encodeURIComponent(id)}/modify?preview=true`, body);
}

/** The frozen lists (`inbox`, `activity`) are never refetched behind a reader's back; their heads are. */
export function refreshFor(client: QueryClient, events: readonly EventView[]): void {
  const stale = (queryKey: readonly unknown[]): void => void client.invalidateQueries({ queryKey });
  stale(["inbox-head"]);
  if (events.some((event) => event.type === "job.proposed")) stale(keys.activityHead);
  if (events.some((event) => event.type.startsWith("policy."))) {
    stale(keys.policy);
    stale(policyKeys.all);
  }
  if (events.some((event) => event.type.startsWith("tools."))) stale(policyKeys.tools);
  if (events.some((event) => /^(governance|finding|incident|takeover)\./.test(event.type))) {
    stale(oversightKeys.all);
  }
  if (events.some((event) => /^(people|notice|hold)\./.test(event.type))) stale(selfKey);
  // Who is in a group is said by policy and people document; what people were told is their load.
  if (events.some((event) => /^(people|identity|notice|policy\.activated)/.test(event.type))) {
    stale(peopleKeys.all);
  }
  if (events.some((event) => event.type.startsWith("notice."))) stale(channelKeys.all);
  // What waits of an agent and for whom a run waits, jobs say; a claim by a worker is no event.
  if (events.some((event) => /^(agent|key|job)\./.test(event.type))) stale(agentKeys.all);
  if (events.some((event) => /^(run|checkpoint|job)\./.test(event.type))) stale(runKeys.all);
  stale(keys.demo);
  for (const id of new Set(events.map((event) => event.job_id))) {
    if (id !== null) refreshJob(client, id);
  }
}

export function refreshJob(client: QueryClient, id: string): void {
  for (const queryKey of [keys.card(id), keys.job(id), keys.decisions(id), keys.jobEvents(id)]) {
    void client.invalidateQueries({ queryKey });
  }
}

export function refreshAll(client: QueryClient): void {
  void client.invalidateQueries({
    predicate: ({ queryKey }) => queryKey[0] !== "inbox" && queryKey[0] !== "activity",
  });
}
