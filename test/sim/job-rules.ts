// What must hold at every step of every job (spec 01, invariants): written a second time, simply, without the code it checks.

import type { Change } from "@holdpoint/core/job/change";
import type { Job } from "@holdpoint/core/job/job";
import {
  type AccountName,
  accounts,
  isOriginal,
  type VerdictName,
  verdicts,
} from "./job-sample.ts";
import type { Step, World } from "./job-steps.ts";

export interface Taken {
  readonly before: World;
  readonly step: Step;
  readonly after: World;
  /** Null when the step was refused or only time went on. */
  readonly change: Change | null;
}

const ended = ["DENIED", "REJECTED", "EXPIRED", "CANCELLED", "REVOKED", "SUCCEEDED", "FAILED"];
const follows: Readonly<Record<string, readonly string[]>> = {
  APPROVAL: ["APPROVED", "REJECTED", "EXPIRED", "CANCELLED"],
  APPROVED: ["APPROVAL", "EXECUTING", "EXPIRED", "CANCELLED", "REVOKED"],
  EXECUTING: ["SUCCEEDED", "FAILED", "UNKNOWN"],
  UNKNOWN: ["SUCCEEDED", "FAILED"],
};
const rolesOf: Readonly<Record<AccountName, string>> = {
  ann: "A",
  bob: "B",
  cid: "AB",
  cid2: "AB",
  own: "AB",
  req: "AB",
  out: "C",
};
const partial: readonly AccountName[] = ["own", "req"];
const asked: Readonly<Record<string, readonly string[]>> = {
  allow: [],
  a1: ["A"],
  a2: ["A", "A"],
  b2: ["B", "B"],
  ab: ["A", "B"],
  deny: [],
};
const denyCounts: Readonly<Record<string, number>> = { a2: 2 };

/** Every rule that this step broke, by name. */
export function faultsOf(taken: Taken): readonly string[] {
  const rules = { ...everyStep, ...execution, ...people, ...policy, ...record };
  return Object.entries(rules).flatMap(([name, holds]) => (holds(taken) ? [] : [name]));
}

type Rule = (taken: Taken) => boolean;

const everyStep: Readonly<Record<string, Rule>> = {
  "an ended job never changes": ({ before, change }) =>
    !ended.includes(before.file.job.state) || change === null || change.job === before.file.job,
  "only a legal state follows": ({ before, after }) => {
    const [from, to] = [before.file.job.state, after.file.job.state];
    return from === to || (follows[from] ?? []).includes(to);
  },
  "a run that waits for a call hears of its answer, once": ({ before, after }) => {
    const [from, to] = [before.file.job, after.file.job];
    if (from.state === "APPROVAL") return from.resumption === null || to.resumption === "run";
    return to.state === "APPROVAL" ? to.resumption === null : to.resumption === from.resumption;
  },
  "a state has what belongs to it": ({ after }) => isWhole(after.file.job, after),
  "time is up at the deadline": ({ before, step, after }) => {
    const { state, dueAt } = before.file.job;
    const to = after.file.job;
    if (to === before.file.job || dueAt === null || step.now < dueAt) return true;
    return state === "EXECUTING" ? to.state !== "APPROVED" : to.state === "EXPIRED";
  },
};

function isWhole(job: Job, world: World): boolean {
  const ran = world.history.executed.length;
  switch (job.state) {
    case "APPROVAL":
      return job.dueAt !== null && job.grant === null && job.resolution === null && ran === 0;
    case "APPROVED":
      return job.dueAt !== null && job.grant !== null && ran === 0;
    case "EXECUTING":
      return job.dueAt !== null && job.execution !== null && ran === 1;
    case "UNKNOWN":
      return job.dueAt === null && job.outcome === null && ran === 1;
    case "SUCCEEDED":
    case "FAILED":
      return job.dueAt === null && job.outcome?.status === job.state && ran === 1;
    default:
      return job.dueAt === null && job.grant === null && job.resolution !== null && ran === 0;
  }
}

const execution: Readonly<Record<string, Rule>> = {
  "a job runs once": ({ after }) => after.history.executed.length <= 1,
  "a grant runs once": ({ after }) =>
    new Set(after.history.executed).size === after.history.executed.length,
  "nothing runs without its live grant": ({ before, step, after }) => {
    if (after.history.executed.length === before.history.executed.length) return true;
    const { job } = before.file;
    const { command } = step;
    if (command?.kind !== "redeem" || job.state !== "APPROVED" || job.grant === null) return false;
    return command.grantId === job.grant.id && step.now < job.grant.expiresAt;
  },
  "what people were asked about runs with the effect that they saw": ({ before, step, after }) => {
    if (after.history.executed.length === before.history.executed.length) return true;
    const { job } = before.file;
    const isAsked = job.held && nameOf(job) !== "allow";
    return !isAsked || step.command?.kind !== "redeem" || step.command.changed == null;
  },
  "people settle only what nobody reported": ({ before, step, change }) =>
    step.command?.kind !== "settle" ||
    change === null ||
    change.facts.length === 0 ||
    before.file.job.state === "UNKNOWN",
  "only what was approved runs": ({ before, step, after }) =>
    after.history.executed.length === before.history.executed.length ||
    (step.command?.kind === "redeem" && step.command.runningHash === before.file.job.jobHash),
};

