// Takes in what agents decided locally: each record becomes a job, decided again under the snapshot that it names.

import { asJobId } from "@holdpoint/core/base/id";
import { localLeaseMs, localRecordLifeMs } from "@holdpoint/core/base/limits";
import type { Action } from "@holdpoint/core/action/action";
import { jobHash } from "@holdpoint/core/action/hash";
import { refuse } from "@holdpoint/core/base/result";
import { entryOf, errorOf, isHoldpointError } from "@holdpoint/core/error/error";
import type { Lease } from "@holdpoint/core/grant/lease";
import { type LocalEnding, openLocalJob } from "@holdpoint/core/job/local";
import { noFacts } from "@holdpoint/core/policy/facts";
import { actionFromProposal } from "@holdpoint/core/wire/action-door";
import type {
  LocalBatch,
  LocalBatchAnswer,
  LocalEnd,
  LocalRecord,
} from "@holdpoint/core/wire/local";
import { requireRate } from "./agent-limits.ts";
import { changeJob } from "./change-job.ts";
import { commitChange, nothingMore } from "./commit-change.ts";
import { actorOfAgent, type AgentSubject, type Context, requireAgent } from "./context.ts";
import type { LoadedPolicy } from "./loaded-policy.ts";
import { besideMismatch } from "./local-mismatch.ts";

/** Records that are decided again before others of the process have their turn. */
const sliceSize = 16;
/** Clocks of agent and server are compared by one answer; this is what it may be wrong by. */
const clockSlackMs = 2_000;

type Taken =
  | { readonly kind: "written" | "known" }
  | { readonly kind: "mismatched"; readonly id: string; readonly why: string };

/**
 * `POST /decisions/local`. INVARIANT: every record is written once, however often its batch is sent, in
 * whatever batch it comes; the batch itself is noted only after all of them.
 */
export async function takeLocalBatch(ctx: Context, batch: LocalBatch): Promise<LocalBatchAnswer> {
  const agent = requireAgent(ctx, "propose");
  const { tenant } = ctx.caller;
  const total = batch.records.length + batch.ends.length;
  if (await ctx.store.hasLocalBatch(tenant, agent.id, batch.batch)) {
    return { batch: batch.batch, written: 0, known: total, mismatched: [] };
  }
  const leases = await Promise.all(
    batch.leases.map(async (token) => {
      const lease = await ctx.signer.readLease(tenant, token);
      return lease?.agent === agent.id ? lease : null;
    }),
  );
  const taken: Taken[] = [];
  for (let from = 0; from < batch.records.length; from += sliceSize) {
    const slice = batch.records.slice(from, from + sliceSize);
    taken.push(
      ...(await Promise.all(
        slice.map((record) => takeRecord(ctx, agent, record, leases[record.lease] ?? null)),
      )),
    );
  }
  for (const end of batch.ends) taken.push(await takeEnd(ctx, agent, end));
  const row = { agent: agent.id, id: batch.batch, records: total, receivedAt: ctx.clock.now() };
  await ctx.store.addLocalBatch(tenant, row);
  return {
    batch: batch.batch,
    written: taken.filter(({ kind }) => kind !== "known").length,
    known: taken.filter(({ kind }) => kind === "known").length,
    mismatched: taken.flatMap((one) =>
      one.kind === "mismatched" ? [{ id: one.id, why: one.why }] : [],
    ),
  };
}

async function takeRecord(
  ctx: Context,
  agent: AgentSubject,
  record: LocalRecord,
  lease: Lease | null,
): Promise<Taken> {
  const { tenant } = ctx.caller;
  const read = actionFromProposal(record.proposal, agent.id);
  if (!read.ok) return { kind: "mismatched", id: record.id, why: errorOf(read).message };
  const declared = read.action;
  const policy = await policyOf(ctx, agent, lease);
  const why = mismatchOf(ctx, record, { declared, lease, policy });
  if (why !== null) await requireMismatchRate(ctx, agent, record.id);
  const at = atOf(record, lease, ctx.clock.now());
  const basis = { facts: noFacts, now: at };
  const known = policy.learn(tenant, declared, basis);
  const change = openLocalJob({
    tenant,
    id: asJobId(record.id),
    action: known.action,
    ...(known.enrichment === null ? {} : { declared }),
    enrichment: known.enrichment,
    requester: agent.requester,
    ruling: policy.rule(tenant, known, basis),
    claim: {
      decision: record.decision,
      rule: record.rule,
      at,
      leasedAt: lease?.signedAt ?? null,
    },
    mismatch: why,
    ending: record.end === null ? null : endingOf(record.end),
    executionId: ctx.ids.execution(),
    now: ctx.clock.now(),
  });
  const written = await commitChange(ctx, { job: change.job, reviews: [] }, change, {
    expected: null,
    bundle: null,
    beside: why === null ? nothingMore : besideMismatch(ctx, change.job, why),
    answer: null,
  });
  if (written !== "written") return takeAgain(ctx, agent, record, declared);
  if (why !== null) return { kind: "mismatched", id: record.id, why };
  ctx.shadows.offer(change.job);
  return { kind: "written" };
}

