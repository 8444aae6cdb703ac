// A policy as the product holds it after its file was read: nothing in it is left to interpret.

import type { JsonObject } from "../base/json/value.ts";
import type {
  Constraints,
  DecisionKind,
  EvaluationInput,
  Exclusion,
  OnReject,
  OnTimeout,
  Remediation,
  Requirement,
} from "./decision.ts";

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
}

export interface Escalation {
  readonly afterMs: number;
  /** `role:<name>`, `group:<name>` or `person:<id>`. */
  readonly to: string;
}

export interface Emergency {
  readonly by: string;
  readonly within: readonly string[];
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
  /** Per cent of what was released; null reviews none afterwards. */
  readonly samplePercent: number | null;
}

export interface Hours {
  readonly zone: string;
  readonly days: readonly string[];
  readonly from: string;
  readonly to: string;
}

export interface Group {
  /** Emails, ids of people, and `role:<name>` for everybody who holds the role. */
  readonly members: readonly string[];
  readonly schedule: string | null;
  readonly hours: Hours | null;
}

export interface Schedule {
  readonly zone: string;
  readonly rotate: "daily" | "weekly";
  readonly start: string;
  readonly members: readonly string[];
}

export interface Defaults {
  readonly decision: DecisionKind;
  readonly reason: string | null;
  readonly timeoutMs: number;
  readonly onTimeout: OnTimeout;
}

/** An action and what has to become of it; `checkPolicy` runs them. */
export interface PolicyTest {
  readonly name: string;
  readonly action: EvaluationInput;
  readonly params: Readonly<JsonObject> | null;
  readonly expect: {
    readonly decision: DecisionKind | null;
    /** Absent: any rule may decide. Null: none may, the default decides. */
    readonly rule?: string | null;
  };
}

export interface Policy {
  readonly version: "v1";
  readonly combine: "strict" | "first_match";
  readonly defaults: Defaults;
  /** Rank by role; a higher rank stands for a lower one. */
  readonly roles: ReadonlyMap<string, number>;
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
};

/** True when the rule lets an action run without people. */
export function isRelaxing(decision: DecisionKind): boolean {
  return decision === "allow" || decision === "log" || decision === "allow_with_constraints";
}
