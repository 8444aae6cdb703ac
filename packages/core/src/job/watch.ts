// What a hold is beside its action and its votes: who is asked at which level, its timers, its claim, its questions.

import type { Instant } from "../base/clock.ts";
import type { JobId } from "../base/id.ts";

/**
 * `escalation`: the next level is asked. `reminder`: those asked are told again. `delivery`: nobody
 * accepted the notice of the level by then. `sla`: the promised time is over. `window`: the veto
 * window ends. `claim`: the claim was silent. `timeout`: the hold ends as its rule says.
 */
export type TimerKind =
  | "delivery"
  | "reminder"
  | "sla"
  | "claim"
  | "escalation"
  | "window"
  | "timeout";

export interface Timer {
  readonly kind: TimerKind;
  readonly dueAt: Instant;
}

export interface CardClaim {
  readonly person: string;
  readonly name: string | null;
  readonly at: Instant;
  /** Person who assigned it or handed it over; null when claimed by the person. */
  readonly by: string | null;
}

/** A question of a reviewer to the agent; the answer is the agent's claim. */
export interface Question {
  readonly id: string;
  readonly by: string;
  readonly byName: string | null;
  readonly text: string;
  readonly at: Instant;
  readonly answer: { readonly text: string; readonly at: Instant } | null;
}

/** What proved that somebody was told. */
export interface Proof {
  readonly channel: string;
  /** Null for a shared place. */
  readonly person: string | null;
  readonly at: Instant;
}

export interface Watch {
  /** 0: those whom the rule asks; one more with each widening. */
  readonly level: number;
  /** Whom the hold was widened to, in order: `role:`, `group:` or `person:`. */
  readonly widened: readonly string[];
  /** Entries of `terms.escalate` that are used up, in order. */
  readonly stepsTaken: number;
  /** When the present level was reached. */
  readonly levelAt: Instant;
  /** Null until a channel accepted the notice of this level for somebody reachable: clocks wait for it. */
  readonly proof: Proof | null;
  /** The earliest first; each kind at most once, `reminder` as often as it is planned. */
  readonly timers: readonly Timer[];
  /** When the hold ends by itself unless it is widened again. */
  readonly timeoutAt: Instant;
  readonly slaAt: Instant | null;
  readonly isOverdue: boolean;
  readonly claim: CardClaim | null;
  readonly questions: readonly Question[];
  /** People whose approvals released the hold of this rule before; for `exclude: last_pair`. */
  readonly lastPair: readonly string[];
  /** The rejected job that this one is near to. */
  readonly near: JobId | null;
  /** The revision since which the action, its decision and its round are the same. */
  readonly basisRevision: number;
}
