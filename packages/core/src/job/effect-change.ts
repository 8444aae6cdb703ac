// What becomes of a release whose effect, computed anew at the redemption, is not the one that was shown.

import type { JsonObject } from "../base/json/value.ts";
import { refuse } from "../base/result.ts";
import type { Action, Effect } from "../action/action.ts";
import { jobHash, presentedHash } from "../action/hash.ts";
import { maskOrNull } from "../action/mask.ts";
import { isHold } from "../policy/decision.ts";
import type { Change, Ruling } from "./change.ts";
import type { Job } from "./job.ts";
import type { RedeemCommand } from "./redeem.ts";
import { returnToReviewers } from "./return-to-reviewers.ts";

/**
 * Whether people, or policy, decided about another effect. An edit by people has no preview of the
 * tool: of its effect only the parts that were computed for it are compared.
 */
export function hasOtherEffect(
  { action, proposedAction }: Pick<Job, "action" | "proposedAction">,
  now: Effect | null,
): boolean {
  const shown = action.effect;
  if (shown === null) return false;
  const isEdited = proposedAction !== null;
  return (["rows", "recipients", "diff"] as const).some((part) => {
    if (isEdited && shown[part] === null) return false;
    return shown[part] !== (now?.[part] ?? null);
  });
}

/**
 * The ruling under which people look at the changed effect. INVARIANT: where people were asked about
 * an effect, they are asked about the other one, also when policy would ask nobody about it: then
 * the rule that asked before asks again.
 */
export function rulingOnEffect(job: Job, ruling: Ruling): Ruling {
  const isAsked = job.held && isHold(job.decision.kind);
  if (!isAsked || isHold(ruling.decision.kind) || ruling.decision.kind === "deny") return ruling;
  const { snapshot, trace } = ruling;
  return { decision: job.decision, snapshot, trace };
}

/** SECURITY: bound to the effect from here on, so that no vote about the earlier one counts. */
export function returnForEffect(
  job: Job,
  effect: Effect | null,
  { by, ruling, around, now }: Pick<RedeemCommand, "by" | "ruling" | "around" | "now">,
): Change {
  const action: Action = { ...job.action, effect, isEffectBound: true };
  const bound: Job = { ...job, ...withEffect(job, action) };
  const change = returnToReviewers(bound, rulingOnEffect(job, ruling), { now, around });
  const [returned, ...others] = change.facts;
  const facts =
    returned === undefined
      ? others
      : [
          {
            ...returned,
            actor: by,
            payload: { ...returned.payload, ...effectRecord(job, effect) },
          },
          ...others,
        ];
  const answer = refuse(
    "effect_changed",
    "the effect computed now is not the one that was shown; people look at it again",
    { facts: { state: change.job.state, revision: change.job.revision } },
  );
  return { ...change, facts, answer };
}

/** The parts of a job that change with its effect. */
export function withEffect(
  job: Job,
  action: Action,
): Pick<Job, "action" | "jobHash" | "presentedHash"> {
  return {
    action,
    jobHash: jobHash(job.tenant, action),
    presentedHash: presentedHash(action),
  };
}

/** Both effects as the record has them. */
export function effectRecord({ action }: Job, effect: Effect | null): JsonObject {
  return { effect_before: recorded(action.effect), effect_after: recorded(effect) };
}

function recorded(effect: Effect | null): JsonObject | null {
  return effect && { ...effect, diff: maskOrNull(effect.diff) };
}
