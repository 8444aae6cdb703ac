// A policy as the product holds it after its file was read: nothing in it is left to interpret.

import type { Instant } from "../base/clock.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { Expr } from "../cel/ast.ts";
import type {
  Constraints,
  DecisionKind,
  Emergency,
  Escalation,
  EvaluationInput,
  Exclusion,
  Mode,
  OnReject,
  OnTimeout,
  Remediation,
  Requirement,
} from "./decision.ts";

/** A CEL expression of the file; it parsed, and it was checked against what it may name. */
export interface Condition {
  readonly source: string;
  readonly ast: Expr;
}

/** Text with `${…}` in it; each part is text as it stands or an expression. */
export interface Template {
  readonly source: string;
  readonly parts: readonly (string | Condition)[];
}

/** A time of day and week in a zone, spans of dates; what is given joins. */
export interface Calendar {
  readonly zone: string;
  /** Days of the week (`mon` … `sun`) with a time of day; null when only `between` counts. */
  readonly hours: {
    readonly days: readonly string[];
    /** `HH:MM`; `to` may be `24:00`. Over midnight when `to` is not after `from`. */
    readonly from: string;
    readonly to: string;
  } | null;
  /** Local dates (`2026-12-24`) that do not belong to it. */
  readonly except: readonly string[];
  /** Local times (`2026-12-20T00:00`), `to` exclusive. */
  readonly between: readonly { readonly from: string; readonly to: string }[];
}

/** More than `over` proposals within `inMs` that share the values of `per`. */
export interface Velocity {
  readonly over: number;
  readonly inMs: number;
  /** Expressions over `action`; empty counts everything that `match` fits together. */
  readonly per: readonly Condition[];
}

/** Bounds on an amount: `over` and `under` exclude it, `atLeast` and `atMost` include it. */
export interface CostBounds {
  readonly over: number | null;
  readonly atLeast: number | null;
  readonly under: number | null;
  readonly atMost: number | null;
  /** Null compares the amount in whatever currency the action names. */
  readonly currency: string | null;
}

/** What an action has to be for a rule to apply; null leaves a question unasked. */
export interface Match {
  readonly topics: readonly string[] | null;
  /** All of them; the empty list asks for an action that carries none. */
  readonly riskTags: readonly string[] | null;
  readonly anyRiskTags: readonly string[] | null;
  readonly agents: readonly string[] | null;
  readonly tools: readonly string[] | null;
  readonly environments: readonly string[] | null;
  readonly tenants: readonly string[] | null;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly reversible: boolean | null;
  readonly cost: CostBounds | null;
  /** Names of calendars: the decision falls into one of them; into none of them. */
  readonly during: readonly string[] | null;
  readonly outside: readonly string[] | null;
  /** True asks for an action that history calls unusual, false for one that it does not. */
  readonly unusual: boolean | null;
}

export interface Rule {
  readonly id: string;
  readonly match: Match;
  readonly decision: DecisionKind;
  readonly reason: string | null;
  readonly constraints: Constraints | null;
  readonly approvals: readonly Requirement[];
  readonly exclude: readonly Exclusion[];
  readonly strongAuth: "passkey" | null;
  readonly slaMs: number | null;
  readonly timeoutMs: number | null;
  readonly onTimeout: OnTimeout | null;
  readonly onReject: OnReject | null;
  readonly notify: readonly string[];
  readonly remediations: readonly Remediation[];
  readonly escalate: readonly Escalation[];
  readonly emergency: Emergency | null;
  readonly windowMs: number | null;
  /** Reminders, each so long after the level was reached. */
  readonly remindMs: readonly number[];
  /** Null takes the product's default. */
  readonly claimSilenceMs: number | null;
  /** The rule's owner says that silence may release what it holds (`on_timeout: allow`). */
  readonly isLowRisk: boolean;
  /** Per cent of what was released; null reviews none afterwards. */
  readonly samplePercent: number | null;
  readonly when: Condition | null;
  readonly velocity: Velocity | null;
  readonly mode: Mode;
  /** `reason` with its expressions; null when it has none. */
  readonly reasonTemplate: Template | null;
  /** Who answers for the rule: an email or a name; null when nobody is named. */
  readonly owner: string | null;
  /** Findings of `policy check` that are accepted for this rule until they expire. */
  readonly waivers: readonly Waiver[];
}

/** A finding of the check that its owner accepts for a while. */
export interface Waiver {
  /** Code of the finding. */
  readonly id: string;
  readonly reason: string;
  readonly expiresAt: Instant;
}

/** Tags that the server adds when `when` holds, or cannot be told. */
export interface Derivation {
  readonly when: Condition;
  readonly addRiskTags: readonly string[];
}

/** Lifts rules for some actions until a date; an invariant is never lifted. */
export interface Exception {
  readonly id: string;
  readonly rules: readonly string[];
  readonly match: Match;
  readonly when: Condition | null;
  readonly owner: string;
  readonly reason: string;
  readonly expiresAt: Instant;
}

