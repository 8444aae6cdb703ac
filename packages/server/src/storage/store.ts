// What the verbs ask of storage. One implementation over any Database; tests may wrap it to make calls fail.

import type { Job, JobFile } from "@holdpoint/core/job/job";
import type { Review } from "@holdpoint/core/approval/review";
import type { SealedEvent } from "@holdpoint/core/record/event";
import type { JobState } from "@holdpoint/core/job/state";
import type { TakeoverHead } from "@holdpoint/core/wire/hold";
import type { AgentRecord } from "@holdpoint/core/agent/agent";
import type { AgentLook, AgentStore } from "./agents.ts";
import type { AgentNewsStore } from "./agent-news.ts";
import type { CheckpointStore } from "./checkpoints.ts";
import type { PeopleStore } from "./people.ts";
import type { HoldStore, Recollection } from "./holds.ts";
import type { IdentityStore } from "./identity.ts";
import type { DeliveryStore } from "./deliveries.ts";
import type { LocalStore } from "./local.ts";
import type { OutputRow, OutputStore } from "./outputs.ts";
import type { PolicyLifeStore } from "./policy-life.ts";
import type { ResumptionStore } from "./resumptions.ts";
import type { TaskRow, TaskStore } from "./tasks.ts";

/** One message to one channel, written with the change that it tells of. */
export interface OutboxMessage {
  readonly id: string;
  readonly jobId: string | null;
  /** `people` for a message that becomes one for each person and channel. */
  readonly channel: string;
  readonly kind: string;
  /** JSON text. */
  readonly body: string;
  /** Level of the hold whose people are told; null or absent when it is not about a level. */
  readonly level?: number | null;
  readonly dueAt: number;
}

export interface StoredAnswer {
  readonly requestHash: string;
  readonly status: number;
  /** JSON text. */
  readonly answer: string;
}

export interface AnswerToStore extends StoredAnswer {
  readonly subject: string;
  readonly key: string;
  readonly createdAt: number;
}

/** Everything that one verb writes, all or nothing. */
export interface Commit {
  /** Null when only facts are written. */
  readonly job: Job | null;
  /** The job as it was read: parts that are the very same are not written again. */
  readonly before?: Job | undefined;
  /** Revision that the job must still have; null for a new job. */
  readonly expected: number | null;
  /** Bundle that must still be active; null when it does not matter. */
  readonly bundle: string | null;
  /** Agent that must not be halted; absent or null when it does not matter. */
  readonly agent?: string | null;
  /** Key that must be neither revoked nor over; absent or null when it does not matter. */
  readonly credential?: string | null;
  /** What a new job was compared with; absent when nothing has to be remembered. */
  readonly memory?: Recollection | null;
  /** Counts that the change was decided by, each as it becomes by this change. */
  readonly velocity?: readonly VelocityStep[];
  readonly review: Review | null;
  readonly events: readonly SealedEvent[];
  readonly outbox: readonly OutboxMessage[];
  /** New tasks for people; a finding about a subject that has an open one is not written again. */
  readonly tasks?: readonly TaskRow[];
  readonly answer: AnswerToStore | null;
  /** What the execution gave whose outcome the change records. */
  readonly output?: OutputRow | null;
}

/** The newest hits of one key as they were read; nothing is known of a key that was never hit. */
export interface VelocityCount {
  readonly revision: number;
  /** Instants, oldest first. */
  readonly hits: readonly number[];
}

/** A count that must still have the revision `expected`, null when it is new, and what it becomes. */
export interface VelocityStep {
  readonly key: string;
  readonly expected: number | null;
  readonly hits: readonly number[];
  readonly expiresAt: number;
}

/** What is asked of the jobs that were written before. */
export interface HistoryQuestion {
  readonly agent: string;
  readonly topic: string;
  readonly resource: string | null;
  readonly now: number;
  /** Only what was proposed, and rejected, before; null looks at everything. */
  readonly before: number | null;
}

