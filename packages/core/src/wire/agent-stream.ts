// What the stream of an agent tells: small events, each a name and an object; who is told reads what it needs.

import type { JobState } from "../job/state.ts";

/** A job of the agent is at this revision. */
export interface JobNews {
  readonly id: string;
  readonly state: JobState;
  readonly revision: number;
}

/** Who halted the agent: itself, or one above it. */
export interface HaltNews {
  readonly because: string | null;
}

/** Data of the events by their names. */
export interface AgentNewsData {
  readonly job: JobNews;
  /** Anything may have changed: read what you wait for. */
  readonly look: object;
  /** A run of the agent may be there to be taken up. */
  readonly "run.ready": object;
  readonly "agent.paused": HaltNews;
  readonly "agent.resumed": object;
  /** The last event. */
  readonly "agent.killed": object;
}
