// Admins of a tenant over any Store: one who publishes, others who approve, each a person of their own.

import type { Context, Engine } from "@holdpoint/server/flow/context";
import { createDraft } from "@holdpoint/server/flow/policy-drafts";
import { publishDraft } from "@holdpoint/server/flow/publish-draft";
import { review } from "@holdpoint/server/flow/review";
import type { PublishRequest } from "@holdpoint/core/wire/policy-life";
import { contextOf } from "./engine.ts";

/** The connection of an admin who holds a key: nothing of development about it. */
export function adminOf(engine: Engine, tenant: string, id: string): Context {
  const context = contextOf(engine, tenant, { id, roles: [] });
  const scopes = new Set(["read", "review", "admin"] as const);
  const caller = { ...context.caller, agent: null, isDevelopment: false, scopes };
  return { ...context, caller };
}

export async function askToPublish(
  ctx: Context,
  source: string,
  more: PublishRequest = {},
): Promise<{ draft: string; job: string }> {
  const draft = await createDraft(ctx, { source });
  const asked = await publishDraft(ctx, draft.id, more);
  return { draft: draft.id, job: asked.job?.id ?? "" };
}

export async function approveJob(ctx: Context, jobId: string): Promise<void> {
  await review(ctx, {
    jobId,
    verdict: "approve",
    reason: null,
    code: null,
    note: null,
    edit: null,
    seenHash: null,
    seenRevision: null,
    idempotencyKey: null,
  });
}
