// The form of every verb on a job: read, decide purely, write if unchanged with its record, tell who waits.

import { digestOf } from "@holdpoint/core/base/digest";
import type { Json } from "@holdpoint/core/base/json/value";
import type { Refusal, Result } from "@holdpoint/core/base/result";
import { entryOf, errorOf, HoldpointError } from "@holdpoint/core/error/error";
import type { Change } from "@holdpoint/core/job/change";
import type { Job, JobFile } from "@holdpoint/core/job/job";
import { type Command, transition } from "@holdpoint/core/job/transition";
import type { EventActor } from "@holdpoint/core/record/event";
import type { AnswerToStore, FoundJob } from "../storage/store.ts";
import { haltOf, requireLiveKey } from "./agent-standing.ts";
import { type Beside, commitChange, nothingMore } from "./commit-change.ts";
import type { Context } from "./context.ts";
import type { LoadedPolicy } from "./policy-book.ts";
import { refusedAttempt } from "./refused-attempt.ts";

/** Names a request so that its repetition gets the first answer. */
export interface RequestKey {
  readonly key: string;
  readonly hash: string;
}

export interface JobVerb<T> {
  readonly jobId: string;
  readonly name: string;
  readonly by: EventActor;
  readonly requestKey: RequestKey | null;
  /** True when the change holds only under the policy that it was decided by. */
  readonly isPolicyBound: boolean;
  /** True when the change leads to an act: it is written only while the agent of the job may act. */
  readonly isAgentBound?: boolean;
  /** True when it is written only while the caller's key is live, whatever was seen of it a moment ago. */
  readonly isKeyBound?: boolean;
  command(found: FoundJob, policy: LoadedPolicy): Planned | Promise<Planned>;
  /** What the caller is told; stored with the change when the request has a key. */
  answer(file: JobFile, change: Change, policy: LoadedPolicy): Promise<T>;
}

/** `beside`: what is written in the commit of the change beyond the job and what is always told. */
export type Planned = Result<{
  command: Command;
  beside?: ((change: Change) => Beside) | undefined;
}>;

/** What stands beside a job is not known from memory, and no verb looks at it. */
const nothingBeside = { remediatedBy: null, replacedBy: null, takeover: null };

/** Races that are read and decided again; past it the caller is asked to. */
const attemptsMax = 12;

export async function changeJob<T>(ctx: Context, verb: JobVerb<T>): Promise<T> {
  const fromMemory = await tryFromMemory(ctx, verb);
  if (fromMemory !== null) return fromMemory.value;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const found = await ctx.store.findJob(ctx.caller.tenant, verb.jobId, subjectOf(ctx, verb));
    if (found === null) throw notFound(verb.jobId);
    const earlier = answeredBefore<T>(verb, found);
    if (earlier !== null) return earlier;
    const policy = await activeOf(ctx, found);
    const result = await decide(verb, found, policy);
    if (!result.ok) {
      throw await refusedAttempt(ctx, errorOf(result), {
        verb: verb.name,
        by: verb.by,
        job: found.file.job,
      });
    }
    const answer = await tryToWrite(ctx, verb, { ...result, found, policy });
    if (answer !== null) return answer.value;
  }
  throw new HoldpointError("approval_retryable_lock", {
    message: "the job changed under this call again and again; read it and try again",
  });
}

/**
 * Decides from what this process wrote last. Only a change that is written counts: a refusal, a
 * repetition, a lost race or a key that was used before all go on to read the job.
 */
async function tryFromMemory<T>(ctx: Context, verb: JobVerb<T>): Promise<{ value: T } | null> {
  const { tenant } = ctx.caller;
  const file = ctx.hub.recent(tenant, verb.jobId);
  if (file === null) return null;
  const policy = await ctx.policies.active(tenant, file.job.action.actor.agent);
  const found: FoundJob = { ...nothingBeside, file, activeBundle: policy.bundle, answer: null };
  const result = await decide(verb, found, policy);
  if (!result.ok || result.change.facts.length === 0) return null;
  const written = await tryToWrite(ctx, verb, { ...result, found, policy });
  if (written === null) ctx.hub.forget(tenant, verb.jobId);
  return written;
}

async function decide<T>(
  verb: JobVerb<T>,
  found: FoundJob,
  policy: LoadedPolicy,
): Promise<Result<{ change: Change; beside: Beside }>> {
  const planned = await verb.command(found, policy);
  if (!planned.ok) return planned;
  const result = transition(found.file, planned.command);
  if (!result.ok) return result;
  return { ...result, beside: planned.beside?.(result.change) ?? nothingMore };
}