/** What the jobs before say of one agent and topic; counts stop at `historyCountMax`. */
export interface HistoryRecord {
  readonly isAgentKnown: boolean;
  readonly isTargetKnown: boolean;
  readonly countHour: number;
  readonly countDay: number;
  /** Newest first, at most `historyJobsMax`. */
  readonly recent: readonly HistoryJob[];
  /** When people last rejected one; null when never. */
  readonly rejectedAt: number | null;
}

export interface HistoryJob {
  readonly state: JobState;
  readonly updatedAt: number;
  /** Numeric parameters by path. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** `written`, or `lost`: another change was first, and nothing of this one was written. */
export type CommitResult = "written" | "lost";

export interface FoundJob {
  readonly file: JobFile;
  /** Name of the active bundle, read in the same statement; null before the first policy. */
  readonly activeBundle: string | null;
  /** The job that is its remediation; null when there is none. */
  readonly remediatedBy: string | null;
  /** The newest job in whose proposal the agent said that it stands for this one. */
  readonly replacedBy: string | null;
  /** The task for people that its rejection opened. */
  readonly takeover: TakeoverHead | null;
  readonly answer: StoredAnswer | null;
}

export interface ApprovalFilter {
  readonly includeResolved: boolean;
  readonly state: JobState | null;
  readonly rule: string | null;
  readonly topic: string | null;
  readonly agent: string | null;
  readonly risk: string | null;
  readonly text: string | null;
  readonly isNewestFirst: boolean;
  readonly limit: number;
  /** Sequence number after which the page starts; null for the first page. */
  readonly after: number | null;
}

export interface JobPage {
  readonly jobs: readonly Job[];
  /** Of each, what `after` takes to go on behind it. */
  readonly positions: readonly number[];
  readonly nextAfter: number | null;
}

export interface StoredEvent {
  readonly seq: number;
  readonly txid: number;
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly jobId: string | null;
  readonly revision: number | null;
  readonly state: string | null;
  readonly actorKind: string;
  readonly actorId: string;
  readonly leaf: string;
  /** JSON text; null once erased. */
  readonly payload: string | null;
}

/** Position in commit order. */
export interface EventPosition {
  readonly txid: number;
  readonly seq: number;
}

export interface Followed {
  readonly events: readonly StoredEvent[];
  /** Further events are written, and wait for an older transaction that is still under way. */
  readonly isBehind: boolean;
}

export interface EventFilter {
  readonly jobId: string | null;
  readonly type: string | null;
  readonly isNewestFirst: boolean;
  readonly limit: number;
  readonly after: EventPosition | null;
}

export interface PolicyRecord {
  readonly digest: string;
  readonly source: string;
  /** Canonical JSON text of the parsed policy. */
  readonly policy: string;
  readonly author: string;
  readonly message: string | null;
  readonly rules: number;
  readonly createdAt: number;
}

export interface ToolsRecord {
  readonly digest: string;
  /** Canonical JSON text of the registry. */
  readonly registry: string;
  readonly author: string;
  readonly createdAt: number;
}

export interface ActivePolicy {
  readonly digest: string;
  readonly bundle: string;
  readonly revision: number;
}

export interface KeyRecord {
  readonly id: string;
  readonly secretHash: string;
  readonly kind: "agent" | "person" | "enforcement_point";
  readonly subject: string;
  readonly name: string | null;
  readonly owner: string | null;
  readonly createdBy: string | null;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
  readonly person: {
    readonly id: string;
    readonly email: string | null;
    readonly name: string | null;
  } | null;
  /** The agent that the key is for, when it is registered; only where a secret was looked up. */
  readonly registered?: AgentLook;
}

/** How the agent of a new key begins when it is not registered. */
export interface KeyRegistration {
  readonly agent: AgentRecord;
  readonly event: SealedEvent;
}

export interface SigningKeyRecord {
  readonly kid: string;
  readonly privateJwk: string;
  readonly publicJwk: string;
  readonly createdAt: number;
  readonly retiredAt: number | null;
}

export interface Store
  extends
    AgentStore,
    AgentNewsStore,
    CheckpointStore,
    HoldStore,
    PeopleStore,
    PolicyLifeStore,
    TaskStore,
    IdentityStore,
    DeliveryStore,
    LocalStore,
    ResumptionStore,
    OutputStore {
  /** Writes one change, perhaps together with other callers' changes in one flush. */
  commit(tenant: string, change: Commit): Promise<CommitResult>;

  findJob(
    tenant: string,
    id: string,
    answer?: { subject: string; key: string },
  ): Promise<FoundJob | null>;
  findJobByKey(tenant: string, agent: string, key: string): Promise<FoundJob | null>;
  listApprovals(tenant: string, filter: ApprovalFilter): Promise<JobPage>;
  /** Holds that wait, counted up to `max`. */
  countPending(tenant: string, max: number): Promise<number>;
  /** Holds of the same topic that no longer wait, newest first. */
  findSimilar(tenant: string, job: Job, limit: number): Promise<readonly Job[]>;
  /** Jobs whose time has come, those that were due first at first. */
  dueFiles(tenant: string, now: number, limit: number): Promise<readonly JobFile[]>;
  /** The earliest deadline, or the earliest after an instant; null when there is none. */
  nextDueAt(tenant: string, after?: number | null): Promise<number | null>;

  listEvents(tenant: string, filter: EventFilter): Promise<readonly StoredEvent[]>;
  /** Events in commit order after a position, none of which an earlier one can still overtake. */
  followEvents(tenant: string, after: EventPosition, limit: number): Promise<Followed>;
  lastPosition(tenant: string): Promise<EventPosition | null>;

  /** How the agent, topic and target of an action looked before it. */
  readHistory(tenant: string, question: HistoryQuestion): Promise<HistoryRecord>;
  velocityCounts(
    tenant: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, VelocityCount>>;
  forgetVelocity(tenant: string, now: number): Promise<void>;

  activePolicy(tenant: string): Promise<ActivePolicy | null>;
  findPolicy(tenant: string, digest: string): Promise<PolicyRecord | null>;
  listPolicies(tenant: string, limit: number): Promise<readonly PolicyRecord[]>;
  /** Stores and activates; false when `replaces` is not the active one. */
  activatePolicy(
    tenant: string,
    policy: PolicyRecord,
    replaces: string | null,
    event: SealedEvent,
  ): Promise<boolean>;
  findTools(tenant: string, digest: string): Promise<ToolsRecord | null>;
  /** Stores the registry, null for an empty one, and activates it; false when `replaces` is not the active bundle. */
  activateTools(
    tenant: string,
    tools: ToolsRecord | null,
    replaces: string,
    event: SealedEvent,
  ): Promise<boolean>;

  findKey(tenant: string, secretHash: string): Promise<KeyRecord | null>;
  listKeys(tenant: string): Promise<readonly KeyRecord[]>;
  /** Registers the agent of the key with it if nobody did before; `killed`: it was killed, and nothing is written. */
  addKey(
    tenant: string,
    key: KeyRecord,
    event: SealedEvent,
    registration?: KeyRegistration | null,
  ): Promise<"written" | "killed">;
  revokeKey(tenant: string, id: string, now: number, event: SealedEvent): Promise<KeyRecord | null>;
  touchKey(tenant: string, id: string, now: number): Promise<void>;
  findPerson(
    tenant: string,
    name: string,
  ): Promise<{ id: string; email: string | null; name: string | null } | null>;

  signingKeys(tenant: string): Promise<readonly SigningKeyRecord[]>;
  addSigningKey(tenant: string, key: SigningKeyRecord): Promise<void>;

  tenants(): Promise<readonly string[]>;
  ensureTenant(tenant: string, now: number): Promise<void>;
  forgetAnswers(tenant: string, before: number): Promise<void>;
  /** Calls back with the payload of each notice; an empty one means that some may be lost. */
  listen(listener: (payload: string) => void): Promise<() => Promise<void>>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
