// What storage keeps around an override and after a rejection: incidents, and the tasks that people have.

import type { Told } from "./policy-life.ts";

export type TaskKind = "takeover" | "governance" | "finding";
/** `closed` ends governance reviews and findings, `done` and `returned` end takeovers. */
export type TaskState = "open" | "claimed" | "done" | "returned" | "closed";

export interface TaskRow {
  readonly id: string;
  readonly kind: TaskKind;
  readonly state: TaskState;
  /** Grows by one with each change; the compare-and-set of every write. */
  readonly revision: number;
  readonly jobId: string | null;
  readonly ruleId: string | null;
  readonly agent: string | null;
  /** Of a takeover: who claimed it. Of a governance review: who overrode last. */
  readonly person: string | null;
  /** Of a finding: `person:…`, `rule:…` or `agent:…`; at most one of each is open. */
  readonly subject: string | null;
  /** JSON text. */
  readonly body: string;
  readonly dueAt: number | null;
  /** When the clocks look at it next; null when they need not. */
  readonly wakeAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface TaskFilter {
  readonly kind: TaskKind;
  readonly isOpenOnly: boolean;
  readonly limit: number;
  /** Sequence number after which the page starts; null for the first page. */
  readonly after: number | null;
}

export interface TaskPage {
  /** Newest first. */
  readonly tasks: readonly TaskRow[];
  readonly nextAfter: number | null;
}

/** Whose overrides are counted, and since when. */
export interface OverrideQuestion {
  /** `person:…`, `rule:…` or `agent:…`. */
  readonly subject: string;
  readonly since: number;
  readonly limit: number;
}

export interface IncidentRecord {
  readonly id: string;
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Id of a person. */
  readonly openedBy: string;
  readonly openedAt: number;
  readonly closedBy: string | null;
  readonly closedAt: number | null;
}

export interface TaskStore {
  findTask(tenant: string, id: string): Promise<TaskRow | null>;
  /** The newest task of that kind that a job has. */
  findTaskOfJob(tenant: string, jobId: string, kind: TaskKind): Promise<TaskRow | null>;
  listTasks(tenant: string, filter: TaskFilter): Promise<TaskPage>;
  /** False when the task is not at the expected revision any more; nothing is written then. */
  changeTask(tenant: string, task: TaskRow, expected: number, told: Told): Promise<boolean>;
  /** Tasks that the clocks have to look at, the earliest first. */
  dueTasks(tenant: string, now: number, limit: number): Promise<readonly TaskRow[]>;
  nextTaskAt(tenant: string): Promise<number | null>;
  /** Of these subjects, the findings that stand. */
  openFindings(tenant: string, subjects: readonly string[]): Promise<readonly TaskRow[]>;
  /** When a finding about the subject was closed last; null when never. */
  lastFindingClosedAt(tenant: string, subject: string): Promise<number | null>;
  /** Governance reviews of overrides of one subject, oldest first. */
  overridesOf(tenant: string, question: OverrideQuestion): Promise<readonly TaskRow[]>;
  /** Tasks of a kind that were opened in a period, oldest first; `to` is exclusive. */
  tasksBetween(
    tenant: string,
    period: { readonly kind: TaskKind; readonly from: number; readonly to: number },
    limit: number,
  ): Promise<readonly TaskRow[]>;

  /** False when the id is taken. */
  addIncident(tenant: string, incident: IncidentRecord, told: Told): Promise<boolean>;
  findIncident(tenant: string, id: string): Promise<IncidentRecord | null>;
  /** Open ones whose id begins like this. */
  openIncidentsLike(tenant: string, prefix: string): Promise<readonly IncidentRecord[]>;
  /** False when it is not open. */
  closeIncident(tenant: string, incident: IncidentRecord, told: Told): Promise<boolean>;
  /** Newest first. */
  listIncidents(
    tenant: string,
    filter: { readonly isOpenOnly: boolean; readonly limit: number },
  ): Promise<readonly IncidentRecord[]>;
}
