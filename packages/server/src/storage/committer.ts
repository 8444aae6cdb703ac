// The group committer: changes that arrive while a flush is on its way share the next one.

import { HoldpointError } from "@holdpoint/core/error/error";
import { flushBytesMax, flushQueueMax, flushSizeMax } from "@holdpoint/core/base/limits";
import { type CommitJob, type CommitRows, commitStatement } from "./commit-statement.ts";
import { type Database, isRetryable, wasRolledBack } from "./database.ts";
import { inputOfJob } from "./job-row.ts";
import { Notices } from "./notices.ts";
import { agentToTell, inputOfRuns } from "./run-step.ts";
import { inputOfOutput } from "./outputs-store.ts";
import type { Commit, CommitResult } from "./store.ts";
import { inputOfTask } from "./task-row.ts";

interface Waiting {
  readonly change: Commit;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
}

/** The queue of one tenant; a flush never mixes tenants. */
export class Committer {
  readonly #database: Database;
  readonly #tenant: string;
  readonly #queue: Waiting[] = [];
  /** INVARIANT: a job, and a count, is in at most one flush at a time: no statement meets itself. */
  readonly #busy = new Set<string>();
  readonly #notices: Notices;
  #flights = 0;
  #isStarting = false;

  /** `origin` names this process in its notices. */
  constructor(database: Database, tenant: string, origin: string) {
    this.#database = database;
    this.#tenant = tenant;
    this.#notices = new Notices(database, tenant, origin);
  }

  close(): void {
    this.#notices.close();
  }

  commit(change: Commit): Promise<CommitResult> {
    if (this.#queue.length >= flushQueueMax) {
      return Promise.reject(
        new HoldpointError("queue_full", {
          message: `${flushQueueMax} writes wait already; try again`,
        }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ change, resolve, reject });
      this.#startSoon();
    });
  }

  /** What is handed over in one go travels in one flush, in its order. */
  #startSoon(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    queueMicrotask(() => {
      this.#isStarting = false;
      this.#start();
    });
  }

  #start(): void {
    while (this.#flights < this.#database.flushesMax && this.#queue.length > 0) {
      const batch = this.#take();
      if (batch.length === 0) return;
      this.#flights += 1;
      void this.#flush(batch).finally(() => {
        this.#flights -= 1;
        for (const { change } of batch) for (const name of namesOf(change)) this.#busy.delete(name);
        this.#start();
      });
    }
  }

  /** The oldest changes whose jobs and counts are free; the others keep their order. */
  #take(): Waiting[] {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    let bytes = 0;
    for (const waiting of this.#queue) {
      const names = namesOf(waiting.change);
      const isFree = names.every((name) => !this.#busy.has(name));
      const size = waiting.change.output?.sealed.byteLength ?? 0;
      const isFitting = batch.length === 0 || bytes + size <= flushBytesMax;
      if (batch.length < flushSizeMax && isFree && isFitting) {
        bytes += size;
        for (const name of names) this.#busy.add(name);
        batch.push(waiting);
      } else left.push(waiting);
    }
    this.#queue.splice(0, this.#queue.length, ...left);
    return batch;
  }

  async #flush(batch: readonly Waiting[]): Promise<void> {
    try {
      const written = await this.#write(batch);
      batch.forEach((waiting, at) => waiting.resolve(written.has(at) ? "written" : "lost"));
    } catch (error) {
      if (batch.length > 1 && wasRolledBack(error)) {
        // One change that the database refuses must not take its neighbours with it.
        for (const waiting of batch) await this.#flush([waiting]);
      } else if (isRetryable(error)) for (const waiting of batch) waiting.resolve("lost");
      else for (const waiting of batch) waiting.reject(error);
    }
  }

  async #write(batch: readonly Waiting[]): Promise<ReadonlySet<number>> {
    const changes = batch.map((waiting) => waiting.change);
    const changed = changes.flatMap((change) =>
      change.expected !== null && change.job !== null ? [change.job.id] : [],
    );
    const agents = changes.flatMap((change) => agentToTell(change) ?? []);
    const ride = changes.some(isUrgent) ? this.#notices.ride(changed, agents) : null;
    const rowsToWrite = { ...rowsOf(changes), notice: ride?.payload ?? "" };
    const { statement, values } = commitStatement(this.#tenant, rowsToWrite);
    let isSent = false;
    try {
      const rows = await this.#database.query<{ at: number }>(this.#tenant, statement, values);
      // A statement that wrote nothing sent nothing either.
      isSent = rows.length > 0;
      return new Set(rows.map((row) => row.at));
    } finally {
      // Told too after an error: the commit may have been written although its reply was lost.
      if (ride === null) this.#notices.owe(changed, agents);
      else ride.settle(isSent);
    }
  }
}

