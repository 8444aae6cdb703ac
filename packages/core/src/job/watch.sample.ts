// Holds with a watch for tests, as they are some time after they were opened.

import type { Decision } from "../policy/decision.ts";
import { plainTerms } from "../policy/terms.ts";
import { opened, ruling, startAt } from "./job.sample.ts";
import type { JobFile } from "./job.ts";
import { nextDueAt } from "./timers.ts";
import type { Watch } from "./watch.ts";

export const timeoutAt = startAt + 60_000;

export function sampleWatch(more: Partial<Watch> = {}): Watch {
  return {
    level: 0,
    widened: [],
    stepsTaken: 0,
    levelAt: startAt,
    proof: null,
    timers: [{ kind: "timeout", dueAt: timeoutAt }],
    timeoutAt,
    slaAt: null,
    isOverdue: false,
    claim: null,
    questions: [],
    lastPair: [],
    near: null,
    basisRevision: 1,
    ...more,
  };
}

export function watched(more: Partial<Watch> = {}, decision: Partial<Decision> = {}): JobFile {
  const file = opened({ ruling: ruling(decision) });
  const watch = sampleWatch(more);
  return { ...file, job: { ...file.job, watch, dueAt: nextDueAt(watch) } };
}

/** Terms under which leads may override while an incident is open, and claims are silent after 10 s. */
export const urgentTerms: NonNullable<Decision["terms"]> = {
  ...plainTerms,
  claimSilenceMs: 10_000,
  emergency: [{ by: "role:oncall", within: ["incident"] }],
};
