// The kinds of news about a hold, and what each asks of whoever sends it.

import type { Notice } from "../job/change.ts";

export type NoticeKind =
  | "approval.requested"
  | "approval.escalated"
  | "approval.reminded"
  | "approval.overdue"
  | "approval.assigned"
  | "approval.silent"
  | "approval.answered"
  | "approval.overridden"
  | "approval.resolved"
  | "execution.unknown";

export const noticeKinds: Readonly<Record<Notice, NoticeKind>> = {
  held: "approval.requested",
  returned: "approval.requested",
  resolved: "approval.resolved",
  unknown: "execution.unknown",
  escalated: "approval.escalated",
  reminded: "approval.reminded",
  overdue: "approval.overdue",
  assigned: "approval.assigned",
  silent: "approval.silent",
  answered: "approval.answered",
  overridden: "approval.resolved",
};

/** Asks somebody to act: pointless once it is decided. */
const asking: ReadonlySet<string> = new Set([
  "approval.requested",
  "approval.escalated",
  "approval.reminded",
  "approval.overdue",
  "approval.assigned",
  "approval.silent",
  "approval.answered",
]);

export function isAsking(kind: string): boolean {
  return asking.has(kind);
}

/** Shows the card; the first of a level is what proves that its people know. */
export function isCard(kind: string): boolean {
  return (
    kind === "approval.requested" || kind === "approval.escalated" || kind === "approval.assigned"
  );
}
