// A press or a dialog of Slack as a request to the verbs: what was shown, and one name for each press.

import { createHash } from "node:crypto";
import type { Digest } from "@holdpoint/core/base/digest";
import type { Target } from "../channel/slack-card.ts";
import type { ReviewInput } from "../flow/review.ts";

/** SECURITY: what was shown travels with the button, so that nobody approves what they did not see. */
export function reviewOf(target: Target, verdict: ReviewInput["verdict"]): ReviewInput {
  return {
    jobId: target.jobId,
    verdict,
    reason: null,
    code: null,
    note: null,
    edit: null,
    seenHash: target.jobHash as Digest,
    seenRevision: target.revision,
    idempotencyKey: null,
  };
}

/** One press is one request, however often it reaches a server; two presses are two, and harmless. */
export function requestKey(account: string, press: string): string {
  return `slack:${createHash("sha256").update(`${account}\0${press}`).digest("hex")}`;
}
