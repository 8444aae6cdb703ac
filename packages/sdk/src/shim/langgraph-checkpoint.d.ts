// The part of @langchain/langgraph-checkpoint that the saver stands on; a user's own copy replaces it.

declare module "@langchain/core/runnables" {
  /** Where the thread, the namespace and the checkpoint are named. */
  export interface RunnableConfig {
    // oxlint-disable-next-line typescript/no-explicit-any -- the framework's own type
    configurable?: Record<string, any>;
  }
}

declare module "@langchain/langgraph-checkpoint" {
  import type { RunnableConfig } from "@langchain/core/runnables";

  type ChannelVersion = number | string;
  export type ChannelVersions = Record<string, ChannelVersion>;
  export interface Checkpoint {
    v: number;
    id: string;
    ts: string;
    channel_values: Record<string, unknown>;
    channel_versions: ChannelVersions;
    versions_seen: Record<string, ChannelVersions>;
  }
  export interface CheckpointMetadata {
    source: "input" | "loop" | "update" | "fork";
    step: number;
    parents: Record<string, string>;
  }
  export type PendingWrite = [string, unknown];
  export type CheckpointPendingWrite = [string, ...PendingWrite];
  export interface CheckpointTuple {
    config: RunnableConfig;
    checkpoint: Checkpoint;
    metadata?: CheckpointMetadata;
    parentConfig?: RunnableConfig;
    pendingWrites?: CheckpointPendingWrite[];
  }
  export interface CheckpointListOptions {
    limit?: number;
    before?: RunnableConfig;
    // oxlint-disable-next-line typescript/no-explicit-any -- the framework's own type
    filter?: Record<string, any>;
  }
  export interface SerializerProtocol {
    // oxlint-disable-next-line typescript/no-explicit-any -- the framework's own type
    dumpsTyped(data: any): Promise<[string, Uint8Array]>;
    // oxlint-disable-next-line typescript/no-explicit-any -- the framework's own type
    loadsTyped(type: string, data: Uint8Array | string): Promise<any>;
  }
  export abstract class BaseCheckpointSaver {
    serde: SerializerProtocol;
    constructor(serde?: SerializerProtocol);
    getNextVersion(current: number | undefined): number;
  }
  export const TASKS: string;
  export const WRITES_IDX_MAP: Record<string, number>;
  export function getCheckpointId(config: RunnableConfig): string;
  export function maxChannelVersion(...versions: ChannelVersion[]): ChannelVersion;
}
