// What an agent wants to do, as the product holds it after the door has read it.

import type { Json, JsonObject } from "../base/json/value.ts";

export interface Tool {
  readonly server: string | null;
  readonly name: string;
}

export interface Target {
  readonly environment: string | null;
  readonly resource: string | null;
}

/** An amount in major units of an ISO 4217 currency, or of another unit named in `currency`. */
export interface Cost {
  readonly amount: number;
  readonly currency: string;
}

/** Where the tool could compute what will happen; null members are unknown. */
export interface Effect {
  readonly rows: number | null;
  readonly recipients: number | null;
  readonly diff: string | null;
}

/** The agent's own words: shown as claims, never trusted, never in the job hash. */
export interface Claims {
  readonly title: string | null;
  readonly reasoning: string | null;
  readonly ifApproved: string | null;
  readonly ifRejected: string | null;
  readonly instruction: string | null;
  readonly confidence: number | null;
  readonly signals: Readonly<JsonObject>;
}

export interface Evidence {
  readonly label: string;
  readonly uri: string | null;
  readonly text: string | null;
}

/** Who proposes: the agent from its credential, the rest from the body. */
export interface Actor {
  readonly agent: string;
  readonly run: string | null;
  readonly thread: string | null;
  /** The run's own name for this call, by which a repeat of it is known; no part of the job hash. */
  readonly call: string | null;
  readonly onBehalfOf: string | null;
}

export interface Action {
  readonly topic: string;
  readonly tool: Tool | null;
  readonly params: Readonly<JsonObject>;
  readonly target: Target;
  /** Sorted, without repeats: what the agent said and what the server added. */
  readonly riskTags: readonly string[];
  readonly reversible: boolean | null;
  readonly cost: Cost | null;
  readonly effect: Effect | null;
  /** True once the effect was another at the redemption: it is then part of the job hash. */
  readonly isEffectBound?: boolean;
  readonly actor: Actor;
  readonly claims: Claims;
  readonly evidence: readonly Evidence[];
  readonly labels: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | null;
  readonly checkpoint: string | null;
}

export type { Json, JsonObject };
