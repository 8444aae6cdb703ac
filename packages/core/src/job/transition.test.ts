// Every state against every command: where it leads, or with which code it is refused.

import { describe, expect, it } from "vitest";
import {
  ben,
  editedHash,
  fileIn,
  outcomeOf,
  redeem,
  renewal,
  report,
  review,
  settlement,
  startAt,
  withdrawal,
} from "./job.sample.ts";
import type { JobFile } from "./job.ts";
import {
  canFollow,
  hasEnded,
  isAnswered,
  isTerminal,
  isWaiting,
  jobStates,
  nextStates,
} from "./state.ts";
import { type Command, transition } from "./transition.ts";

const commands: Readonly<Record<string, (file: JobFile) => Command>> = {
  approve: (file) => review(file, { person: ben }),
  reject: (file) => review(file, { person: ben, verdict: "reject" }),
  modify: (file) => review(file, { person: ben, verdict: "modify" }),
  comment: (file) => review(file, { person: ben, verdict: "comment" }),
  abstain: (file) => review(file, { person: ben, verdict: "abstain" }),
  redeem: (file) => redeem(file),
  "redeem another": (file) => redeem(file, { runningHash: editedHash }),
  renew: () => renewal(),
  succeed: () => report(),
  fail: () => report({ status: "FAILED" }),
  cancel: () => withdrawal("cancel"),
  revoke: () => withdrawal("revoke"),
  settle: () => settlement(),
  "lapse early": () => ({ kind: "lapse", now: startAt + 3 }),
  "lapse late": () => ({ kind: "lapse", now: startAt + 40 * 86_400_000 }),
};

const resolved = "approval_already_resolved";
const dead = "grant_not_live";
const used = "grant_already_redeemed";
const early = "approval_not_actionable";

// One line per command; the columns are the states in the order of `columns`.
const columns = ["APPROVAL", "APPROVED", "EXECUTING", "UNKNOWN", "SUCCEEDED", "FAILED"] as const;
const table: Readonly<Record<string, readonly string[]>> = {
  approve: ["APPROVED", resolved, resolved, resolved, resolved, resolved],
  reject: ["REJECTED", resolved, resolved, resolved, resolved, resolved],
  modify: ["APPROVED", resolved, resolved, resolved, resolved, resolved],
  comment: ["APPROVAL", resolved, resolved, resolved, resolved, resolved],
  abstain: ["APPROVAL", resolved, resolved, resolved, resolved, resolved],
  redeem: [dead, "EXECUTING", used, used, used, used],
  "redeem another": [dead, "grant_hash_mismatch", used, used, used, used],
  renew: ["job_not_approved", "APPROVED", ...repeated("job_not_approved", 4)],
  succeed: [
    ...repeated("job_not_executing", 2),
    "SUCCEEDED",
    "SUCCEEDED",
    "unchanged",
    "outcome_exists",
  ],
  fail: [...repeated("job_not_executing", 2), "FAILED", "FAILED", "outcome_exists", "unchanged"],
  cancel: ["CANCELLED", "CANCELLED", ...repeated("job_not_cancellable", 4)],
  revoke: ["job_not_approved", "REVOKED", ...repeated("job_not_approved", 4)],
  settle: [...repeated("job_not_unknown", 3), "SUCCEEDED", ...repeated("outcome_exists", 2)],
  "lapse early": repeated(early, 6),
  "lapse late": ["EXPIRED", "EXPIRED", "UNKNOWN", early, early, early],
};

function repeated(word: string, count: number): string[] {
  return new Array<string>(count).fill(word);
}

const cases = Object.entries(table).flatMap(([command, outcomes]) =>
  columns.map((state, at) => [command, state, outcomes[at] ?? ""] as const),
);

describe("a job", () => {
  it.each(cases)("on `%s` in state %s: %s", (command, state, expected) => {
    const file = fileIn(state);
    const made = commands[command]?.(file);
    expect(made && outcomeOf(transition(file, made))).toBe(expected);
  });

  it("is tried with every command of the table", () => {
    expect(Object.keys(table)).toEqual(Object.keys(commands));
  });
});

const ended = ["DENIED", "REJECTED", "EXPIRED", "CANCELLED", "REVOKED"] as const;
const endings: Readonly<Record<string, string>> = {
  redeem: dead,
  "redeem another": dead,
  renew: "job_not_approved",
  settle: "job_not_unknown",
  succeed: "job_not_executing",
  fail: "job_not_executing",
  "lapse early": early,
  "lapse late": early,
};
const endedCases = ended.flatMap((state) =>
  Object.keys(commands).map((command) => [state, command] as const),
);

describe("a job that never ran", () => {
  it.each(endedCases)("stays %s on `%s`", (state, command) => {
    const file = fileIn(state);
    const made = commands[command]?.(file);
    const outcome = made && outcomeOf(transition(file, made));
    const isOwnWord =
      (command === "cancel" && state === "CANCELLED") ||
      (command === "revoke" && state === "REVOKED");
    const refusals: Record<string, string> = {
      cancel: isOwnWord ? "unchanged" : "job_not_cancellable",
      revoke: isOwnWord ? "unchanged" : "job_not_approved",
    };
    const word = state === "DENIED" ? early : resolved;
    expect(outcome).toBe(refusals[command] ?? endings[command] ?? word);
  });
});

describe("the state machine", () => {
  it.each(jobStates.map((state) => [state] as const))("reaches %s and knows it", (state) => {
    expect(fileIn(state).job.state).toBe(state);
    expect(isTerminal(state)).toBe(nextStates[state].length === 0);
    expect(isWaiting(state)).toBe(state === "APPROVAL");
    expect(isAnswered(state)).toBe(state !== "APPROVAL");
    const goesOn: readonly string[] = ["APPROVAL", "APPROVED", "EXECUTING"];
    expect(hasEnded(state)).toBe(!goesOn.includes(state));
  });

  it("leaves no way out of an end, and none back from an execution", () => {
    for (const state of jobStates) {
      if (isTerminal(state)) expect(jobStates.filter((to) => canFollow(state, to))).toEqual([]);
      expect(canFollow("EXECUTING", state)).toBe(
        ["SUCCEEDED", "FAILED", "UNKNOWN"].includes(state),
      );
    }
    expect(canFollow("UNKNOWN", "EXECUTING")).toBe(false);
  });
});
