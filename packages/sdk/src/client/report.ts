// How an execution ended, as its executor tells it.

import type { Effect, Json } from "../action/action.ts";

export interface Report {
  readonly status: "SUCCEEDED" | "FAILED";
  readonly executionId?: string;
  readonly summary?: string;
  readonly outputDigest?: string;
  readonly effect?: Effect | null;
  /**
   * What the execution gave: at most 1 MiB of JSON, 50,000 values, 64 levels. Kept sealed for a time, for repeats
   * of the call (`hp.output`). `null` is an output; leave it out to record none.
   */
  readonly output?: Json;
}
