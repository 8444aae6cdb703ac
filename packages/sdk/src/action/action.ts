// What an agent wants to do, as callers of this package write it: camelCase, most parts optional.

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. Members that are `undefined` count as absent. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** A length of time: milliseconds, or a whole number with a unit (`"500ms"`, `"30s"`, `"5m"`, `"2h"`, `"1d"`). */
export type Duration = number | string;

/** The tool behind a call. */
export interface Tool {
  readonly server?: string | null;
  readonly name: string;
}

/** What the action is done to. Part of what people approve. */
export interface Target {
  /** Such as `prod` or `staging`; policies match on it. */
  readonly environment?: string | null;
  /** Such as `customers/c_81`. */
  readonly resource?: string | null;
}

/** What the action costs: major units of the currency (12.5 is 12 dollars 50), or of another unit. */
export interface Cost {
  readonly amount: number;
  readonly currency: string;
}

/** What will happen, computed by the tool itself. Reviewers see it apart from the agent's words. */
export interface Effect {
  readonly rows?: number | null;
  readonly recipients?: number | null;
  /** Before and after, as text, at most 64 Ki characters. */
  readonly diff?: string | null;
}

/** The agent's own words: shown to reviewers as claims, never trusted, no part of the job hash. */
export interface Claims {
  readonly title?: string | null;
  readonly reasoning?: string | null;
  readonly ifApproved?: string | null;
  readonly ifRejected?: string | null;
  /** The user's sentence that the action follows. */
  readonly instruction?: string | null;
  /** 0 to 1. */
  readonly confidence?: number | null;
  readonly signals?: JsonObject | null;
}

/** Something for reviewers to look at. */
export interface Evidence {
  readonly label: string;
  readonly uri?: string | null;
  readonly text?: string | null;
}

/** In which run the agent acts and for whom. Which agent it is comes from the API key. */
export interface AgentRun {
  readonly run?: string | null;
  readonly thread?: string | null;
  /** The run's own name for the call. The same run and call with the same action are one job, whichever process asks. */
  readonly call?: string | null;
  readonly onBehalfOf?: string | null;
}

/** One proposed tool call. */
export interface Action {
  /** Dotted, lower case: `job.db.delete`. */
  readonly topic: string;
  readonly tool?: Tool | null;
  /** Whole and by value, at most 1 MiB as JSON. */
  readonly params?: JsonObject;
  readonly target?: Target | null;
  readonly riskTags?: readonly string[];
  /** Whether it can be undone; leave it out when that is not known. */
  readonly reversible?: boolean | null;
  readonly cost?: Cost | null;
  readonly effect?: Effect | null;
  readonly agent?: AgentRun | null;
  readonly claims?: Claims | null;
  readonly evidence?: readonly Evidence[] | null;
  readonly labels?: Readonly<Record<string, string>> | null;
  /** The same key with the same action is the same job, whichever process asks. Default: made from run and call, else a random one. */
  readonly idempotencyKey?: string | null;
  /** Your own name for the job, `[A-Za-z0-9_.-]{1,64}`. */
  readonly jobId?: string;
  /** How long people have to answer, if it is held; the policy may shorten it. */
  readonly timeout?: Duration | null;
  /** Id of your own rejected or denied job that this one stands in for: reviewers see the two side by side. */
  readonly replaces?: string | null;
}
