// What this client has seen of the calls that it proposed, so that a framework that asks twice costs one request.

import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Json } from "@holdpoint/core/base/json/value";
import { isTerminal } from "@holdpoint/core/job/state";
import type { JobView } from "@holdpoint/core/wire/response";
import type { Action } from "../action/action.ts";
import { proposalOf } from "../action/wire.ts";

/** Calls of which something is known; the oldest are forgotten first. */
const CALLS_MAX = 1_000;
/** A call that was redeemed with its proposal, and is not made for so long, is not made any more. */
const UNUSED_MS = 60_000;

interface Known {
  readonly name: string;
  /** The proposal, in one form. */
  readonly text: string;
  /** Null while people are asked. */
  job: JobView | null;
  /** Reports that the call is not made; null when nothing was redeemed for it. */
  readonly unused: (() => void) | null;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * INVARIANT: what is given here was told by the server, about the very same proposal, and is looked at again by the
 * server before anything runs. What may be old in another way (people are still asked, it runs elsewhere) is not given.
 */
export class KnownCalls {
  readonly #byJob = new Map<string, Known>();
  readonly #byName = new Map<string, string>();
  #isHooked = false;

  /** The job of a call, as the server told it last; null: ask the server. */
  recall(action: Action): JobView | null {
    const name = nameOf(action);
    const known = name === null ? undefined : this.#byJob.get(this.#byName.get(name) ?? "");
    return known?.job != null && known.text === textOf(action) ? known.job : null;
  }

  /** `unused`: the proposal was redeemed too, and this reports that it is not run. */
  proposed(action: Action, job: JobView, unused: (() => void) | null): void {
    const name = nameOf(action);
    if (name === null) return;
    this.forget(job.job.id);
    const timer =
      unused === null ? undefined : setTimeout(() => this.#giveUp(job.job.id), UNUSED_MS);
    unref(timer);
    const lasting = unused !== null || isLasting(job) ? job : null;
    this.#byJob.set(job.job.id, { name, text: textOf(action), job: lasting, unused, timer });
    this.#byName.set(name, job.job.id);
    if (unused !== null) this.#hook();
    for (const oldest of this.#byJob.keys()) {
      if (this.#byJob.size <= CALLS_MAX) break;
      this.#giveUp(oldest);
    }
  }

  /** The job as it was told last, where that lasts; null: ask the server. */
  told(jobId: string): JobView | null {
    return this.#byJob.get(jobId)?.job ?? null;
  }

  /** A wait of this client has ended. */
  answered(job: JobView): void {
    const known = this.#byJob.get(job.job.id);
    if (known !== undefined && isLasting(job)) known.job = job;
  }

  /** It is being made, or has been. */
  forget(jobId: string): void {
    const known = this.#byJob.get(jobId);
    if (known === undefined) return;
    clearTimeout(known.timer);
    this.#byJob.delete(jobId);
    if (this.#byName.get(known.name) === jobId) this.#byName.delete(known.name);
  }

  #giveUp(jobId: string): void {
    const unused = this.#byJob.get(jobId)?.unused;
    this.forget(jobId);
    unused?.();
  }

  /** A process that ends by itself says first what it leaves undone. */
  #hook(): void {
    if (this.#isHooked || typeof process === "undefined") return;
    this.#isHooked = true;
    process.once?.("beforeExit", () => {
      this.#isHooked = false;
      for (const [jobId, { unused }] of [...this.#byJob]) if (unused !== null) this.#giveUp(jobId);
    });
  }
}

/** A state that a job does not leave, or a grant, which is looked at again when it is redeemed. */
function isLasting({ job, grant }: JobView): boolean {
  return isTerminal(job.state) || (job.state === "APPROVED" && grant?.token != null);
}

/** Null for a call without a name: nobody knows whether it is the same. */
function nameOf({ topic, agent }: Action): string | null {
  if (agent?.run == null || agent.call == null) return null;
  return JSON.stringify([topic, agent.run, agent.call]);
}

function textOf(action: Action): string {
  return canonicalJson(proposalOf(action) as Json);
}

/** Of Node: it keeps no process alive. */
function unref(timer: ReturnType<typeof setTimeout> | undefined): void {
  if (typeof timer === "object") timer.unref();
}
