// What the caller may do with a hold, told before they try: by the same function that the verbs ask.

import { type Act, authorize } from "@holdpoint/core/approval/authority";
import type { Job } from "@holdpoint/core/job/job";
import { reviewedOf } from "@holdpoint/core/job/reviewed";
import { isWaiting } from "@holdpoint/core/job/state";
import type { Permission } from "@holdpoint/core/wire/hold";
import type { Context } from "./context.ts";
import type { LoadedPolicy } from "./policy-book.ts";
import { refusePublication } from "./review.ts";

/** By the one authorization function, as the verb itself would ask it. */
export function permissionOf(ctx: Context, job: Job, policy: LoadedPolicy, act: Act): Permission {
  const { person, scopes } = ctx.caller;
  const no = (why_not: string): Permission => ({ allowed: false, why_not });
  if (person === null || !scopes.has("review")) return no("scope_missing");
  if (!isWaiting(job.state)) {
    return no(job.held ? "approval_already_resolved" : "approval_not_actionable");
  }
  const at = ctx.clock.now();
  const authority = authorize(reviewedOf(job), person, act, { directory: policy.directory, at });
  if (!authority.ok) return no(authority.code);
  if (act === "override") return { allowed: true, why_not: null };
  const own = refusePublication(ctx, job, act === "modify" ? "modify" : "approve");
  return own === null ? { allowed: true, why_not: null } : no(own.code);
}
