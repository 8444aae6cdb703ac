// Changes what a hold is about: a reviewer's edit makes a new action, decided anew, whose votes start anew.

import { earlier } from "../base/clock.ts";
import { revisionsPerJobMax } from "../base/limits.ts";
import type { Digest } from "../base/digest.ts";
import { canonicalJson } from "../base/json/canonical.ts";
import type { Json, JsonObject } from "../base/json/value.ts";
import { refuse, type Result } from "../base/result.ts";
import type { Action } from "../action/action.ts";
import { jobHash, presentedHash } from "../action/hash.ts";
import { maskedTarget, maskObject } from "../action/mask.ts";
import type { Decision } from "../policy/decision.ts";
import { termsOf } from "../policy/terms.ts";
import { advance, type Change, decisionRecord, factOf, type FactParts } from "./change.ts";
import { countVote } from "./count-votes.ts";
import { personActor } from "./held.ts";
import type { Job, JobFile } from "./job.ts";
import { holdTimeout, planWatch } from "./plan.ts";
import { type Authorized, type ReviewCommand, voteRecord } from "./review-command.ts";
import { nextDueAt } from "./timers.ts";

export function modify(file: JobFile, authorized: Authorized): Result<{ change: Change }> {
  const { job } = file;
  const { command, authority } = authorized;
  const edit = readEdit(job, command);
  if (!edit.ok) return edit;
  const plan = planEdited(job, edit.action, command);
  const changed = editedJob(job, command, { ...edit, ...plan });
  const parts: FactParts = {
    type: "job.modified",
    at: command.now,
    actor: personActor(authority.person),
    payload: editRecord(authorized, edit.action),
  };
  const counted = countVote({ job: changed, reviews: file.reviews }, authorized);
  const revision = job.revision + 1;
  const isOpen = counted.job.state === "APPROVAL";
  const planned = isOpen ? plan.facts.map((fact) => factOf(job, changed, fact)) : [];
  return {
    ok: true,
    change: {
      ...counted,
      job: { ...counted.job, revision },
      facts: [
        factOf(job, changed, parts),
        ...counted.facts.map((one) => ({ ...one, revision })),
        ...planned,
      ],
      notice: counted.notice ?? "returned",
    },
  };
}

/** The edit, when it is one that can be made. */
function readEdit(
  job: Job,
  { edited, ruling }: ReviewCommand,
): Result<{ action: Action; hash: Digest }> {
  if (edited === null) {
    return refuse("request_invalid", "a modification carries the new parameters");
  }
  if (job.round >= revisionsPerJobMax) {
    return refuse(
      "review_limit",
      `a job is modified at most ${revisionsPerJobMax} times; propose anew`,
    );
  }
  if (ruling.decision.kind === "deny") {
    return refuse("modify_denied", `policy denies the edit: ${ruling.decision.reason}`, {
      facts: { rule: ruling.decision.ruleId },
    });
  }
  const hash = jobHash(job.tenant, edited);
  if (hash === job.jobHash) {
    return refuse("request_invalid", "the edit changes nothing; approve instead");
  }
  return { ok: true, action: edited, hash };
}

interface PlannedEdit extends Pick<Job, "watch" | "dueAt"> {
  readonly facts: readonly FactParts[];
}

/** INVARIANT: an edit never gives the hold more time than it had. */
function planEdited(job: Job, action: Action, command: ReviewCommand): PlannedEdit {
  const { ruling, now, around } = command;
  if (job.watch === null) {
    const dueAt = earlier(job.dueAt, now + holdTimeout(ruling, null));
    return { watch: null, dueAt, facts: [] };
  }
  const { decision } = ruling;
  const revision = job.revision + 1;
  if (asksTheSame(job.decision, decision)) {
    return { watch: { ...job.watch, basisRevision: revision }, dueAt: job.dueAt, facts: [] };
  }
  const { requester, watch: before } = job;
  const hold = { decision, action, requester, revision, askedMs: null, now, before };
  const { watch, facts } = planWatch(hold, around);
  return { watch, dueAt: nextDueAt(watch), facts };
}

/**
 * True when the edit asks the same people in the same time: the hold goes on at the level that it
 * had reached. SECURITY: what silence can release begins anew, because nobody was told of the edit.
 */
function asksTheSame(before: Decision, now: Decision): boolean {
  if (now.kind !== "require_approval" || now.onTimeout === "allow") return false;
  return canonicalJson(askedBy(before)) === canonicalJson(askedBy(now));
}

function askedBy(decision: Decision): Json {
  const { kind, ruleId, requirements, exclude, timeoutMs, onTimeout, slaMs } = decision;
  const asked = { kind, ruleId, requirements, exclude, timeoutMs, onTimeout, slaMs };
  return { ...asked, terms: termsOf(decision) } as unknown as Json;
}

function editedJob(
  job: Job,
  { ruling, enrichment, now }: ReviewCommand,
  edit: { readonly action: Action; readonly hash: Digest } & Pick<Job, "watch" | "dueAt">,
): Job {
  return advance(job, now, {
    action: edit.action,
    jobHash: edit.hash,
    presentedHash: presentedHash(edit.action),
    enrichment: enrichment ?? null,
    proposedAction: job.proposedAction ?? job.action,
    decision: ruling.decision,
    snapshot: ruling.snapshot,
    round: job.round + 1,
    watch: edit.watch,
    dueAt: edit.dueAt,
  });
}

function editRecord(authorized: Authorized, edited: Action): JsonObject {
  return {
    ...voteRecord(authorized),
    params: maskObject(edited.params),
    target: maskedTarget(edited),
    cost: edited.cost && { amount: edited.cost.amount, currency: edited.cost.currency },
    ...decisionRecord(authorized.command.ruling),
    review_reason: authorized.command.reason,
  };
}
