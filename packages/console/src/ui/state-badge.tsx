// The state of a job, in words and never by colour alone.

import type { ReactNode } from "react";
import type { JobState } from "@holdpoint/core/job/state";

type Tone = "hold" | "go" | "stop" | "quiet" | "work";

const looks: Readonly<Record<JobState, readonly [string, Tone]>> = {
  APPROVAL: ["Waiting for people", "hold"],
  APPROVED: ["Approved", "go"],
  EXECUTING: ["Running", "work"],
  DENIED: ["Denied by policy", "stop"],
  REJECTED: ["Rejected", "stop"],
  EXPIRED: ["Expired, blocked", "stop"],
  CANCELLED: ["Withdrawn", "quiet"],
  REVOKED: ["Revoked", "stop"],
  SUCCEEDED: ["Done", "go"],
  FAILED: ["Failed", "stop"],
  UNKNOWN: ["Outcome unknown", "hold"],
};

export function stateWords(state: JobState): string {
  return looks[state][0];
}

export function StateBadge({ state }: { state: JobState }): ReactNode {
  const [words, tone] = looks[state];
  return <span className={`hp-badge hp-tone-${tone}`}>{words}</span>;
}

const decisions: Readonly<Record<string, readonly [string, Tone]>> = {
  ALLOW: ["Allow", "go"],
  LOG: ["Allow and log", "go"],
  ALLOW_WITH_CONSTRAINTS: ["Allow with constraints", "go"],
  ALLOW_UNLESS_REJECTED: ["Hold: allow unless rejected", "hold"],
  REQUIRE_APPROVAL: ["Hold for approval", "hold"],
  DENY: ["Deny", "stop"],
};

export function DecisionBadge({ decision }: { decision: string }): ReactNode {
  const [words, tone] = decisions[decision] ?? [decision, "quiet"];
  return <span className={`hp-badge hp-tone-${tone}`}>{words}</span>;
}

const risks = { low: "quiet", medium: "hold", high: "stop" } as const;

export function RiskBadge({ level }: { level: "low" | "medium" | "high" }): ReactNode {
  return <span className={`hp-badge hp-tone-${risks[level]}`}>{level} risk</span>;
}
