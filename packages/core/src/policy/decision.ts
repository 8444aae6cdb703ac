// What a policy says about one action, and the words it says it in.

import type { Instant } from "../base/clock.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { Facts } from "./facts.ts";

/** In order of strictness, lowest first. */
export const decisionKinds = [
  "allow",
  "log",
  "allow_with_constraints",
  "allow_unless_rejected",
  "require_approval",
  "deny",
] as const;

export type DecisionKind = (typeof decisionKinds)[number];

/** 0 is the most relaxed. */
export function strictnessOf(kind: DecisionKind): number {
  return decisionKinds.indexOf(kind);
}

/** True when people have to answer before the action may run. */
export function isHold(kind: DecisionKind): boolean {
  return kind === "require_approval" || kind === "allow_unless_rejected";
}

/** What the enforcement point must keep to while the action runs. Names are those of the policy file. */
export interface Constraints {
  readonly max_runtime_sec?: number;
  readonly network_allowlist?: readonly string[];
  readonly max_rows?: number;
  readonly max_recipients?: number;
  readonly redact?: readonly string[];
  readonly pin?: Readonly<JsonObject>;
}

/** One demand of a quorum. `any` asks for whoever may review at all. */
export interface Requirement {
  readonly kind: "any" | "role" | "group";
  /** Name of the role or group; empty for `any`. */
  readonly name: string;
  /** Distinct people. */
  readonly count: number;
  /** Rejections that end the hold. */
  readonly denyCount: number;
  /** Role or group that has to be satisfied first; null when the order is free. */
  readonly after: string | null;
  /** Votes are hidden from whoever has not voted; absent is the same as false. */
  readonly blind?: boolean;
}

/** When the hold is widened, counted from when those whom it asks first were told, and to whom. */
export interface Escalation {
  readonly afterMs: number;
  /** `role:<name>`, `group:<name>` or `person:<id>`. */
  readonly to: string;
  /**
   * Requirements (`role:lead`, `group:ops`) whose places these people may take; absent is every one.
   * Several rules hold the action then, and another of them asks for the rest without this step.
   */
  readonly places?: readonly string[];
}

/** Who may release a hold alone, and in which circumstances. */
export interface Emergency {
  /** `role:<name>`, `group:<name>` or `person:<id>`. */
  readonly by: string;
  /** Any one of them: `incident`, `label:<name>=<value>` of an open incident, `topic:<pattern>`. */
  readonly within: readonly string[];
}

/** How a hold goes on while nobody has decided; merged over the rules that hold the action. */
export interface HoldTerms {
  /** In the order of `afterMs`, which count on through the chain; each widens who may fill a place, none lowers how many are asked. */
  readonly escalate: readonly Escalation[];
  /** Reminders, each so long after its level was reached; shortest first. */
  readonly remindMs: readonly number[];
  /** The veto window of `allow_unless_rejected`; null for the hold's own timeout. */
  readonly windowMs: number | null;
  /** After this long without a word the claim of a card ends. */
  readonly claimSilenceMs: number;
  /** Every rule that holds the action says so; silence may then release what can be undone. */
  readonly isLowRisk: boolean;
  /** Each of them has to be met; null when a rule that holds the action names none: no override. */
  readonly emergency: readonly Emergency[] | null;
  /** Ids of the invariants that hold the action: no override, ever. */
  readonly invariants: readonly string[];
}

/** Who may not review beyond requester and agent's owner, who never may. */
export type Exclusion =
  | "requester"
  | "agent_owner"
  | "on_behalf_of"
  | "last_pair"
  | `person:${string}`;

export interface Remediation {
  readonly id: string;
  readonly title: string;
  readonly set: Readonly<JsonObject>;
}

export type OnTimeout = "block" | "escalate" | "allow";
export type OnReject = "abort" | "reroute" | "escalate";

/** How far a rule or a policy counts: fully, as a warning beside the answer, or in the record only. */
export type Mode = "enforce" | "warn" | "shadow";

/** A rule that matched without counting, because its mode is not `enforce`. */
export interface Warning {
  readonly ruleId: string;
  readonly decision: DecisionKind;
  readonly reason: string;
  readonly mode: Mode;
}

/** One clause of one rule, looked at. */
export interface ClauseTrace {
  /** Name of the matcher as the file writes it: `topics`, `risk_tags`, `cost`, … */
  readonly clause: string;
  readonly matched: boolean;
  /** For a person: what was wanted and what was found; values that are secret are masked. */
  readonly because: string;
  /** What went wrong while the clause was asked; it then counted as its rule's decision asks. */
  readonly error: string | null;
}

export interface RuleTrace {
  readonly ruleId: string;
  readonly decision: DecisionKind;
  readonly matched: boolean;
  /** The rule that gives the decision its name and reason. */
  readonly won: boolean;
  readonly invariant: boolean;
  readonly mode: Mode;
  /** Id of the exception that lifted the rule for this action; null when none did. */
  readonly exception: string | null;
  readonly clauses: readonly ClauseTrace[];
}

export interface Trace {
  readonly combine: "strict" | "first_match";
  /** Rules in the file, and how many the index brought up for this action. */
  readonly rulesTotal: number;
  readonly rulesConsidered: number;
  /** Matched rules first, then the nearest misses, at most `traceEntriesMax`. */
  readonly rules: readonly RuleTrace[];
  /** Which rule each merged constraint came from, and whether merging emptied one. */
  readonly notes: readonly string[];
}

export interface Decision {
  readonly kind: DecisionKind;
  /** Null when nothing matched and the default decided. */
  readonly ruleId: string | null;
  readonly reason: string;
  /** All rules that matched, strictest first. */
  readonly matchedRuleIds: readonly string[];
  readonly constraints: Constraints | null;
  readonly requirements: readonly Requirement[];
  readonly exclude: readonly Exclusion[];
  /** Milliseconds until the hold ends; the earliest of the matching rules. */
  readonly timeoutMs: number;
  readonly onTimeout: OnTimeout;
  readonly slaMs: number | null;
  readonly onReject: OnReject;
  readonly strongAuth: "passkey" | null;
  readonly notify: readonly string[];
  readonly remediations: readonly Remediation[];
  /** Rules in `warn` or `shadow` that matched; they changed nothing. */
  readonly warnings: readonly Warning[];
  /** What the policy would have decided if it were enforced; null when it is. */
  readonly unenforced: DecisionKind | null;
  /** Null when nobody is asked. */
  readonly terms: HoldTerms | null;
}

/** What a decision is made from; everything else is in the compiled policy. */
export interface EvaluationInput {
  readonly topic: string;
  readonly tool: { readonly server: string | null; readonly name: string } | null;
  readonly riskTags: readonly string[];
  readonly agent: string;
  readonly environment: string | null;
  readonly tenant: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly reversible: boolean | null;
  readonly cost: { readonly amount: number; readonly currency: string } | null;
  readonly params: Readonly<JsonObject>;
  readonly resource: string | null;
  readonly effect: {
    readonly rows: number | null;
    readonly recipients: number | null;
    readonly diff: string | null;
  } | null;
  readonly onBehalfOf: string | null;
  readonly run: string | null;
  readonly thread: string | null;
  readonly facts: Facts;
  /** When the decision is made; recorded with it. */
  readonly now: Instant;
}
