// What a person's client sends for an answer that a frontend collected: a review of the very action that was shown.

import type { JsonObject } from "../action/action.ts";
import type { Call } from "../client/transport.ts";

/** What the person was shown. */
export interface Shown {
  readonly jobId: string;
  /** The server refuses a review of anything else (`approval_stale_request`). */
  readonly jobHash: string;
}

/** An answer of a person, whatever the frontend calls it. */
export type PersonAnswer =
  | { readonly kind: "approve"; readonly reason?: string | undefined }
  | { readonly kind: "reject"; readonly reason?: string | undefined }
  | { readonly kind: "modify"; readonly params: JsonObject; readonly reason?: string | undefined };

/**
 * For `request` of a client that carries the person's credential. SECURITY: an agent's credential is refused there;
 * who passed the answer on decides nothing.
 */
export function reviewCall({ jobId, jobHash }: Shown, answer: PersonAnswer): Call {
  const path = `/approvals/${encodeURIComponent(jobId)}/${answer.kind}`;
  return { method: "POST", path, body: { job_hash: jobHash, ...bodyOf(answer) } };
}

function bodyOf(answer: PersonAnswer): object {
  const said = answer.reason?.trim() ?? "";
  switch (answer.kind) {
    case "approve":
      return said === "" ? {} : { reason: said };
    case "reject":
      return { reason: said === "" ? "rejected without a reason" : said };
    case "modify":
      return { params: answer.params, reason: said === "" ? "edited" : said };
  }
}