interface Attempt {
  readonly found: FoundJob;
  readonly policy: LoadedPolicy;
  readonly change: Change;
  readonly beside: Beside;
}

/** Null when another change was first. */
async function tryToWrite<T>(
  ctx: Context,
  verb: JobVerb<T>,
  attempt: Attempt,
): Promise<{ value: T } | null> {
  const { change, found, policy } = attempt;
  const { tenant } = ctx.caller;
  const file = fileAfter(found.file, change);
  if (change.facts.length === 0) return { value: await verb.answer(file, change, policy) };
  const value = change.answer === null ? await verb.answer(file, change, policy) : null;
  const result = await commitChange(ctx, file, change, {
    before: found.file.job,
    expected: found.file.job.revision,
    bundle: verb.isPolicyBound ? policy.bundle : null,
    agent: verb.isAgentBound === true ? found.file.job.action.actor.agent : null,
    credential: verb.isKeyBound === true ? ctx.caller.keyId : null,
    beside: attempt.beside,
    answer: answerToStore(ctx, verb, change.answer ?? { ok: true, value }),
  });
  if (result === "lost") {
    ctx.policies.forget(tenant);
    if (verb.isAgentBound === true) await refuseHalted(ctx, verb, found.file.job);
    if (verb.isKeyBound === true) await requireLiveKey(ctx);
    return null;
  }
  if (change.answer !== null) throw errorOf(change.answer);
  return { value: value as T };
}

/** INVARIANT: a pause that was answered wins over everything before it (spec 01, invariant 6). */
async function refuseHalted<T>(ctx: Context, verb: JobVerb<T>, job: Job): Promise<void> {
  const halt = await haltOf(ctx, ctx.caller.tenant, job.action.actor.agent);
  if (halt !== null) throw await refusedAttempt(ctx, halt, { verb: verb.name, by: verb.by, job });
}

export function notFound(jobId: string): HoldpointError {
  return new HoldpointError("job_not_found", { message: `no job \`${jobId}\`` });
}

function fileAfter(file: JobFile, change: Change): JobFile {
  const isNew = change.review !== null && change.facts.length > 0;
  const reviews = isNew && change.review !== null ? [...file.reviews, change.review] : file.reviews;
  return { job: change.job, reviews };
}

async function activeOf(ctx: Context, found: FoundJob): Promise<LoadedPolicy> {
  const { tenant } = ctx.caller;
  const { agent } = found.file.job.action.actor;
  return found.activeBundle === null
    ? ctx.policies.active(tenant, agent)
    : ctx.policies.get(tenant, found.activeBundle, agent);
}

function subjectOf<T>(
  ctx: Context,
  verb: JobVerb<T>,
): { subject: string; key: string } | undefined {
  if (verb.requestKey === null) return undefined;
  return { subject: subjectName(ctx, verb.by), key: verb.requestKey.key };
}

function subjectName(ctx: Context, by: EventActor): string {
  return ctx.caller.keyId ?? `${by.kind}:${by.id}`;
}

function answeredBefore<T>(verb: JobVerb<T>, found: FoundJob): T | null {
  if (verb.requestKey === null || found.answer === null) return null;
  if (found.answer.requestHash !== verb.requestKey.hash) {
    throw new HoldpointError("idempotency_mismatch", {
      message: "the Idempotency-Key was used for another request; choose a new one",
    });
  }
  const told: unknown = JSON.parse(found.answer.answer);
  if (found.answer.status >= 400) throw errorOf(told as Refusal);
  return told as T;
}

/** A refusal that came with a change is an answer too: a repeat of the request is not a second try. */
function answerToStore<T>(
  ctx: Context,
  verb: JobVerb<T>,
  told: Result<{ value: T | null }>,
): AnswerToStore | null {
  if (verb.requestKey === null) return null;
  return {
    subject: subjectName(ctx, verb.by),
    key: verb.requestKey.key,
    requestHash: verb.requestKey.hash,
    status: told.ok ? 200 : entryOf(told.code).status,
    answer: JSON.stringify(told.ok ? told.value : told),
    createdAt: ctx.clock.now(),
  };
}

/** Key of a repeatable request: the header, over what was asked. */
export function requestKeyOf(header: string | null, name: string, body: Json): RequestKey | null {
  return header === null ? null : { key: header, hash: digestOf("request", { name, body }) };
}
