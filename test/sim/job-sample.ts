// A small world around one job: people, an agent, two actions and the policies that may rule them.

import type { Action, Effect } from "@holdpoint/core/action/action";
import type { Directory } from "@holdpoint/core/approval/authority";
import type { Person } from "@holdpoint/core/approval/review";
import type { ExecutionId, GrantId, JobId, ReviewId } from "@holdpoint/core/base/id";
import type { Ruling } from "@holdpoint/core/job/change";
import { type Opening, openJob } from "@holdpoint/core/job/open";
import type { Job, Requester } from "@holdpoint/core/job/job";
import type { HoldSurroundings } from "@holdpoint/core/job/plan";
import type { Contact, Duty } from "@holdpoint/core/people/duty";
import type { Decision, DecisionKind, Requirement } from "@holdpoint/core/policy/decision";

export const tenant = "default";
export const startAt = 1_700_000_000_000;

function person(id: string, roles: readonly string[], account = id): Person {
  return { id, email: `${account}@example.com`, name: account, roles, assurance: "key" };
}

/** Accounts by name. `cid` has two; `own` owns the agent; `req` made its key and is whom it acts for. */
export const accounts = {
  ann: person("ann", ["A"]),
  bob: person("bob", ["B"]),
  cid: person("cid", ["A", "B"]),
  cid2: person("cid", ["A", "B"], "cid.second"),
  own: person("own", ["A", "B"]),
  req: person("req", ["A", "B"]),
  out: person("out", ["C"]),
} as const;

export type AccountName = keyof typeof accounts;
export const accountNames = Object.keys(accounts) as AccountName[];

const requester: Requester = { agentOwner: "own", keyCreator: "req" };

export const directory: Directory = {
  isMember: () => false,
  holdsRole: (role, who) => who.roles.includes(role),
  canonical: (who) => who,
  namesOf: (who) => (who.email === null ? [who.id] : [who.id, who.email]),
  isWithinLimits: () => true,
  principalsOf: () => [],
};

/** Everybody of a role is on duty, always. */
function contactsOf(target: string): readonly Contact[] {
  const role = target.slice(target.indexOf(":") + 1);
  return Object.values(accounts)
    .filter((who) => target === "any" || who.roles.includes(role))
    .map((who) => ({ ...who, entry: null }));
}

export const duty: Duty = {
  members: contactsOf,
  onDuty: contactsOf,
  hoursOf: () => null,
  alwaysGroups: [],
  slots: () => [],
};

/** No channel but the dashboard: holds begin their clocks at once. */
export const around: HoldSurroundings = {
  duty,
  directory,
  hasChannels: false,
  lastPair: [],
  near: null,
};

const proposedEffect: Effect = { rows: 1, recipients: null, diff: null };
const grownEffect: Effect = { ...proposedEffect, rows: 9 };

/** The other effect that an action can turn out to have; null where none was shown. */
export function otherEffect({ effect }: Action): Effect | null {
  if (effect === null) return null;
  return effect.rows === proposedEffect.rows ? grownEffect : proposedEffect;
}

function action(params: Action["params"]): Action {
  return {
    topic: "job.db.delete",
    tool: null,
    params,
    target: { environment: "prod", resource: "customers" },
    riskTags: ["prod", "write"],
    reversible: false,
    cost: null,
    effect: proposedEffect,
    actor: {
      agent: "robot",
      run: null,
      thread: null,
      call: null,
      onBehalfOf: "user:req@example.com",
    },
    claims: {
      title: null,
      reasoning: null,
      ifApproved: null,
      ifRejected: null,
      instruction: null,
      confidence: null,
      signals: {},
    },
    evidence: [],
    labels: {},
    idempotencyKey: null,
    checkpoint: null,
  };
}

export const original: Action = action({ id: "c_81" });
/** As a reviewer edits it: the preview is gone with the edit. */
export const edited: Action = { ...action({ id: "c_82" }), effect: null };

function requirement(name: string, count: number, denyCount = 1): Requirement {
  return { kind: "role", name, count, denyCount, after: null };
}

function decision(
  kind: DecisionKind,
  ruleId: string,
  requirements: readonly Requirement[] = [],
): Decision {
  return {
    kind,
    ruleId,
    reason: `by ${ruleId}`,
    matchedRuleIds: [ruleId],
    constraints: null,
    requirements,
    exclude: ["requester", "agent_owner", "on_behalf_of"],
    timeoutMs: 60_000,
    onTimeout: "block",
    slaMs: null,
    onReject: "abort",
    strongAuth: null,
    notify: [],
    remediations: [],
    warnings: [],
    unenforced: null,
    terms: null,
  };
}

/** What a policy can say of one action; `a1` and `a2` are one rule that asks one or two people. */
export const verdicts = {
  allow: decision("allow", "open"),
  a1: decision("require_approval", "gate-a", [requirement("A", 1)]),
  a2: decision("require_approval", "gate-a", [requirement("A", 2, 2)]),
  b2: decision("require_approval", "gate-b", [requirement("B", 2)]),
  ab: decision("require_approval", "gate-ab", [requirement("A", 1), requirement("B", 1)]),
  deny: decision("deny", "never"),
} as const;

export type VerdictName = keyof typeof verdicts;

export interface WorldPolicy {
  readonly name: string;
  readonly original: VerdictName;
  readonly edited: VerdictName;
  /** Of the original with another effect than the one that was proposed; absent is as it was. */
  readonly grown?: VerdictName;
}

/**
 * Policies that may be active at any step; the last ones release the edit and hold the original, and
 * hold only, or release only, what has another effect.
 */
export const policies: readonly WorldPolicy[] = [
  ...(Object.keys(verdicts) as VerdictName[]).map((name) => ({
    name,
    original: name,
    edited: name,
  })),
  { name: "edit-free", original: "a1", edited: "allow" },
  { name: "effect-held", original: "allow", edited: "allow", grown: "a1" },
  { name: "effect-free", original: "a1", edited: "a1", grown: "allow" },
];

export function isOriginal(of: Action): boolean {
  return of.params["id"] === "c_81";
}

export function verdictFor(policy: WorldPolicy, of: Action): VerdictName {
  if (!isOriginal(of)) return policy.edited;
  return of.effect?.rows === proposedEffect.rows
    ? policy.original
    : (policy.grown ?? policy.original);
}

export function rulingOf(policy: WorldPolicy, of: Action): Ruling {
  return {
    decision: verdicts[verdictFor(policy, of)],
    snapshot: `${tenant}@${policy.name}`,
    trace: {},
  };
}

export const ids = {
  job: "job-1" as JobId,
  grant: (number: number): GrantId => `grant-${number}` as GrantId,
  review: (number: number): ReviewId => `review-${number}` as ReviewId,
  execution: (number: number): ExecutionId => `execution-${number}` as ExecutionId,
};

export function opened(policy: WorldPolicy, more: Partial<Opening> = {}): Job {
  return openJob({
    tenant,
    id: ids.job,
    action: original,
    requester,
    ruling: rulingOf(policy, original),
    timeoutMs: null,
    grantId: ids.grant(0),
    around,
    now: startAt,
    ...more,
  }).job;
}
