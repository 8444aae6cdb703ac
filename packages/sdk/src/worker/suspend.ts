// Leaves a run to whoever takes it up: its calls, its state, and when it goes on.

import type { JobView } from "@holdpoint/core/wire/response";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import { base64Of } from "../client/base64.ts";
import type { Call } from "../client/transport.ts";

/** What suspending needs of the client. */
export interface SuspendClient {
  request(call: Call): Promise<unknown>;
}

export interface Suspension {
  /** Names the thread, and the run too where `run` is left out. */
  readonly thread: string;
  readonly run?: string | undefined;
  /** Every call that the run waits for; each once, however often it is named. */
  readonly jobs: readonly JobView[];
  readonly codec: string;
  readonly state: Uint8Array;
  readonly mode?: "each" | "all" | "first" | undefined;
  readonly queue?: string | undefined;
  /** Of a run that was claimed and stops again. */
  readonly after?: { readonly resumption: string; readonly fence: number } | undefined;
  readonly signal?: AbortSignal | undefined;
}

export async function suspendRun(
  hp: SuspendClient,
  { thread, run = thread, jobs, codec, state, mode, queue, after, signal }: Suspension,
): Promise<ResumptionView> {
  const body = {
    thread,
    run,
    jobs: [...new Set(jobs.map(({ job }) => job.id))],
    checkpoint: { codec, state: base64Of(state) },
    ...(mode !== undefined && { mode }),
    ...(queue !== undefined && { queue }),
    ...(after !== undefined && { after }),
  };
  const answer = await hp.request({ method: "POST", path: "/resumptions", body, signal });
  return answer as ResumptionView;
}
