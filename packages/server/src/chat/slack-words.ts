// What a person is told in Slack after they pressed: what became of it, or why not, in words.

import type { HoldpointError } from "@holdpoint/core/error/error";
import type { ReviewAnswer } from "@holdpoint/core/wire/response";
import type { Context } from "../flow/context.ts";
import { readCard } from "../flow/read-card.ts";

export const leftWords =
  "The person whom this account was linked to may not decide here any more; ask an admin of Holdpoint.";

export function outcomeWords(answer: ReviewAnswer): string {
  switch (answer.job.state) {
    case "APPROVED":
    case "EXECUTING":
    case "SUCCEEDED":
      return `Approved: ${answer.decision_summary.title}`;
    case "REJECTED":
      return `Rejected: ${answer.decision_summary.title}. The agent is told why.`;
    case "DENIED":
      return `Policy denies it now: ${answer.policy_reason}`;
    case "APPROVAL":
      return `Your vote counts. ${answer.decision_summary.next_effect}.`;
    default:
      return `It is ${answer.job.state.toLowerCase()}: ${answer.decision_summary.title}`;
  }
}

/** A button that is out of date says who decided, or what changed. */
export async function refusalWords(
  ctx: Context,
  error: HoldpointError,
  jobId: string,
): Promise<string> {
  switch (error.code) {
    case "approval_already_resolved":
    case "approval_not_actionable":
      return (await decidedWords(ctx, jobId)) ?? error.detail.message;
    case "approval_stale_request":
      return "The action, its rule or its round changed after this message was sent. Nothing was done; look at the card.";
    default:
      return `Nothing was done: ${error.detail.message}`;
  }
}

async function decidedWords(ctx: Context, jobId: string): Promise<string | null> {
  const { resolution } = await readCard(ctx, jobId);
  if (resolution === null) return null;
  const by = resolution.by.name ?? `${resolution.by.kind} ${resolution.by.id}`;
  const why = resolution.reason === null ? "" : ` (${resolution.reason})`;
  return `Already ${resolution.kind} by ${by} at ${resolution.at}${why}.`;
}
