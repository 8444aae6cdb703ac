// What storage keeps of agents' saved state: checkpoints by thread, and what was written beside them.

import type { SealedEvent } from "@holdpoint/core/record/event";

export interface ThreadPlace {
  readonly agent: string;
  readonly thread: string;
}

export interface CheckpointPlace extends ThreadPlace {
  /** Empty for the graph itself; part graphs have names. */
  readonly namespace: string;
  readonly id: string;
}

export interface CheckpointHead extends CheckpointPlace {
  readonly run: string | null;
  readonly parent: string | null;
  readonly step: number | null;
  readonly codec: string;
  /** Of the plain state. */
  readonly bytes: number;
  /** SHA-256 of the plain state, with its prefix. */
  readonly digest: string;
  /** JSON text of the place that it was copied from. */
  readonly forkedFrom: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface CheckpointRow extends CheckpointHead {
  readonly sealed: Uint8Array;
}

export interface FoundCheckpoint {
  readonly head: CheckpointHead;
  /** Position in the order of saving. */
  readonly seq: number;
  /** Resumptions that have not ended and go on from it. */
  readonly resumptions: readonly string[];
}

export interface OpenedRow extends FoundCheckpoint {
  readonly sealed: Uint8Array;
}

export interface CheckpointWriteRow {
  readonly place: CheckpointPlace;
  readonly task: string;
  /** From 0 on the first write stays; below 0 the last one does. */
  readonly index: number;
  readonly taskPath: string;
  readonly channel: string;
  readonly codec: string;
  readonly sealed: Uint8Array;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** `same`: it was there already; `other`: the id is taken by another state; `bound`: a run goes on from it. */
export type KeepOutcome = "kept" | "replaced" | "same" | "other" | "bound";

export interface KeptCheckpoint {
  readonly outcome: KeepOutcome;
  readonly found: FoundCheckpoint;
}

export interface CheckpointFilter extends ThreadPlace {
  /** Null for all. */
  readonly namespace: string | null;
  /** Sequence number before which the page starts; null for the newest. */
  readonly before: number | null;
  readonly limit: number;
}

export interface CheckpointPage {
  /** Newest first. */
  readonly items: readonly FoundCheckpoint[];
  readonly nextBefore: number | null;
}

export interface ThreadHead extends ThreadPlace {
  readonly checkpoints: number;
  readonly bytes: number;
  readonly savedAt: number;
}

export interface ThreadFilter {
  readonly agent: string;
  /** Name after which the page starts; null for the first page. */
  readonly after: string | null;
  readonly limit: number;
}

/** A copy with what was written beside it, and the event that says so. */
export interface CheckpointFork {
  readonly row: CheckpointRow;
  readonly writes: readonly CheckpointWriteRow[];
  readonly events: readonly SealedEvent[];
}

export type Removal = "removed" | "bound" | "missing";

export interface CheckpointStore {
  /** Keeps it; in the place of what has its id when `isReplacing` and no run goes on from that. */
  keepCheckpoint(tenant: string, row: CheckpointRow, isReplacing: boolean): Promise<KeptCheckpoint>;
  forkCheckpoint(tenant: string, fork: CheckpointFork): Promise<KeptCheckpoint>;
  findCheckpoint(tenant: string, place: CheckpointPlace): Promise<FoundCheckpoint | null>;
  latestCheckpoint(
    tenant: string,
    place: Omit<CheckpointPlace, "id">,
  ): Promise<FoundCheckpoint | null>;
  readCheckpoint(tenant: string, place: CheckpointPlace): Promise<OpenedRow | null>;
  listCheckpoints(tenant: string, filter: CheckpointFilter): Promise<CheckpointPage>;
  /** By name; one more than the limit when there are more. */
  listThreads(tenant: string, filter: ThreadFilter): Promise<readonly ThreadHead[]>;
  /** No two of the same task and index. */
  keepCheckpointWrites(tenant: string, rows: readonly CheckpointWriteRow[]): Promise<void>;
  /** Plain bytes and number of the writes beside a checkpoint, without those of these indexes of the task. */
  checkpointWritesSize(
    tenant: string,
    place: CheckpointPlace,
    but: { readonly task: string; readonly indexes: readonly number[] },
  ): Promise<{ readonly bytes: number; readonly count: number }>;
  checkpointWrites(tenant: string, place: CheckpointPlace): Promise<readonly CheckpointWriteRow[]>;
  removeCheckpoint(
    tenant: string,
    place: CheckpointPlace,
    events: readonly SealedEvent[],
  ): Promise<Removal>;
  /** All or, while a run goes on from one of them, nothing; answers how many. */
  removeThread(
    tenant: string,
    thread: ThreadPlace,
    events: readonly SealedEvent[],
  ): Promise<number | "bound">;
  /** Removes some of those whose time is over and that no run goes on from; answers how many. */
  forgetCheckpoints(tenant: string, now: number, limit: number): Promise<number>;
}
