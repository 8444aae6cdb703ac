// One verdict about many holds of the same kind: each is reviewed by itself, and answered by itself.

import { entryOf, HoldpointError, isHoldpointError } from "@holdpoint/core/error/error";
import type { Digest } from "@holdpoint/core/base/digest";
import type { Job } from "@holdpoint/core/job/job";
import type { BatchAnswer, BatchRequest } from "@holdpoint/core/wire/hold";
import { type Context, requirePerson } from "./context.ts";
import { maySee } from "./read-job.ts";
import { review } from "./review.ts";

/** Reviews under way at once; they share the flushes of the store. */
const atOnce = 10;

type Item = BatchRequest["items"][number];
type ItemAnswer = BatchAnswer["items"][number];

/**
 * INVARIANT: a batch is no other door: every item goes through `review`, with the hash that was
 * shown for it. A repeat gives every item its first answer.
 */
export async function reviewBatch(
  ctx: Context,
  request: BatchRequest,
  idempotencyKey: string | null,
): Promise<BatchAnswer> {
  requirePerson(ctx, "review");
  requireWords(request);
  requireDistinct(request.items);
  requireOneKind(await jobsOf(ctx, request.items));
  const answers: ItemAnswer[] = [];
  for (let from = 0; from < request.items.length; from += atOnce) {
    const some = request.items.slice(from, from + atOnce);
    const reviewed = some.map((item) => reviewOne(ctx, request, { item, idempotencyKey }));
    answers.push(...(await Promise.all(reviewed)));
  }
  return { items: answers };
}

async function reviewOne(
  ctx: Context,
  request: BatchRequest,
  { item, idempotencyKey }: { item: Item; idempotencyKey: string | null },
): Promise<ItemAnswer> {
  const id = item.job_id as ItemAnswer["job_id"];
  try {
    const answer = await review(ctx, {
      jobId: item.job_id,
      verdict: request.verdict,
      reason: request.reason ?? null,
      code: request.code ?? null,
      note: request.note ?? null,
      edit: null,
      seenHash: item.job_hash as Digest,
      seenRevision: null,
      idempotencyKey: idempotencyKey === null ? null : `${idempotencyKey}/${item.job_id}`,
    });
    return { job_id: id, status: 200, state: answer.job.state, code: null, detail: null };
  } catch (error) {
    if (!isHoldpointError(error)) throw error;
    const { status } = entryOf(error.code);
    return { job_id: id, status, state: null, code: error.code, detail: error.detail.message };
  }
}

function requireWords({ verdict, reason, code }: BatchRequest): void {
  if (verdict === "reject" && (reason === undefined || reason.trim() === "")) {
    throw new HoldpointError("request_invalid", {
      message: "a rejection says why",
      path: "/reason",
    });
  }
  if (verdict === "approve" && code !== undefined) {
    throw new HoldpointError("request_invalid", {
      message: "a code is for rejections",
      path: "/code",
    });
  }
}

function requireDistinct(items: readonly Item[]): void {
  const seen = new Set<string>();
  items.forEach(({ job_id: id }, index) => {
    if (seen.has(id)) {
      const path = `/items/${index}/job_id`;
      throw new HoldpointError("request_invalid", { message: "a hold stands here twice", path });
    }
    seen.add(id);
  });
}

/** What is not there, or not to be seen, has no kind; its item is answered by the review. */
async function jobsOf(ctx: Context, items: readonly Item[]): Promise<readonly Job[]> {
  const found = await Promise.all(
    items.map(({ job_id: id }) => ctx.store.findJob(ctx.caller.tenant, id)),
  );
  return found.flatMap((one) => (one !== null && maySee(ctx, one.file) ? [one.file.job] : []));
}

/** Spec 03: holds of one rule, topic and agent, that ask for no signature. */
function requireOneKind(jobs: readonly Job[]): void {
  const [first] = jobs;
  if (first === undefined) return;
  for (const job of jobs) {
    if (job.decision.strongAuth !== null) {
      throw mixed(job, "a rule with strong_auth asks for each by itself");
    }
    const isSame =
      job.decision.ruleId === first.decision.ruleId &&
      job.action.topic === first.action.topic &&
      job.action.actor.agent === first.action.actor.agent;
    if (!isSame) throw mixed(job, `it is not of the rule, topic and agent of ${first.id}`);
  }
}

function mixed({ id }: Job, why: string): HoldpointError {
  return new HoldpointError("batch_mixed", { message: `${id}: ${why}`, facts: { job: id } });
}