const people: Readonly<Record<string, Rule>> = {
  "nobody reviews who may not": ({ before, step, change }) => {
    const isTaken = change?.review != null && change.facts.length > 0;
    if (!isTaken || step.account === null) return true;
    return mayReview(step.account, nameOf(before.file.job));
  },
  "a vote is for what its voter saw": ({ before, step, change }) => {
    const { command } = step;
    if (command?.kind !== "review" || command.seenHash === null || change === null) return true;
    const isTaken = change.review !== null && change.facts.length > 0;
    return !isTaken || command.seenHash === before.file.job.jobHash;
  },
  "a vote is for the effect that its voter saw": ({ before, step, change }) => {
    const isTaken = change?.review != null && change.facts.length > 0;
    if (!isTaken || step.sawRows === undefined) return true;
    return step.sawRows === (before.file.job.action.effect?.rows ?? null);
  },
  "people release only with their whole quorum": ({ before, after }) => {
    const from = before.file.job;
    const to = after.file.job;
    if (from.state !== "APPROVAL" || to.state !== "APPROVED") return true;
    const votes = [...after.history.votes].filter(([, vote]) => vote.hash === to.jobHash);
    const voters = (kind: string): AccountName[] =>
      votes.filter(([, vote]) => vote.kind === kind).map(([id]) => id as AccountName);
    const name = nameOf(to);
    const approving = voters("approve").filter((who) => mayReview(who, name));
    const isAsked = name === "allow" ? approving.length >= 1 : fills(asked[name] ?? [], approving);
    return isAsked && voters("reject").length < (denyCounts[name] ?? 1);
  },
  "a whole quorum releases": ({ before, step, after }) => {
    const to = after.file.job;
    const isVote = step.command?.kind === "review" && to !== before.file.job;
    if (!isVote || to.state !== "APPROVAL") return true;
    const name = nameOf(to);
    const approving = [...after.history.votes]
      .filter(([id, vote]) => vote.kind === "approve" && mayReview(id as AccountName, name))
      .map(([id]) => id as AccountName);
    return !fills(asked[name] ?? [], approving);
  },
};

function nameOf(job: Job): VerdictName {
  const found = Object.entries(verdicts).find(([, verdict]) => verdict === job.decision);
  return (found?.[0] ?? "deny") as VerdictName;
}

function mayReview(who: AccountName, name: VerdictName): boolean {
  if (partial.includes(who)) return false;
  const places = asked[name] ?? [];
  return places.length === 0 || places.some((role) => rolesOf[who].includes(role));
}

/** True when distinct people take all places: tries every seating. */
function fills(places: readonly string[], voters: readonly AccountName[]): boolean {
  const [place, ...rest] = places;
  if (place === undefined) return true;
  return voters.some(
    (who) =>
      rolesOf[who].includes(place) &&
      fills(
        rest,
        voters.filter((other) => accounts[other].id !== accounts[who].id),
      ),
  );
}

/** Decisions that a stricter one of today leaves standing; the rest goes back to people, or ends. */
const standsUnder: Readonly<Record<VerdictName, readonly VerdictName[]>> = {
  allow: ["allow", "a1", "a2", "b2", "ab"],
  a1: ["a1", "a2"],
  a2: ["a2"],
  b2: ["b2"],
  ab: ["ab"],
  deny: [],
};

const policy: Readonly<Record<string, Rule>> = {
  "a stricter policy wins until the redemption": ({ before, step, after }) => {
    const from = before.file.job;
    const to = after.file.job;
    const isRun = after.history.executed.length > before.history.executed.length;
    const isReleased = from.state === "APPROVAL" && to.state === "APPROVED";
    if ((!isRun && !isReleased) || step.verdict === null) return true;
    const isEdited = to.jobHash !== from.jobHash;
    return isEdited
      ? nameOf(to) === step.verdict && step.verdict !== "deny"
      : standsUnder[step.verdict].includes(nameOf(from));
  },
};

const record: Readonly<Record<string, Rule>> = {
  "the revision grows by one with each change": ({ before, after, change }) => {
    if (change === null) return after.file.job === before.file.job;
    const grown = change.facts.length === 0 ? 0 : 1;
    const isSame = change.job === before.file.job;
    return change.job.revision === before.file.job.revision + grown && isSame === (grown === 0);
  },
  "every fact names its change": ({ before, after, change }) =>
    (change?.facts ?? []).every(
      (fact) =>
        fact.jobId === after.file.job.id &&
        fact.revision === after.file.job.revision &&
        fact.before === before.file.job.state &&
        fact.jobHash === after.file.job.jobHash,
    ),
  "every change has exactly its fact": ({ before, after, change }) => {
    if (change === null || change.facts.length === 0) return true;
    const types = change.facts.map((fact) => fact.type);
    return types.join() === expectedTypes(before.file.job, after.file.job, change).join();
  },
};

const typeOfState: Readonly<Record<string, string>> = {
  APPROVAL: "job.returned",
  APPROVED: "job.approved",
  EXECUTING: "grant.redeemed",
  REJECTED: "job.rejected",
  EXPIRED: "job.expired",
  CANCELLED: "job.cancelled",
  REVOKED: "job.revoked",
  SUCCEEDED: "job.succeeded",
  FAILED: "job.failed",
  UNKNOWN: "job.unknown",
};

/** The facts that this change must have left, from the states before and after alone. */
function expectedTypes(before: Job, after: Job, change: Change): readonly string[] {
  const isMoved = before.state !== after.state;
  const isEdited = isOriginal(before.action) !== isOriginal(after.action);
  const isReturned = !isEdited && after.round !== before.round;
  return [
    ...(isEdited ? ["job.modified"] : []),
    ...(change.review === null ? [] : ["review.submitted"]),
    ...(isMoved || isReturned ? [typeOfState[after.state] ?? ""] : []),
    ...(after.resumption !== null && before.resumption === null ? ["run.suspended"] : []),
    ...(!isMoved && before.grant?.id !== after.grant?.id ? ["grant.issued"] : []),
  ];
}
