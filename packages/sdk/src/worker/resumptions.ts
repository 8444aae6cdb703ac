// Runs that were suspended, one call of the API each: for workers that are not `hp.worker`.

import type {
  ClaimedPage,
  ClaimedRun,
  ResumptionPage,
  ResumptionView,
} from "@holdpoint/core/wire/resumption";
import type { Duration } from "../action/action.ts";
import { invalidAnswer } from "../client/job.ts";
import type { RequestOptions } from "../client/options.ts";
import { call, type Transport } from "../client/transport.ts";
import { post } from "../client/verbs.ts";

export interface ClaimOptions extends RequestOptions {
  /** Names the process, for people who look. */
  readonly worker: string;
  /** Default: `["default"]`. */
  readonly queues?: readonly string[];
  /** Only runs of this thread. Default: of any. */
  readonly thread?: string;
  /** How long the run is this worker's without a sign of life: 5s to 15m. Default: 60s. */
  readonly lease?: Duration;
  /** Default: 1; at most 16. */
  readonly limit?: number;
  /** Seconds to wait for one, at most 50. Default: 0. */
  readonly timeoutS?: number;
}

export interface RunFilter extends RequestOptions {
  readonly state?: ResumptionView["state"];
  readonly thread?: string;
  /** Whose; for people. Default: the agent's own, or everybody's for people. */
  readonly agent?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

/** Beyond the time of the wait, for the way there and back. */
const SLACK_MS = 15_000;

/** `hp.resumptions`: what `hp.worker` does, step by step. */
export class Resumptions {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Takes up runs that can go on; empty when none became due in time. */
  async claim(options: ClaimOptions): Promise<readonly ClaimedRun[]> {
    const { worker, queues, thread, lease, limit, timeoutS = 0, signal } = options;
    const body = {
      worker,
      timeout: timeoutS,
      ...(queues !== undefined && { queues }),
      ...(thread !== undefined && { thread }),
      ...(lease !== undefined && { lease }),
      ...(limit !== undefined && { limit }),
    };
    // One attempt: the answer to a claim that was repeated in vain would be lost with its runs.
    const transport = { ...this.#transport, attemptsMax: 1 };
    const timeoutMs = timeoutS * 1_000 + SLACK_MS;
    const path = "/resumptions/claim";
    const answer = await call(transport, { method: "POST", path, body, signal, timeoutMs });
    const { items } = (answer ?? {}) as Partial<ClaimedPage>;
    if (Array.isArray(items)) return items;
    throw invalidAnswer("the answer to the claim has no runs");
  }

  /** Takes up one run, by whoever was told of it by a webhook. */
  async claimOne(
    id: string,
    options: Pick<ClaimOptions, "worker" | "lease" | "signal">,
  ): Promise<ClaimedRun> {
    const { signal, ...body } = options;
    const answer = await post(this.#transport, `${pathOf(id)}/claim`, body, { signal });
    const run = answer as ClaimedRun | null;
    if (typeof run?.resumption?.id === "string" && typeof run.fence === "number") return run;
    throw invalidAnswer("the answer to the claim is no run");
  }

  /** Keeps a claimed run for longer. Throws HoldpointApiError `resumption_lost` when it is another's. */
  extend(
    id: string,
    claim: { readonly fence: number; readonly lease?: Duration },
    options: RequestOptions = {},
  ): Promise<ResumptionView> {
    return this.#say(`${pathOf(id)}/extend`, claim, options);
  }

  /** The run has gone on with the answers that came with the claim. */
  complete(
    id: string,
    claim: { readonly fence: number; readonly summary?: string },
    options: RequestOptions = {},
  ): Promise<ResumptionView> {
    return this.#say(`${pathOf(id)}/complete`, claim, options);
  }

  /** The run could not go on; it is tried again, or given up when `isFinal`. */
  fail(
    id: string,
    claim: { readonly fence: number; readonly error: string; readonly isFinal?: boolean },
    options: RequestOptions = {},
  ): Promise<ResumptionView> {
    const { fence, error, isFinal = false } = claim;
    return this.#say(`${pathOf(id)}/fail`, { fence, error, is_final: isFinal }, options);
  }

  /** Takes a suspended run back; its calls stay as they are. */
  cancel(
    id: string,
    options: RequestOptions & { readonly reason?: string } = {},
  ): Promise<ResumptionView> {
    const { reason, ...rest } = options;
    return this.#say(`${pathOf(id)}/cancel`, reason === undefined ? {} : { reason }, rest);
  }

  /** Newest first. */
  async list(filter: RunFilter = {}): Promise<ResumptionPage> {
    const { signal, ...asked } = filter;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(asked)) {
      if (value !== undefined) query.set(name, String(value));
    }
    const path = `/resumptions?${query.toString()}`;
    const answer = await call(this.#transport, { method: "GET", path, signal });
    if (Array.isArray((answer as ResumptionPage | null)?.items)) return answer as ResumptionPage;
    throw invalidAnswer("the answer is no list of runs");
  }

  async read(id: string, { signal }: RequestOptions = {}): Promise<ResumptionView> {
    return readRun(await call(this.#transport, { method: "GET", path: pathOf(id), signal }));
  }

  async #say(path: string, body: object, options: RequestOptions): Promise<ResumptionView> {
    return readRun(await post(this.#transport, path, body, options));
  }
}

function pathOf(id: string): string {
  return `/resumptions/${encodeURIComponent(id)}`;
}

function readRun(value: unknown): ResumptionView {
  const view = value as ResumptionView | null;
  if (typeof view?.id === "string" && typeof view.state === "string") return view;
  throw invalidAnswer("the answer is no suspended run");
}
