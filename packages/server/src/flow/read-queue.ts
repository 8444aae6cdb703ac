// The queue: holds that wait for people, page by page.

import { pageSizeMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { ApprovalsQuery } from "@holdpoint/core/wire/request";
import type { ApprovalPage } from "@holdpoint/core/wire/response";
import { approvalItem } from "@holdpoint/core/wire/view";
import { likeOfTopic } from "../storage/job-store.ts";
import { type Context, requireViewer } from "./context.ts";

const pendingCountMax = 1_000;

export async function listApprovals(ctx: Context, query: ApprovalsQuery): Promise<ApprovalPage> {
  requireViewer(ctx);
  const { tenant } = ctx.caller;
  const [page, pending] = await Promise.all([
    ctx.store.listApprovals(tenant, {
      includeResolved: query.include_resolved === "true",
      state: query.state ?? null,
      rule: query.rule ?? null,
      topic: query.topic === undefined ? null : likeOfTopic(query.topic),
      agent: query.agent ?? null,
      risk: query.risk ?? null,
      text: query.q === undefined || query.q === "" ? null : query.q,
      isNewestFirst: query.sort === "newest",
      limit: Math.min(query.limit, pageSizeMax),
      after: query.cursor === undefined ? null : readCursor(query.cursor),
    }),
    ctx.store.countPending(tenant, pendingCountMax),
  ]);
  return {
    items: page.jobs.map(approvalItem),
    next_cursor: page.nextAfter === null ? null : String(page.nextAfter),
    pending,
  };
}

function readCursor(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new HoldpointError("cursor_invalid", {
    message: "use the `next_cursor` of an earlier page, unchanged",
  });
}
