// The queue: holds that wait for people, page by page.

import { pageSizeMax } from "@holdpoint/core/base/limits";
import type { ApprovalsQuery } from "@holdpoint/core/wire/request";
import type { ApprovalPage } from "@holdpoint/core/wire/response";
import { approvalItem } from "@holdpoint/core/wire/view";
import type { Job } from "@holdpoint/core/job/job";
import { isWaiting } from "@holdpoint/core/job/state";
import { likeOfTopic } from "../storage/job-store.ts";
import type { ApprovalFilter, JobPage } from "../storage/store.ts";
import { type Context, requireViewer } from "./context.ts";
import { readCursor } from "./cursor.ts";
import { permissionOf } from "./permission.ts";

const pendingCountMax = 1_000;

/** Holds that one call looks at to fill a page of those that the caller asks for. */
const looksMax = 2_000;

export async function listApprovals(ctx: Context, query: ApprovalsQuery): Promise<ApprovalPage> {
  requireViewer(ctx);
  const filter = filterOf(query);
  const isSifted = query.mine === "true" || query.claimed !== "any";
  const [page, pending] = await Promise.all([
    isSifted ? sifted(ctx, filter, query) : ctx.store.listApprovals(ctx.caller.tenant, filter),
    ctx.store.countPending(ctx.caller.tenant, pendingCountMax),
  ]);
  return {
    items: page.jobs.map(approvalItem),
    next_cursor: page.nextAfter === null ? null : String(page.nextAfter),
    pending,
  };
}

function filterOf(query: ApprovalsQuery): ApprovalFilter {
  return {
    includeResolved: query.include_resolved === "true" && query.mine !== "true",
    state: query.state ?? null,
    rule: query.rule ?? null,
    topic: query.topic === undefined ? null : likeOfTopic(query.topic),
    agent: query.agent ?? null,
    risk: query.risk ?? null,
    text: query.q === undefined || query.q === "" ? null : query.q,
    isNewestFirst: query.sort === "newest",
    limit: Math.min(query.limit, pageSizeMax),
    after: query.cursor === undefined ? null : readCursor(query.cursor),
  };
}

/**
 * A page of the holds that the caller means. Who may vote stands in no column: holds are looked at
 * in their order, so many at most, and the cursor names the last one that was looked at. A page may
 * be short, or empty, and still have a next one.
 */
async function sifted(
  ctx: Context,
  filter: ApprovalFilter,
  query: ApprovalsQuery,
): Promise<Pick<JobPage, "jobs" | "nextAfter">> {
  const jobs: Job[] = [];
  let { after } = filter;
  for (let looks = 0; looks < looksMax; looks += pageSizeMax) {
    const page = await ctx.store.listApprovals(ctx.caller.tenant, {
      ...filter,
      limit: pageSizeMax,
      after,
    });
    for (const [index, job] of page.jobs.entries()) {
      after = page.positions[index] ?? after;
      if (await isMeant(ctx, job, query)) jobs.push(job);
      const isLast = index === page.jobs.length - 1 && page.nextAfter === null;
      if (jobs.length === filter.limit) return { jobs, nextAfter: isLast ? null : after };
    }
    if (page.nextAfter === null) return { jobs, nextAfter: null };
  }
  return { jobs, nextAfter: after };
}

async function isMeant(ctx: Context, job: Job, query: ApprovalsQuery): Promise<boolean> {
  const { tenant, person } = ctx.caller;
  const policy = await ctx.policies.active(tenant, job.action.actor.agent);
  const own = person && policy.directory.canonical(person);
  const claim = isWaiting(job.state) ? (job.watch?.claim ?? null) : null;
  if (query.claimed === "none" && claim !== null) return false;
  if (query.claimed === "me" && (claim === null || claim.person !== own?.id)) return false;
  return query.mine !== "true" || permissionOf(ctx, job, policy, "vote").allowed;
}
