// What the server knows beside the action when it decides: history and counts. Recorded with the decision.

/** Usual values of one numeric parameter, by its path (`params.amount`), for this agent and topic. */
export interface UsualRange {
  /** Earlier actions that carried the parameter. */
  readonly count: number;
  /** 5th and 95th percentile. */
  readonly low: number;
  readonly high: number;
}

/** How this agent, topic and target looked before this action was proposed. */
export interface History {
  /** True when nothing like it was proposed before; `target` is the resource, for this agent. */
  readonly firstTime: {
    readonly agent: boolean;
    readonly topic: boolean;
    readonly target: boolean;
  };
  /** Proposals of this agent with this topic, without this one. */
  readonly count: { readonly hour: number; readonly day: number };
  readonly ranges: Readonly<Record<string, UsualRange>>;
  /** State that the last finished action of this agent and topic ended in; null when there is none. */
  readonly lastOutcome: string | null;
  /** Milliseconds since people last rejected an action of this agent and topic; null when never. */
  readonly sinceRejectionMs: number | null;
}

/**
 * What was known when the action was proposed. What is missing makes a rule undecided: one that
 * holds or denies then applies, one that releases does not.
 */
export interface Facts {
  /** Null when it was not looked up. */
  readonly history: History | null;
  /** Sliding counts, this proposal included, by the key of `velocityChecks`. */
  readonly velocity: Readonly<Record<string, number>>;
}

export const noFacts: Facts = { history: null, velocity: {} };
