// What people rejected is remembered: the same action again is denied, one that is near to it is held.

import { canonicalJson } from "../base/json/canonical.ts";
import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";
import type { Action } from "../action/action.ts";
import { maskString } from "../action/mask.ts";
import { type Decision, isHold } from "../policy/decision.ts";
import { anyReviewer } from "../policy/requirement.ts";
import type { Ruling } from "./change.ts";
import type { Job } from "./job.ts";

/** Share of the larger of two numbers up to which they differ little: spec 03, contract of near. */
const littleShare = 0.2;

export type Likeness = "same" | "near";

/** A rejected job that an action is like. */
export interface Memory {
  readonly job: Job;
  readonly likeness: Likeness;
}

/**
 * The rejected job that the action is like: one that is the same before one that is near, and of
 * either the first of the list. Jobs that policy alone rejected are not remembered.
 */
export function remember(action: Action, rejected: readonly Job[]): Memory | null {
  let near: Memory | null = null;
  for (const job of rejected) {
    if (job.state !== "REJECTED" || job.resolution?.by.kind !== "person") continue;
    const likeness = likenessTo(action, job);
    if (likeness === "same") return { job, likeness };
    if (likeness === "near") near ??= { job, likeness };
  }
  return near;
}

/** SECURITY: the action as it was proposed counts too: an edit that people rejected released neither. */
function likenessTo(action: Action, { action: decided, proposedAction }: Job): Likeness | null {
  if (isSame(action, decided)) return "same";
  if (proposedAction !== null && isSame(action, proposedAction)) return "same";
  if (isNear(action, decided)) return "near";
  return proposedAction !== null && isNear(action, proposedAction) ? "near" : null;
}

/** Everything with an effect but the agent and the name of the request: another key is no other action. */
function isSame(one: Action, other: Action): boolean {
  return one.topic === other.topic && keyOf(one) === keyOf(other);
}

function keyOf({ topic, tool, params, target, cost }: Action): string {
  return canonicalJson({ topic, tool, params, target, cost } as unknown as Json);
}

/** Spec 03: the same topic and target, or the same topic with parameters that differ little. */
export function isNear(one: Action, other: Action): boolean {
  if (one.topic !== other.topic) return false;
  const { resource } = one.target;
  if (resource !== null && resource === other.target.resource) return true;
  const count = { same: 0, little: 0, other: 0 };
  if (!compare(one.params as JsonObject, other.params as JsonObject, count)) return false;
  // One value out of one is another action; one out of several is the same with a change.
  return count.other === 0 || (count.other === 1 && count.little === 0 && count.same > 0);
}

interface Differences {
  same: number;
  /** Numbers that are close to each other. */
  little: number;
  other: number;
}

/** False when the shapes differ, or more than one value does: the rest is not looked at. */
function compare(one: Json, other: Json, count: Differences): boolean {
  if (isJsonObject(one) && isJsonObject(other)) {
    // SECURITY: a name more or less is one difference: else any word that a tool ignores would do.
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) => {
      if (Object.hasOwn(one, name) && Object.hasOwn(other, name)) {
        return compare(one[name] ?? null, other[name] ?? null, count);
      }
      count.other += 1;
      return count.other <= 1;
    });
  }
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    return one.every((item, index) => compare(item, other[index] ?? null, count));
  }
  if (one === other || canonicalJson(one) === canonicalJson(other)) count.same += 1;
  else if (isLittle(one, other)) count.little += 1;
  else count.other += 1;
  return count.other <= 1;
}

function isLittle(one: Json, other: Json): boolean {
  if (typeof one !== "number" || typeof other !== "number") return false;
  return Math.abs(one - other) <= littleShare * Math.max(Math.abs(one), Math.abs(other));
}

/**
 * The ruling with what people said before: the same action is denied, a near one goes to people.
 * INVARIANT: memory makes a decision stricter and never looser; it is not asked about a deny.
 */
export function withMemory(ruling: Ruling, { job, likeness }: Memory): Ruling {
  const { decision } = ruling;
  const next = likeness === "same" ? denied(decision, job) : held(decision, job);
  return { ...ruling, decision: next };
}

function denied(decision: Decision, job: Job): Decision {
  return {
    ...decision,
    kind: "deny",
    reason: `People rejected this action before (${job.id})${reasonOf(job)}`,
    constraints: null,
    requirements: [],
    terms: null,
  };
}

function held(decision: Decision, job: Job): Decision {
  const isHeld = isHold(decision.kind);
  return {
    ...decision,
    kind: "require_approval",
    reason: isHeld
      ? decision.reason
      : `It is close to an action that people rejected (${job.id})${reasonOf(job)}`,
    requirements: decision.requirements.length === 0 ? [anyReviewer] : decision.requirements,
    // SECURITY: silence does not release what people rejected in another form.
    onTimeout: decision.onTimeout === "allow" ? "block" : decision.onTimeout,
  };
}

function reasonOf({ resolution }: Job): string {
  return resolution?.reason == null ? "" : `: ${maskString(resolution.reason)}`;
}

/** What policy itself said, for the record: replays compare with it. */
export function memoryRecord(ruling: Ruling, { job, likeness }: Memory): JsonObject {
  const { decision } = ruling;
  return {
    job: job.id,
    likeness,
    decision: decision.kind,
    rule: decision.ruleId,
    requirements: decision.requirements.map((requirement) => ({ ...requirement })),
    constraints: decision.constraints && ({ ...decision.constraints } as JsonObject),
  };
}
