// What testing, comparing and replaying policies answer with; plain JSON, with the names of the wire.

import type { Json, JsonObject } from "../base/json/value.ts";
import type { DecisionKind, Mode } from "./decision.ts";

/** A decision as reports name it; `rule` is null when the default decided. */
export interface Verdict {
  readonly decision: DecisionKind;
  readonly rule: string | null;
}

/** One rule of a trace, with the clauses that matched and failed. */
export interface RuleLine {
  readonly rule: string;
  readonly decision: DecisionKind;
  readonly matched: boolean;
  readonly won: boolean;
  readonly mode: Mode;
  /** Id of the exception that lifted the rule; null when none did. */
  readonly exception: string | null;
  readonly clauses: readonly {
    readonly clause: string;
    readonly matched: boolean;
    readonly because: string;
    readonly error: string | null;
  }[];
}

export interface TestReport {
  /** True when every test passed. */
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly tests: readonly TestResult[];
  readonly coverage: CoverageReport;
}

export interface TestResult {
  readonly name: string;
  /** The file that the test stands in; null for the policy's own tests. */
  readonly file: string | null;
  readonly ok: boolean;
  /** Only what the test looks at. */
  readonly expected: {
    readonly decision?: DecisionKind;
    readonly rule?: string | null;
    readonly constraints?: JsonObject;
    readonly risk_tags?: readonly string[];
  };
  readonly actual: Verdict & {
    readonly reason: string;
    readonly constraints: JsonObject | null;
    readonly risk_tags: readonly string[];
  };
  /** Members of `expected` that came out otherwise. */
  readonly wrong: readonly ("decision" | "rule" | "constraints" | "risk_tags")[];
  /** Why policy decided so; empty when the test passed. */
  readonly trace: readonly RuleLine[];
  readonly notes: readonly string[];
}

export type CoverageGap =
  | "never_matched"
  | "never_won"
  | "condition_never_true"
  | "condition_never_false";

export interface RuleCoverage {
  readonly rule: string;
  /** Tests in which the rule matched, and in which it gave the decision. */
  readonly matched: number;
  readonly won: number;
  /** Tests in which `when` was true and false once everything else matched; null without `when`. */
  readonly condition: { readonly true: number; readonly false: number } | null;
  readonly gaps: readonly CoverageGap[];
}

export interface CoverageReport {
  /**
   * Of all points, those that a test reached: a rule that matches, a condition that is true, one
   * that is false. Whole per cents, rounded down; 100 without rules.
   */
  readonly percent: number;
  readonly reached: number;
  readonly points: number;
  readonly rules: readonly RuleCoverage[];
}

/** One thing of the file that is new, gone or other. */
export interface SectionChange {
  readonly kind: "added" | "removed" | "changed";
  /** The section of the file: `rules`, `invariants`, `groups`, `defaults`, `variables`, … */
  readonly section: string;
  /** Null for a section that holds one thing, such as `defaults`. */
  readonly id: string | null;
  /** What differs within it, by JSON Pointer; empty for what is new or gone. */
  readonly members: readonly {
    readonly path: string;
    readonly before: Json | null;
    readonly after: Json | null;
  }[];
}

/** Where an action that was evaluated by both policies comes from. */
export type ActionOrigin = "recorded" | "test" | "boundary";

export interface DiffExample {
  readonly origin: ActionOrigin;
  /** Job, name of the test, or what the generated action is about. */
  readonly from: string;
  /** The action as a proposal, secrets hidden. */
  readonly action: JsonObject;
  readonly facts: JsonObject;
  readonly now: string;
}

/** Actions that two policies decide differently, by the same rules and in the same direction. */
export interface Difference {
  readonly direction: "loosened" | "tightened";
  readonly before: Verdict;
  readonly after: Verdict;
  /** What differs: the decision itself, or what it asks for and binds to. */
  readonly about: readonly string[];
  readonly count: number;
  readonly examples: readonly DiffExample[];
}

export interface DiffReport {
  /** True when both are the same snapshot. */
  readonly identical: boolean;
  readonly changes: readonly SectionChange[];
  /** Actions that both policies decided. */
  readonly actions: {
    readonly recorded: number;
    readonly tests: number;
    readonly boundaries: number;
    readonly same: number;
    readonly loosened: number;
    readonly tightened: number;
    /** Recorded actions that one of the policies cannot decide from what the record holds. */
    readonly unclear: number;
    /** True when more could have been generated. */
    readonly limited: boolean;
  };
  readonly loosened: readonly Difference[];
  readonly tightened: readonly Difference[];
}

/** Why a recorded decision cannot be made again. */
export type ReplayObstacle =
  | "input_not_recorded"
  | "payload_erased"
  | "record_damaged"
  | "masked_value"
  | "history_not_recorded"
  | "velocity_not_counted";

export interface ReplayCoverage {
  /** Decisions in the records. */
  readonly decisions: number;
  readonly replayable: number;
  readonly not_replayable: readonly {
    readonly why: ReplayObstacle;
    readonly count: number;
    /** A few jobs of this kind. */
    readonly jobs: readonly string[];
  }[];
  /** The first and the last decision; null without any. */
  readonly since: string | null;
  readonly until: string | null;
}

/** What reviewers get to do: holds that ask somebody. */
export interface ReviewLoad {
  readonly cards: number;
  /** Cards that begin between 22:00 and 06:00 where their group works. */
  readonly night_pages: number;
  readonly reviewers: readonly {
    /** A person, or `role:…`, `group:…` and `anybody` where the policy names no people. */
    readonly reviewer: string;
    readonly cards: number;
    readonly night_pages: number;
    /** Most cards within one clock hour. */
    readonly busiest_hour: number;
  }[];
  /** Cards by hour of the day, UTC; 24 numbers. */
  readonly hours: readonly number[];
}

export interface ReplayReport {
  readonly coverage: ReplayCoverage;
  /** Replayable decisions that come out as they were recorded. */
  readonly same: number;
  readonly loosened: number;
  readonly tightened: number;
  /** From what was decided to what would be; pairs that occur, strictest first. */
  readonly transitions: readonly {
    readonly from: DecisionKind;
    readonly to: DecisionKind;
    readonly count: number;
  }[];
  /** The rules behind the transitions that change something, most frequent first. */
  readonly rules: readonly {
    readonly before: Verdict;
    readonly after: Verdict;
    readonly count: number;
  }[];
  readonly samples: readonly ReplaySample[];
  readonly load: { readonly before: ReviewLoad; readonly after: ReviewLoad };
  /** How people decided, against what the policy would do with the same action. */
  readonly agreement: readonly {
    readonly people: "approved" | "rejected" | "expired";
    readonly would_allow: number;
    readonly would_hold: number;
    readonly would_deny: number;
  }[];
}

export interface ReplaySample {
  readonly job: string;
  readonly at: string;
  readonly before: Verdict;
  readonly after: Verdict;
  readonly reason: string;
  /** The action as a proposal, secrets hidden. */
  readonly action: JsonObject;
}