/** The rows that a change competes for, each by a name. */
function namesOf({ job, velocity }: Commit): readonly string[] {
  const ids = job === null ? [] : [job.id];
  if (velocity === undefined || velocity.length === 0) return ids;
  return [...ids, ...velocity.map(({ key }) => `velocity ${key}`)];
}

function rowsOf(changes: readonly Commit[]): Omit<CommitRows, "notice"> {
  const rows = {
    jobs: [] as CommitJob[],
    velocity: [] as VelocityRow[],
    reviews: [] as object[],
    events: [] as object[],
    outbox: [] as object[],
    tasks: [] as object[],
    runs: [] as object[],
    answers: [] as object[],
    outputs: [] as object[],
  };
  changes.forEach((change, at) => {
    const head = {
      at,
      expected: change.expected,
      bundle: change.bundle,
      acting: change.agent ?? undefined,
      credential: change.credential ?? undefined,
      memory_since: change.memory?.since,
      memory_known: change.memory?.known,
    };
    rows.jobs.push(change.job === null ? head : inputOfJob(head, change.job, change.before));
    for (const { expiresAt, ...step } of change.velocity ?? []) {
      rows.velocity.push({ at, ...step, expires_at: expiresAt });
    }
    if (change.review !== null && change.job !== null) rows.reviews.push(inputOfReview(at, change));
    for (const event of change.events) rows.events.push(inputOfEvent(at, event));
    for (const message of change.outbox) {
      rows.outbox.push({
        at,
        id: message.id,
        job_id: message.jobId,
        channel: message.channel,
        kind: message.kind,
        body: message.body,
        level: message.level ?? null,
        due_at: message.dueAt,
      });
    }
    if (change.output != null) rows.outputs.push(inputOfOutput(at, change.output));
    for (const task of change.tasks ?? []) rows.tasks.push(inputOfTask(at, task));
    rows.runs.push(...inputOfRuns(at, change));
    if (change.answer !== null) rows.answers.push(inputOfAnswer(at, change.answer));
  });
  rows.velocity.sort((a, b) => (a.key < b.key ? -1 : 1));
  return rows;
}

interface VelocityRow extends Record<string, unknown> {
  readonly at: number;
  readonly key: string;
}

/** Somebody may wait for it in another process: the hold that a waiter sleeps on has an answer. */
function isUrgent(change: Commit): boolean {
  return change.expected !== null && change.job !== null && change.outbox.length > 0;
}

function inputOfReview(at: number, change: Commit): Record<string, unknown> {
  const { review, job } = change;
  return {
    at,
    id: review?.id,
    job_id: job?.id,
    round: review?.round,
    job_hash: review?.jobHash,
    person: review?.person.id,
    person_record: JSON.stringify(review?.person),
    voted_for: review?.votedFor ?? null,
    kind: review?.kind,
    reason: review?.reason,
    code: review?.code,
    note: review?.note,
    made_at: review?.at,
  };
}

export function inputOfEvent(at: number, event: Commit["events"][number]): Record<string, unknown> {
  const { fact } = event;
  return {
    at,
    id: event.id,
    type: fact.type,
    made_at: fact.at,
    job_id: fact.jobId,
    revision: fact.revision,
    state: fact.after,
    actor_kind: fact.actor.kind,
    actor_id: fact.actor.id,
    leaf: event.leaf,
    commitment: event.commitment,
    salt: Buffer.from(event.salt).toString("hex"),
    payload: event.payloadText,
  };
}

function inputOfAnswer(at: number, answer: NonNullable<Commit["answer"]>): Record<string, unknown> {
  return {
    at,
    subject: answer.subject,
    key: answer.key,
    request_hash: answer.requestHash,
    status: answer.status,
    answer: answer.answer,
    created_at: answer.createdAt,
  };
}
