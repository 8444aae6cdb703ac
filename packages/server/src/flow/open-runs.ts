// What a worker is handed with a claim: the saved state, looked at anew, and each call as it is now.

import { isoOf } from "@holdpoint/core/base/clock";
import { resumptionAttemptsMax, resumptionClaimBytesMax } from "@holdpoint/core/base/limits";
import { isHoldpointError } from "@holdpoint/core/error/error";
import { buried, failed, released, type Resumption } from "@holdpoint/core/job/resumption";
import type { JobView } from "@holdpoint/core/wire/response";
import type { ClaimedRun } from "@holdpoint/core/wire/resumption";
import type { CheckpointHead } from "../storage/checkpoints.ts";
import { openCheckpoint } from "./checkpoint-state.ts";
import type { AgentSubject, Context } from "./context.ts";
import { renewGrant } from "./execute.ts";
import { findVisible, policyOf, viewForAgent } from "./read-job.ts";
import { record } from "./record.ts";
import { deadRunNotice, readyToAgent } from "./run-notice.ts";
import { runFact, runView } from "./run-view.ts";
import { changeRun, untold } from "./settle-run.ts";

/** Those of the claimed runs that can be handed out; the others are given up, put off, or given back. */
export async function openRuns(
  ctx: Context,
  agent: AgentSubject,
  runs: readonly Resumption[],
): Promise<readonly ClaimedRun[]> {
  const items: ClaimedRun[] = [];
  let bytes = 0;
  for (const run of runs) {
    if (items.length > 0 && bytes >= resumptionClaimBytesMax) {
      await giveBack(ctx, run);
      continue;
    }
    try {
      const opened = await openState(ctx, agent, run);
      if (opened === null) continue;
      const jobs = await Promise.all(run.jobs.map((id) => jobOf(ctx, id)));
      bytes += opened.state.length;
      items.push(itemOf(run, opened, jobs));
    } catch (error) {
      // One that cannot be read must not use up the attempts of those that were claimed with it.
      if (isHoldpointError(error) && error.code === "storage_unavailable") throw error;
      ctx.telemetry.workFailed(`suspended run ${run.id}`, error);
      await putOff(ctx, run, "the run or one of its calls cannot be read");
    }
  }
  return items;
}

interface Opened {
  readonly head: CheckpointHead;
  readonly state: Uint8Array;
}

function itemOf(run: Resumption, { head, state }: Opened, jobs: JobView[]): ClaimedRun {
  const { id, thread, namespace, step, parent, codec, bytes } = head;
  return {
    resumption: runView(run),
    fence: run.fence,
    lease_until: isoOf(run.dueAt ?? run.updatedAt),
    checkpoint: {
      ...{ id, thread, namespace, run: head.run, step, parent, codec, bytes },
      digest: run.digest as ClaimedRun["checkpoint"]["digest"],
      state: Buffer.from(state).toString("base64"),
      created_at: isoOf(head.createdAt),
    },
    jobs,
  };
}

/** SECURITY: a run goes on only from the very bytes that its calls were bound to. */
async function openState(
  ctx: Context,
  agent: AgentSubject,
  run: Resumption,
): Promise<Opened | null> {
  const { thread, namespace, checkpoint: id } = run;
  const { tenant } = ctx.caller;
  const place = { agent: agent.id, thread, namespace, id };
  const row = await ctx.store.readCheckpoint(tenant, place);
  if (row === null || row.head.digest !== run.digest) {
    const what = row === null ? "is not kept any more" : "is another one now";
    await bury(ctx, run, `the saved state ${what}`);
    return null;
  }
  try {
    return { head: row.head, state: await openCheckpoint(ctx, tenant, row) };
  } catch (error) {
    if (!isHoldpointError(error)) throw error;
    // Another process may have the key; damaged bytes are damaged for all.
    if (error.code === "seal_broken") await bury(ctx, run, "the saved state is damaged");
    else if (error.code === "seal_key_unknown") await putOff(ctx, run, error.detail.message);
    else throw error;
    return null;
  }
}

/** As the agent may see it, with a grant that lives when it was released and there is one to be had. */
async function jobOf(ctx: Context, id: string, isRenewing = true): Promise<JobView> {
  const found = await findVisible(ctx, id);
  const { state, grant } = found.file.job;
  const isLapsed = state === "APPROVED" && grant !== null && grant.expiresAt <= ctx.clock.now();
  if (isLapsed && isRenewing && ctx.caller.scopes.has("redeem")) {
    try {
      return await renewGrant(ctx, id);
    } catch (error) {
      // It was used, withdrawn or returned in this moment, or its agent halted: what it is now is shown.
      if (!isHoldpointError(error) || error.code === "storage_unavailable") throw error;
      return jobOf(ctx, id, false);
    }
  }
  return viewForAgent(ctx, found.file, {
    policy: await policyOf(ctx, found),
    trace: null,
    beside: found,
  });
}

async function bury(ctx: Context, claimed: Resumption, error: string): Promise<void> {
  const noticeOf = await deadRunNotice(ctx, ctx.caller.tenant, claimed.agent);
  const actor = { kind: "system" as const, id: "runs" };
  await settle(ctx, claimed, (run) => {
    const next = buried(run, error, ctx.clock.now());
    const fact = runFact(run, next, { type: "run.dead", actor, more: { error } });
    const events = record(ctx, ctx.caller.tenant, [fact]);
    return { ok: true, next, told: { events, outbox: noticeOf(next) } };
  });
}

async function putOff(ctx: Context, claimed: Resumption, error: string): Promise<void> {
  const { attempts, fence } = claimed;
  // The last attempt ends where people see it.
  if (attempts >= resumptionAttemptsMax) return bury(ctx, claimed, error);
  await settle(ctx, claimed, (run) => {
    const now = ctx.clock.now();
    const result = failed(run, { fence, now, error, isFinal: false, chance: 1 });
    if (!result.ok) return result;
    const outbox = readyToAgent(ctx, ctx.caller.tenant, result.next);
    return { ...result, told: { events: [], outbox } };
  });
}

async function giveBack(ctx: Context, claimed: Resumption): Promise<void> {
  const { fence } = claimed;
  await settle(ctx, claimed, (run) => untold(released(run, { fence, now: ctx.clock.now() })));
}

/** Only while this claim is the newest; another one sees for itself. */
async function settle(
  ctx: Context,
  claimed: Resumption,
  change: Parameters<typeof changeRun>[2],
): Promise<void> {
  await changeRun(ctx, claimed.id, (run) => {
    const isOurs = run.state === "claimed" && run.fence === claimed.fence;
    return isOurs ? change(run) : untold({ ok: true, next: run });
  });
}