/** Values by name that expressions read as `parameters.<name>`; an environment replaces some of them. */
export interface Parameters {
  readonly values: Readonly<JsonObject>;
  readonly environments: ReadonlyMap<string, Readonly<JsonObject>>;
}

/** Words that the file declares; null leaves a list open. */
export interface Vocabulary {
  readonly riskTags: readonly string[] | null;
  readonly topics: readonly string[] | null;
}

export interface Hours {
  readonly zone: string;
  readonly days: readonly string[];
  readonly from: string;
  readonly to: string;
  /** Local dates (`2026-12-25`) that are no business days. */
  readonly except: readonly string[];
  /** Name of a roster of the people file whose all-day events are holidays; null for none. */
  readonly holidays: string | null;
}

export interface Group {
  /** Emails, ids of people, and `role:<name>` for everybody who holds the role. */
  readonly members: readonly string[];
  readonly schedule: string | null;
  readonly hours: Hours | null;
  /** Name of a roster of the people file (an iCalendar) that says who of the members is on duty. */
  readonly roster: string | null;
  /** Answers around the clock: where a chain ends when nobody else is on duty. */
  readonly isAlways: boolean;
  /** So many of those on duty are told first, the least loaded; null tells all of them. */
  readonly tell: number | null;
  /** Notices to its members are gathered over this span, in milliseconds; null sends each at once. */
  readonly digestMs: number | null;
}

/** What holders of a role may approve: any one of the entries has to fit. */
export interface Limit {
  /** Topic patterns; null is every topic. */
  readonly topics: readonly string[] | null;
  /** The action has to state a cost in this currency, and no more; null does not look at the cost. */
  readonly cost: { readonly atMost: number; readonly currency: string } | null;
}

/** Who looks at overrides afterwards, and when they become too many. */
export interface Governance {
  /** Group that is told and may close reviews; null is whoever may administer. */
  readonly group: string | null;
  /** Time for a governance review. */
  readonly dueMs: number;
  /** So many overrides of one person, rule or agent within `perMs` raise a finding. */
  readonly overridesMax: number;
  readonly perMs: number;
}

export interface Schedule {
  readonly zone: string;
  readonly rotate: "daily" | "weekly";
  readonly start: string;
  /** Local time at which the next member takes over, `HH:MM`. */
  readonly handover: string;
  readonly members: readonly string[];
}

export interface Defaults {
  readonly decision: DecisionKind;
  readonly reason: string | null;
  readonly timeoutMs: number;
  readonly onTimeout: OnTimeout;
  /** What is decided when the cost budget of an evaluation is used up. */
  readonly onError: "require_approval" | "deny";
  /** How long a rejection is remembered: the same action is denied, a near one held; 0 forgets at once. */
  readonly rejectionMemoryMs: number;
}

/** An action and what has to become of it; `checkPolicy` runs them. */
export interface PolicyTest {
  readonly name: string;
  readonly action: EvaluationInput;
  readonly expect: {
    readonly decision: DecisionKind | null;
    /** Absent: any rule may decide. Null: none may, the default decides. */
    readonly rule?: string | null;
    /** Constraints of the decision, compared whole; null does not look. */
    readonly constraints: Constraints | null;
    /** Tags that the action has to carry after `derive`; null does not look. */
    readonly riskTags: readonly string[] | null;
  };
}

export interface Policy {
  readonly version: "v1";
  readonly combine: "strict" | "first_match";
  readonly mode: Mode;
  readonly defaults: Defaults;
  readonly vocabulary: Vocabulary;
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly parameters: Parameters;
  /** Named expressions that others read as `variables.<name>`, in an order in which each follows what it reads. */
  readonly variables: ReadonlyMap<string, Condition>;
  readonly derive: readonly Derivation[];
  readonly exceptions: readonly Exception[];
  /** Rank by role; a higher rank stands for a lower one. */
  readonly roles: ReadonlyMap<string, number>;
  /** What holders of a role may approve; a role that is not named here is not limited. */
  readonly roleLimits: ReadonlyMap<string, readonly Limit[]>;
  readonly governance: Governance;
  readonly groups: ReadonlyMap<string, Group>;
  readonly schedules: ReadonlyMap<string, Schedule>;
  readonly invariants: readonly Rule[];
  readonly rules: readonly Rule[];
  readonly tests: readonly PolicyTest[];
}

export const matchAnything: Match = {
  topics: null,
  riskTags: null,
  anyRiskTags: null,
  agents: null,
  tools: null,
  environments: null,
  tenants: null,
  labels: null,
  reversible: null,
  cost: null,
  during: null,
  outside: null,
  unusual: null,
};

/** True when the rule lets an action run without people. */
export function isRelaxing(decision: DecisionKind): boolean {
  return decision === "allow" || decision === "log" || decision === "allow_with_constraints";
}