/**
 * SECURITY: each record that the server does not share is told to people, so an agent with a limit on its proposals sends
 * no more of them than of those. What was written before is not counted again when its batch comes again.
 */
async function requireMismatchRate(ctx: Context, agent: AgentSubject, id: string): Promise<void> {
  const perMinute = agent.registered?.limits.perMinute ?? null;
  if (perMinute === null || (await ctx.store.findJob(ctx.caller.tenant, id)) !== null) return;
  requireRate(ctx, agent.id, perMinute);
}

/** The policy that the agent says it decided under; for one that nobody signed, the active one judges it. */
async function policyOf(
  ctx: Context,
  agent: AgentSubject,
  lease: Lease | null,
): Promise<LoadedPolicy> {
  const { tenant } = ctx.caller;
  return lease === null
    ? ctx.policies.active(tenant, agent.id)
    : ctx.policies.get(tenant, lease.bundle, agent.id);
}

interface Judged {
  readonly declared: Action;
  readonly lease: Lease | null;
  readonly policy: LoadedPolicy;
}

/**
 * Why the server does not share the decision; null when it does. SECURITY: the agent's word counts for
 * nothing here: not which policy was in force, nor when, nor what it said.
 */
function mismatchOf(ctx: Context, record: LocalRecord, judged: Judged): string | null {
  const { declared, lease, policy } = judged;
  const now = ctx.clock.now();
  if (lease === null) return "no lease of this server";
  if (record.at < lease.signedAt - clockSlackMs) return "decided before its lease";
  if (record.at > lease.signedAt + localLeaseMs + clockSlackMs) return "decided after its lease";
  if (record.at > now + clockSlackMs) return "decided in the future";
  if (now - lease.signedAt > localRecordLifeMs) return "told too late";
  if (lease.remembered === null || lease.remembered.includes(declared.topic)) {
    return "people rejected something in this topic";
  }
  if (declared.idempotencyKey !== null) return "a call with a name of its own";
  const answer = policy.decideLocally(ctx.caller.tenant, declared, record.at);
  if (!answer.isDecided) return `not to be decided locally: ${answer.why}`;
  const { kind, ruleId } = answer.decision;
  if (kind !== record.decision || ruleId !== record.rule) return "another decision";
  return null;
}

/** INVARIANT: no record is older than its lease or newer than now, whatever its clock says. */
function atOf(record: LocalRecord, lease: Lease | null, now: number): number {
  return Math.min(now, Math.max(record.at, lease === null ? now : lease.signedAt));
}

/** Its id, or its name, is taken: by the same record, which came before, or by something else. */
async function takeAgain(
  ctx: Context,
  agent: AgentSubject,
  record: LocalRecord,
  declared: Action,
): Promise<Taken> {
  const { tenant } = ctx.caller;
  const found = await ctx.store.findJob(tenant, record.id);
  const job = found?.file.job;
  const isSame =
    job !== undefined &&
    job.action.actor.agent === agent.id &&
    job.proposedHash === jobHash(tenant, declared);
  if (!isSame) return { kind: "mismatched", id: record.id, why: "the id or name is taken" };
  return record.end === null
    ? { kind: "known" }
    : takeEnd(ctx, agent, { id: record.id, ...record.end });
}

/** An end that is not known leaves the job to its deadline, which says the same. */
async function takeEnd(ctx: Context, agent: AgentSubject, end: LocalEnd): Promise<Taken> {
  if (end.status === "UNKNOWN") return { kind: "known" };
  const { status } = end;
  const { summary, outputDigest, effect } = endingOf(end);
  let isWritten = false;
  try {
    await changeJob<null>(ctx, {
      jobId: end.id,
      name: "local_end",
      by: actorOfAgent(agent),
      requestKey: null,
      isPolicyBound: false,
      command: (found) => {
        const { job } = found.file;
        // SECURITY: only what this agent decided locally ends like this; a grant has its own way.
        const isOwn = job.action.actor.agent === agent.id && job.execution?.grantId === null;
        if (!isOwn) return refuse("job_not_found", "no such local record");
        isWritten = job.outcome === null;
        return {
          ok: true,
          command: {
            kind: "report",
            executionId: job.execution?.id ?? null,
            status,
            summary,
            outputDigest,
            effect: effect === null ? null : { ...effect },
            by: actorOfAgent(agent),
            now: ctx.clock.now(),
          },
        };
      },
      answer: async () => null,
    });
  } catch (error) {
    // What is over, or never was, takes no end; sent again it would not either.
    if (isHoldpointError(error) && entryOf(error.code).retry === "never") return { kind: "known" };
    throw error;
  }
  return { kind: isWritten ? "written" : "known" };
}

function endingOf(end: Omit<LocalEnd, "id">): LocalEnding {
  const { effect } = end;
  return {
    status: end.status,
    endedAt: end.ended_at,
    summary: end.summary ?? null,
    outputDigest: end.output_digest ?? null,
    effect: effect == null ? null : effectOf(effect),
  };
}

function effectOf(effect: NonNullable<LocalEnd["effect"]>): NonNullable<LocalEnding["effect"]> {
  return {
    rows: effect.rows ?? null,
    recipients: effect.recipients ?? null,
    diff: effect.diff ?? null,
  };
}
