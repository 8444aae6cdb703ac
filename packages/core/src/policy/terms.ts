// What a hold goes on by when its rules do not say it.

import { claimSilenceDefaultMs } from "../base/limits.ts";
import type { Decision, HoldTerms } from "./decision.ts";

export const plainTerms: HoldTerms = Object.freeze({
  escalate: [],
  remindMs: [],
  windowMs: null,
  claimSilenceMs: claimSilenceDefaultMs,
  isLowRisk: false,
  emergency: null,
  invariants: [],
});

export function termsOf({ terms }: Pick<Decision, "terms">): HoldTerms {
  return terms ?? plainTerms;
}
