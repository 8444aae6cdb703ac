// A staged rollout: which policy decides for which agent, and when the numbers say stop.

import { sha256Hex } from "#sha256";

/** Stages that an advance walks through, in per cent of the agents. */
export const rolloutStages = [1, 10, 50, 100] as const;

/**
 * The place of an agent in a rollout, 0 to 99. It depends on the rollout, so that not the same
 * agents are first each time, and on nothing else: every replica, and a repeat, agree.
 */
export function placeInRollout(rolloutId: string, agent: string): number {
  // 52 bits of the hash: what is left over after dividing by 100 weighs nothing.
  return (
    Number.parseInt(sha256Hex(`holdpoint/rollout/v1\0${rolloutId}\0${agent}`).slice(0, 13), 16) %
    100
  );
}

/** True when the candidate decides for this agent; more per cent never takes an agent back out. */
export function isInRollout(rolloutId: string, agent: string, percent: number): boolean {
  return placeInRollout(rolloutId, agent) < percent;
}

/** The stage after a percentage; null past the last one. */
export function nextStage(percent: number): number | null {
  return rolloutStages.find((stage) => stage > percent) ?? null;
}

/** What one policy decided: how many, and of these how many were denied, held, met an error. */
export interface ArmCounts {
  readonly cases: number;
  readonly denials: number;
  readonly holds: number;
  readonly errors: number;
}

export const noCases: ArmCounts = { cases: 0, denials: 0, holds: 0, errors: 0 };

export function addCounts(a: ArmCounts, b: ArmCounts): ArmCounts {
  return {
    cases: a.cases + b.cases,
    denials: a.denials + b.denials,
    holds: a.holds + b.holds,
    errors: a.errors + b.errors,
  };
}

type Measure = "denials" | "holds" | "errors";

interface Bound {
  readonly measure: Measure;
  readonly words: string;
  /** Decisions of the candidate below which nothing is said. */
  readonly casesMin: number;
  /** By how much of all its decisions the candidate may have more. */
  readonly shareMax: number;
}

/** What is looked at, in the order in which a halt names it. */
const bounds: readonly Bound[] = [
  { measure: "errors", words: "met an error", casesMin: 5, shareMax: 0.05 },
  { measure: "denials", words: "were denied", casesMin: 20, shareMax: 0.1 },
  { measure: "holds", words: "were held", casesMin: 20, shareMax: 0.1 },
];

/** One chance in two hundred that a difference like this is no difference. */
const certaintyMin = 2.576;

export type RolloutVerdict =
  | { readonly isHalted: false; readonly reason: null; readonly measure: null }
  | { readonly isHalted: true; readonly reason: string; readonly measure: Measure };

const goesOn: RolloutVerdict = { isHalted: false, reason: null, measure: null };

/**
 * Compares what the candidate decided with what the base decided. A halt needs enough cases, a share
 * that is larger by more than the bound, and a difference that chance does not explain. Errors are
 * judged without a base too: none are expected.
 */
export function judgeRollout(base: ArmCounts, candidate: ArmCounts): RolloutVerdict {
  for (const { measure, words, casesMin, shareMax } of bounds) {
    if (candidate.cases < casesMin || (base.cases === 0 && measure !== "errors")) continue;
    const now = candidate[measure] / candidate.cases;
    const before = base.cases === 0 ? 0 : base[measure] / base.cases;
    if (now - before <= shareMax) continue;
    if (base.cases > 0 && certaintyOf(base, candidate, measure) < certaintyMin) continue;
    const beside =
      base.cases === 0
        ? "the base decided nothing to compare with"
        : `under the base ${percentOf(before)} of ${base.cases}`;
    return {
      isHalted: true,
      measure,
      reason: `${percentOf(now)} of ${candidate.cases} actions ${words} under the candidate, ${beside}`,
    };
  }
  return goesOn;
}

/** Standard errors between the two shares: two proportions, one case of each kind added. */
function certaintyOf(base: ArmCounts, candidate: ArmCounts, measure: Measure): number {
  const all = base.cases + candidate.cases;
  const pooled = (base[measure] + candidate[measure] + 1) / (all + 2);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / base.cases + 1 / candidate.cases));
  return (candidate[measure] / candidate.cases - base[measure] / base.cases) / error;
}

function percentOf(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
