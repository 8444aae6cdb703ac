// A small world around one hold and its clocks: rules with a chain, a veto window, silence, an emergency; people and a delegate.

import type { Action } from "@holdpoint/core/action/action";
import type { Directory } from "@holdpoint/core/approval/authority";
import type { Person } from "@holdpoint/core/approval/review";
import { plainTerms } from "@holdpoint/core/policy/terms";
import type { Decision, HoldTerms } from "@holdpoint/core/policy/decision";
import type { Ruling } from "@holdpoint/core/job/change";
import type { Job } from "@holdpoint/core/job/job";
import type { HoldSurroundings } from "@holdpoint/core/job/plan";
import { openJob } from "@holdpoint/core/job/open";
import type { Contact } from "@holdpoint/core/people/duty";
import { duty, ids, original, startAt, tenant, verdicts } from "./job-sample.ts";

/** What undoes itself, so that silence may release it where a rule says so. */
const action: Action = { ...original, reversible: true };

export const spans = {
  timeout: 300_000,
  escalate: 100_000,
  window: 120_000,
  silence: 80_000,
  /** The product's own: a level that nobody was told of by then counts as one that reaches nobody. */
  delivery: 60_000,
} as const;
export const delegationEndsAt = startAt + 90_000;

function person(id: string, roles: readonly string[]): Person {
  return { id, email: null, name: id, roles, assurance: "key" };
}

/** `del` stands in for `ann` until the delegation ends; `own` owns the agent and carries every role. */
export const folk = {
  ann: person("ann", ["A"]),
  bob: person("bob", ["B"]),
  del: person("del", []),
  emy: person("emy", ["E"]),
  eli: person("eli", ["E"]),
  own: person("own", ["A", "B", "E"]),
} as const;

export type Name = keyof typeof folk;

export const directory: Directory = {
  isMember: () => false,
  holdsRole: (role, who) => who.roles.includes(role),
  canonical: (who) => who,
  namesOf: (who) => [who.id],
  isWithinLimits: () => true,
  principalsOf: (who, at) => (who.id === "del" && at < delegationEndsAt ? [folk.ann] : []),
};

function contactsOf(target: string): readonly Contact[] {
  const role = target.slice(target.indexOf(":") + 1);
  return Object.values(folk)
    .filter((who) => who.roles.includes(role))
    .map((who) => ({ ...who, entry: null }));
}

export const around: HoldSurroundings = {
  duty: { ...duty, members: contactsOf, onDuty: contactsOf },
  directory,
  hasChannels: true,
  lastPair: [],
  near: null,
};

const toB = [{ afterMs: spans.escalate, to: "role:B" }];
const urgent = [{ by: "role:E", within: ["incident"] }];

function held(ruleId: string, more: Partial<Decision>, terms: Partial<HoldTerms>): Decision {
  return {
    ...verdicts.a1,
    ruleId,
    timeoutMs: spans.timeout,
    terms: { ...plainTerms, claimSilenceMs: spans.silence, ...terms },
    ...more,
  };
}

const two = verdicts.a2.requirements.map((one) => ({ ...one, denyCount: 1 }));

export const holds = {
  chain: held("chain", {}, { escalate: toB, emergency: urgent }),
  two: held("two", { requirements: two, onTimeout: "escalate" }, { escalate: toB }),
  veto: held("veto", { kind: "allow_unless_rejected" }, { windowMs: spans.window }),
  quiet: held("quiet", { onTimeout: "allow" }, { isLowRisk: true }),
  invariant: held("invariant", {}, { emergency: urgent, invariants: ["never"] }),
  card: held("card", {}, {}),
} as const satisfies Readonly<Record<string, Decision>>;

/** Who tries what on which hold: all of it together is a space too large to be searched to its end. */
export interface Cast {
  readonly voters: readonly Name[];
  readonly overriders: readonly Name[];
  readonly hasCards: boolean;
  /** Another policy may become active, and send the hold back to other people. */
  readonly hasOther: boolean;
}

export const casts: Readonly<Record<HoldName, Cast>> = {
  chain: {
    voters: ["ann", "bob", "own"],
    overriders: ["emy", "eli", "own", "ann"],
    hasCards: false,
    hasOther: true,
  },
  two: { voters: ["ann", "bob", "del"], overriders: ["emy"], hasCards: false, hasOther: false },
  veto: { voters: ["ann", "bob", "own"], overriders: [], hasCards: false, hasOther: true },
  quiet: { voters: ["ann", "del"], overriders: [], hasCards: false, hasOther: true },
  invariant: { voters: ["ann"], overriders: ["emy", "own"], hasCards: false, hasOther: true },
  card: { voters: ["ann", "del"], overriders: [], hasCards: true, hasOther: false },
};

const other: Decision = held("other", { requirements: verdicts.b2.requirements }, {});
const denied: Decision = verdicts.deny;

export type HoldName = keyof typeof holds;
export const holdNames = Object.keys(holds) as HoldName[];

/** What the active policy says at a step: what the hold rests on, another rule, or no. */
export const rulings = ["same", "other", "deny"] as const;
export type RulingName = (typeof rulings)[number];

export function rulingFor(job: Job, name: RulingName): Ruling {
  const decision = { same: job.decision, other, deny: denied }[name];
  return { decision, snapshot: `${tenant}@${name}`, trace: {} };
}

export function openedHold(name: HoldName): Job {
  return openJob({
    tenant,
    id: ids.job,
    action,
    requester: { agentOwner: "own", keyCreator: null },
    ruling: { decision: holds[name], snapshot: `${tenant}@${name}`, trace: {} },
    timeoutMs: null,
    grantId: ids.grant(0),
    around,
    now: startAt,
  }).job;
}
