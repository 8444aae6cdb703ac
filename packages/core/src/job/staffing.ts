// Who a level of a hold asks, and whether somebody of them is there who may answer.

import type { Instant } from "../base/clock.ts";
import { holdTimeoutMaxMs } from "../base/limits.ts";
import type { JobId } from "../base/id.ts";
import type { Action } from "../action/action.ts";
import { authorize, type Directory, type ReviewedJob } from "../approval/authority.ts";
import { type Contact, type Duty, targetOf } from "../people/duty.ts";
import type { Decision } from "../policy/decision.ts";
import type { Job, Requester } from "./job.ts";
import { narrowStepsOf } from "./reviewed.ts";
import type { Watch } from "./watch.ts";

/** Who is there when a hold is planned or moved. */
export interface HoldSurroundings {
  readonly duty: Duty;
  readonly directory: Directory;
  /** False when no channel but the dashboard and the log is configured: the dashboard is the proof then. */
  readonly hasChannels: boolean;
  /** People whose approvals released the hold of this rule before; for `exclude: last_pair`. */
  readonly lastPair: readonly string[];
  /** The rejected job that this one is near to. */
  readonly near: JobId | null;
}

/** What people are asked, and by when they are asked no more. */
export interface Asked {
  readonly decision: Decision;
  readonly action: Action;
  readonly requester: Requester | null;
  /** The hold ends by then, however it is widened. */
  readonly endsBy: Instant;
}

/** When something happens to a hold, and who is there then. */
export interface Moment {
  readonly now: Instant;
  readonly around: HoldSurroundings;
}

/** Whom the present level asks: those of the rule, or whom the hold was widened to last. */
export function levelTargets(
  decision: Pick<Decision, "requirements">,
  { level, widened }: Pick<Watch, "level" | "widened">,
): readonly string[] {
  const to = widened[level - 1];
  if (to !== undefined) return [to];
  return [...new Set(decision.requirements.map(targetOf))];
}

/**
 * True when for each requirement somebody of the present level is on duty who may vote for it.
 * SECURITY: the one authorization function says who may; whoever made the request is nobody here.
 */
export function isStaffed(asked: Asked, watch: Watch, moment: Moment): boolean {
  const { requirements } = asked.decision;
  const targets = levelTargets(asked.decision, watch);
  const groups = targets.map((target) => moment.around.duty.onDuty(target, moment.now));
  if (isOpenToAll(targets, groups)) return true;
  const job = reviewedFor(asked, watch);
  const met = new Set<number>();
  // Looked at one by one: of thousands who may be asked the first ones are mostly enough.
  for (const contact of eachOnce(groups)) {
    const authority = authorize(job, personOf(contact), "vote", {
      directory: moment.around.directory,
      at: moment.now,
    });
    if (!authority.ok) continue;
    if (watch.level > 0) return true;
    for (const index of authority.satisfies) met.add(index);
    if (met.size === requirements.length) return true;
  }
  return false;
}

/** Before the server knows anybody, whoever comes may be the one. */
function isOpenToAll(targets: readonly string[], groups: readonly (readonly Contact[])[]): boolean {
  return groups.every((people) => people.length === 0) && targets.every((one) => one === "any");
}

function* eachOnce(groups: readonly (readonly Contact[])[]): Generator<Contact> {
  const seen = new Set<string>();
  for (const people of groups) {
    for (const contact of people) {
      if (seen.has(contact.id)) continue;
      seen.add(contact.id);
      yield contact;
    }
  }
}

function reviewedFor(asked: Asked, { widened }: Watch): ReviewedJob {
  const { action, decision, requester } = asked;
  return {
    requirements: decision.requirements,
    exclude: decision.exclude,
    // That a passkey is asked says nothing about who is there.
    strongAuth: null,
    agentOwner: requester?.agentOwner ?? null,
    keyCreator: requester?.keyCreator ?? null,
    owners: requester?.owners ?? [],
    onBehalfOf: action.actor.onBehalfOf,
    scope: { topic: action.topic, cost: action.cost },
    widened,
    narrowSteps: narrowStepsOf(asked.decision),
    lastPair: [],
    emergency: null,
    invariants: [],
  };
}

export function personOf({
  id,
  email,
  name,
  roles,
  entry,
}: Contact): Parameters<typeof authorize>[1] {
  const all = [...new Set([...roles, ...(entry?.roles ?? [])])];
  return { id, email, name, roles: all, assurance: "key" };
}

/** When somebody of these targets is first on duty within a span; null when nobody is, or at any time. */
export function firstDutyOf(
  targets: readonly string[],
  span: { readonly from: Instant; readonly to: Instant },
  duty: Duty,
): Instant | null {
  const prefix = "group:";
  const starts = targets
    .filter((target) => target.startsWith(prefix))
    .flatMap((target) => duty.slots(target.slice(prefix.length), span.from, span.to))
    .filter(({ from, people }) => from > span.from && people.length > 0)
    .map(({ from }) => from);
  return starts.length === 0 ? null : Math.min(...starts);
}

/** What a job asks, for a hold that goes on. */
export function askedBy({ decision, action, requester, createdAt, watch }: Job): Asked {
  // A hold that came later, from a release, keeps the end that it has.
  const endsBy = Math.max(createdAt + holdTimeoutMaxMs, watch?.timeoutAt ?? 0);
  return { decision, action, requester, endsBy };
}
