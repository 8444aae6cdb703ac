// The guard's door with local decisions before it: what is surely released runs at once, all else goes to the server.

import type { JobView, RedeemAnswer } from "@holdpoint/core/wire/response";
import type { Action } from "../action/action.ts";
import { HoldpointApiError } from "../client/error.ts";
import type { ProposalOptions, RequestOptions } from "../client/options.ts";
import type { Report } from "../client/report.ts";
import type { GuardDoor } from "../guard/door.ts";
import type { Decided, Decider } from "./decider.ts";
import { localGrant, localJob } from "./view.ts";

/** A decided action: until it begins it can still go to the server. */
interface Entry {
  readonly decided: Decided;
  readonly job: JobView;
  isBegun: boolean;
}

export class LocalDoor implements GuardDoor {
  readonly #local: { readonly decider: Decider | null };
  readonly #server: GuardDoor;
  readonly #entries = new Map<string, Entry>();

  constructor(local: { readonly decider: Decider | null }, server: GuardDoor) {
    this.#local = local;
    this.#server = server;
  }

  get known(): GuardDoor["known"] {
    return this.#server.known;
  }

  async propose(action: Action, options: ProposalOptions = {}): Promise<JobView> {
    options.signal?.throwIfAborted();
    const { decider } = this.#local;
    const decided = decider?.decide(action) ?? null;
    if (decider === null || decided === null) return this.#server.propose(action, options);
    const isBegun = options.redeem !== undefined;
    // Nobody has been told of it yet: what cannot be written down is the server's to decide.
    if (isBegun && !decider.begin(decided)) return this.#server.propose(action, options);
    const job = localJob(decided, isBegun);
    this.#entries.set(decided.id, { decided, job, isBegun });
    return job;
  }

  async job(jobId: string, options: RequestOptions = {}): Promise<JobView> {
    return this.#entries.get(jobId)?.job ?? this.#server.job(jobId, options);
  }

  waitOn(job: JobView, signal: AbortSignal | undefined): Promise<JobView> {
    return this.#server.waitOn(job, signal);
  }

  waitForEnd(job: JobView, signal: AbortSignal | undefined): Promise<JobView> {
    return this.#server.waitForEnd(job, signal);
  }

  freshGrant(jobId: string, options: RequestOptions = {}): Promise<JobView> {
    return this.#server.freshGrant(jobId, options);
  }

  behind(jobId: string, sending: () => Promise<void>): Promise<void> {
    return this.#server.behind(jobId, sending);
  }

  output(jobId: string, options: RequestOptions = {}): ReturnType<GuardDoor["output"]> {
    return this.#server.output(jobId, options);
  }

  /**
   * The last look before the act. INVARIANT: what runs is what was decided, and it is written down; else the server
   * decides about it, under the same id, and the guard goes on with the server's job.
   */
  async redeem(
    grant: JobView | string,
    action: Action,
    options: RequestOptions = {},
  ): Promise<RedeemAnswer["execution"]> {
    const id = typeof grant === "string" ? null : grant.job.id;
    const entry = id === null ? undefined : this.#entries.get(id);
    if (id === null || entry === undefined) return this.#server.redeem(grant, action, options);
    const { decided } = entry;
    if (
      !entry.isBegun &&
      isSame(decided.action, action) &&
      this.#local.decider?.begin(decided) === true
    ) {
      entry.isBegun = true;
      return executionOf(entry.job);
    }
    if (entry.isBegun) throw refused("grant_already_redeemed", "it has begun");
    this.#entries.delete(id);
    const { effect } = action;
    await this.#server.propose({ ...decided.action, effect: effect ?? null, jobId: id }, options);
    throw refused("grant_not_live", "the server decides about it");
  }

  async report(jobId: string, outcome: Report): Promise<JobView> {
    const entry = this.#entries.get(jobId);
    if (entry === undefined) return this.#server.report(jobId, outcome);
    this.#entries.delete(jobId);
    const { status, summary, outputDigest, effect } = outcome;
    this.#local.decider?.end({
      id: jobId,
      status,
      ...(summary !== undefined && { summary }),
      ...(outputDigest !== undefined && { output_digest: outputDigest }),
      ...(effect != null && { effect }),
    });
    entry.job.job = { ...entry.job.job, state: status };
    return entry.job;
  }
}

function executionOf({ job, updated_at: at }: JobView): RedeemAnswer["execution"] {
  return {
    id: localGrant,
    job_id: job.id,
    constraints: null,
    deadline_at: at,
    receipt: localGrant,
  };
}

/** The guard runs its own parameters; only what it previews anew may have become something else. */
function isSame(decided: Action, running: Action): boolean {
  const { effect: before, ...rest } = decided;
  const { effect: after } = running;
  const isSameEffect =
    (before?.rows ?? null) === (after?.rows ?? null) &&
    (before?.recipients ?? null) === (after?.recipients ?? null) &&
    (before?.diff ?? null) === (after?.diff ?? null);
  return (
    isSameEffect &&
    rest.params === running.params &&
    rest.topic === running.topic &&
    rest.target === running.target &&
    rest.cost === running.cost
  );
}

function refused(code: string, detail: string): HoldpointApiError {
  return new HoldpointApiError({
    type: "about:blank",
    title: "Not decided locally",
    status: 409,
    code,
    detail,
    retry: "request",
  });
}
