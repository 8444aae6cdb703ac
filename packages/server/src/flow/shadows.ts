// Asks a shadow policy what it would have decided, after the answer went out, with a budget of its own.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Digest } from "@holdpoint/core/base/digest";
import { shadowQueueMax } from "@holdpoint/core/base/limits";
import type { Job } from "@holdpoint/core/job/job";
import { publisher } from "@holdpoint/core/policy/publish";
import type { ShadowVerdict } from "../storage/policy-life.ts";
import type { Store } from "../storage/store.ts";
import type { Telemetry } from "../telemetry/events.ts";
import type { LoadedPolicy, PolicyBook } from "./policy-book.ts";

interface Running {
  readonly id: string;
  readonly digest: Digest;
}

interface Waiting {
  readonly tenant: string;
  /** As it was decided: with its facts, its decision, and the time of both. */
  readonly job: Job;
}

interface Parts {
  readonly store: Store;
  readonly policies: PolicyBook;
  readonly telemetry: Telemetry;
}

/** Decisions of this span are looked at together, well after their answers were sent. */
const gatherMs = 25;
/** Evaluations between two looks at what else the process has to do. */
const sliceSize = 10;
const batchSize = 200;
const reasonCharacters = 500;

/**
 * INVARIANT: nothing here is waited for by a verb, and nothing here can throw into one. What waits
 * is in memory only: a crash loses it, and a flood leaves some out, which is counted.
 */
export class Shadows {
  readonly #parts: Parts;
  /** Null when the tenant has none; absent when it was not asked yet. */
  readonly #running = new Map<string, Promise<Running | null>>();
  readonly #idle = new Set<string>();
  readonly #leftOut = new Map<string, number>();
  readonly #queue: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | null = null;
  #isRunning = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Decisions are looked at from now on; like the workers, only in a process that serves. */
  start(): void {
    this.#isRunning = true;
  }

  /** A decision was made and written. Costs a look into a set when there is no shadow. */
  offer(job: Job): void {
    const { tenant } = job;
    if (!this.#isRunning || this.#idle.has(tenant) || job.action.actor.agent === publisher) return;
    if (this.#queue.length >= shadowQueueMax) {
      this.#leftOut.set(tenant, this.leftOut(tenant) + 1);
      return;
    }
    this.#queue.push({ tenant, job });
    if (this.#work === null && this.#timer === undefined) this.#schedule();
  }

  /** Decisions of a tenant that this process left out since its shadow began. */
  leftOut(tenant: string): number {
    return this.#leftOut.get(tenant) ?? 0;
  }

  /** A shadow began or ended, here or elsewhere. */
  forget(tenant: string): void {
    this.#running.delete(tenant);
    this.#idle.delete(tenant);
  }

  forgetAll(): void {
    this.#running.clear();
    this.#idle.clear();
  }

  /** Resolves once what was offered is written, or found not to be wanted. */
  async settled(): Promise<void> {
    while (this.#queue.length > 0 || this.#work !== null) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#start();
      await this.#work;
    }
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.settled();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#start();
    }, gatherMs);
    this.#timer.unref();
  }

  #start(): void {
    this.#work ??= this.#run().finally(() => {
      this.#work = null;
      if (this.#queue.length > 0 && this.#timer === undefined) this.#schedule();
    });
  }

  async #run(): Promise<void> {
    const batch = this.#queue.splice(0, batchSize);
    for (const tenant of new Set(batch.map((one) => one.tenant))) {
      const jobs = batch.filter((one) => one.tenant === tenant).map((one) => one.job);
      try {
        await this.#look(tenant, jobs);
      } catch (error) {
        this.#running.delete(tenant);
        this.#parts.telemetry.workFailed("shadow policy", error);
      }
    }
  }

  async #look(tenant: string, jobs: readonly Job[]): Promise<void> {
    const shadow = await this.#find(tenant);
    if (shadow === null) return;
    const policy = await this.#parts.policies.inPlace(tenant, shadow.digest);
    const verdicts: ShadowVerdict[] = [];
    for (const job of jobs) {
      if (verdicts.length % sliceSize === sliceSize - 1) await nextTurn();
      verdicts.push(verdictOn(policy, job));
    }
    await this.#parts.store.addVerdicts(tenant, shadow.id, verdicts);
  }

  async #find(tenant: string): Promise<Running | null> {
    const known = this.#running.get(tenant) ?? this.#read(tenant);
    this.#running.set(tenant, known);
    const shadow = await known;
    // Only what was asked since the last change counts.
    if (shadow === null && this.#running.get(tenant) === known) this.#idle.add(tenant);
    return shadow;
  }

  async #read(tenant: string): Promise<Running | null> {
    const shadow = await this.#parts.store.lastShadow(tenant);
    if (shadow === null || shadow.endedAt !== null) return null;
    return { id: shadow.id, digest: shadow.digest as Digest };
  }
}

function verdictOn(policy: LoadedPolicy, job: Job): ShadowVerdict {
  const { facts, createdAt: now } = job;
  const basis = { facts, now };
  const { decision } = policy.rule(job.tenant, job, basis);
  const isUnknown =
    (policy.needsHistory && facts.history === null) ||
    policy
      .velocityChecks(job.tenant, job, basis)
      .some(({ key }) => !Object.hasOwn(facts.velocity, key));
  return {
    jobId: job.id,
    topic: job.action.topic,
    agent: job.action.actor.agent,
    liveKind: job.decision.kind,
    liveRule: job.decision.ruleId,
    shadowKind: decision.kind,
    shadowRule: decision.ruleId,
    shadowReason: decision.reason.slice(0, reasonCharacters),
    isError: isUnknown,
    at: now,
  };
}
