// What storage knows of many jobs, agents and keys at once, for those who are told of them.

import type { AgentChain } from "@holdpoint/core/agent/agent";
import type { JobState } from "@holdpoint/core/job/state";

export interface JobHead {
  readonly id: string;
  readonly agent: string;
  readonly state: JobState;
  readonly revision: number;
}

export interface AgentNewsStore {
  /** Those of the jobs that are there. */
  jobHeads(tenant: string, ids: readonly string[]): Promise<readonly JobHead[]>;
  /** Of each agent that is registered, itself first. */
  agentChains(tenant: string, ids: readonly string[]): Promise<ReadonlyMap<string, AgentChain>>;
  /** When each key that is there ends, or ended. */
  keyEnds(tenant: string, ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
}
