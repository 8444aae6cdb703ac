// How an execution ended, as its executor tells it.

import type { Effect } from "../action/action.ts";

export interface Report {
  readonly status: "SUCCEEDED" | "FAILED";
  readonly executionId?: string;
  readonly summary?: string;
  readonly outputDigest?: string;
  readonly effect?: Effect | null;
}
