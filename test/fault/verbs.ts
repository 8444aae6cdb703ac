// Every verb that writes, each with what has to be there before it, for tests that make storage fail.

import { isHoldpointError } from "@holdpoint/core/error/error";
import type { ReviewKind } from "@holdpoint/core/approval/review";
import type { Proposal } from "@holdpoint/core/wire/shape";
import type { Channel } from "@holdpoint/server/channel/channel";
import type { Context } from "@holdpoint/server/flow/context";
import { DutyBook } from "@holdpoint/server/flow/duty-book";
import { redeem, renewGrant, reportOutcome } from "@holdpoint/server/flow/execute";
import { tickDue } from "@holdpoint/server/flow/tick";
import { createKey, revokeKey } from "@holdpoint/server/flow/manage-keys";
import { importPeople } from "@holdpoint/server/flow/manage-people";
import { putTool } from "@holdpoint/server/flow/manage-tools";
import { propose } from "@holdpoint/server/flow/propose";
import { publishPolicy } from "@holdpoint/server/flow/publish-policy";
import { remediate } from "@holdpoint/server/flow/remediate";
import { review } from "@holdpoint/server/flow/review";
import { settleJob } from "@holdpoint/server/flow/settle-job";
import { withdraw } from "@holdpoint/server/flow/withdraw";
import { ChannelSender } from "@holdpoint/server/worker/channel-sender";
import { fanOutAll } from "@holdpoint/server/worker/sender";
import type { HandClock } from "../sim/engine.ts";
import { peopleVerbs } from "./people-verbs.ts";

export const policySource = `version: v1
defaults: { rejection_memory: 0 }
groups: { crew: { members: [] } }
rules:
  - id: open
    match: { topics: ["job.files.read"] }
    decision: allow
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    timeout: 60s
    remediations: [{ id: read, title: Read it, set: { topic: job.files.read } }]
  - id: never
    match: { topics: ["job.db.drop"] }
    decision: deny
    remediations: [{ id: read, title: Read it, set: { topic: job.files.read } }]
  - id: counted
    match: { topics: ["job.crm.write"] }
    velocity: { over: 3, in: 1h, per: [agent.id] }
    decision: require_approval
`;

/** What a verb's preparation hands to it: an id or a token of what it made. */
type Prepared = string;

export interface Verb {
  readonly prepare: (ctx: Context, clock: HandClock) => Promise<Prepared>;
  readonly run: (ctx: Context, prepared: Prepared) => Promise<unknown>;
  /** False when a second call is meant to do its work a second time. */
  readonly isRepeatable?: false;
  /** True when it writes twice, and the caller's repeat goes on after the first. */
  readonly isTwoSteps?: true;
  /** True when nobody calls: a loop does, and tries again later. */
  readonly isLoop?: true;
}

const held: Proposal = { topic: "job.db.delete", params: { id: "c_81" }, job_id: "job-1" };
const allowed: Proposal = { topic: "job.files.read", params: {}, job_id: "job-1" };
const deniedProposal: Proposal = { topic: "job.db.drop", params: {}, job_id: "job-1" };

const countedProposal: Proposal = { topic: "job.crm.write", params: {}, job_id: "job-1" };

/** Of the one call that is made again and again. */
const nonce = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

const shown = { rows: 1 };

const nothing = async (): Promise<Prepared> => "";

async function holding(ctx: Context): Promise<Prepared> {
  await propose(ctx, held);
  return "";
}

/** The token of an approved job. */
async function approved(ctx: Context): Promise<Prepared> {
  await propose(ctx, held);
  await reviewBy("approve")(ctx);
  return (await renewGrant(ctx, "job-1")).grant?.token ?? "";
}

async function running(ctx: Context): Promise<Prepared> {
  await redeemBy(ctx, await approved(ctx), "setup");
  return "";
}

/** A release whose effect turns out to be another one, which is an answer and not a fault. */
async function redeemChanged(ctx: Context, grant: string): Promise<string> {
  const { topic, params } = held;
  const action = { topic, params, effect: { rows: 2 } };
  try {
    await redeem(ctx, { grant, action }, "changed");
  } catch (error) {
    if (isHoldpointError(error) && error.code === "effect_changed") return error.code;
    throw error;
  }
  throw new Error("the effect was taken for the one that was shown");
}

function reviewBy(verdict: ReviewKind): (ctx: Context) => Promise<unknown> {
  return (ctx) =>
    review(ctx, {
      jobId: "job-1",
      verdict,
      reason: "because",
      code: null,
      note: "noted",
      edit: verdict === "modify" ? { params: { id: "c_82" }, reason: "because" } : null,
      seenHash: null,
      seenRevision: null,
      idempotencyKey: `review-${verdict}`,
    });
}

function redeemBy(ctx: Context, grant: string, key: string): Promise<unknown> {
  const { topic, params } = held;
  return redeem(ctx, { grant, action: { topic, params } }, key);
}

function withdrawBy(kind: "cancel" | "revoke"): (ctx: Context) => Promise<unknown> {
  return (ctx) => withdraw(ctx, { kind, jobId: "job-1", reason: "no", idempotencyKey: kind });
}

async function overdue(
  ready: (ctx: Context) => Promise<Prepared>,
  ctx: Context,
  clock: HandClock,
): Promise<Prepared> {
  await ready(ctx);
  clock.move(2 * 86_400_000);
  return "";
}

/** What the channel of the test was told, by id of the message. */
export const delivered: string[] = [];
const channelOf = (name: string, reach: Channel["reach"]): Channel => ({
  name,
  reach,
  addressedBy: "email",
  deliver: async (message) => {
    delivered.push(message.id);
    return { ref: null };
  },
  update: async () => undefined,
  test: async () => undefined,
});

/** One round of a channel's sender, as its loop makes it. */
async function sendRound(ctx: Context, channel: Channel): Promise<void> {
  const sender = new ChannelSender(ctx, channel, () => undefined);
  try {
    await sender.drain(ctx.caller.tenant);
  } finally {
    await sender.idle();
  }
}

const mail = channelOf("mail", "person");
const log = channelOf("log", "none");
/** A place where one person of the people file is reached by mail. */
function withMail(ctx: Context): Context {
  const channels = [log, mail];
  const { store, clock } = ctx;
  const people = new DutyBook({ store, clock, channels, developmentPerson: ctx.caller.person });
  return { ...ctx, channels, people };
}

async function heldWithMail(ctx: Context): Promise<Prepared> {
  await importPeople(ctx, "version: v1\npeople:\n  - { id: ana, email: ana@example.test }\n");
  await propose(withMail(ctx), held);
  return "";
}

const fanOutRound = (ctx: Context): Promise<unknown> =>
  fanOutAll(withMail(ctx), ctx.caller.tenant, () => undefined);

const keyRequest = { kind: "agent", subject: "robot", scopes: ["propose"] } as const;
const otherPolicy = policySource.replace("60s", "90s");

export const verbs: Readonly<Record<string, Verb>> = {
  "propose what is allowed": { prepare: nothing, run: (ctx) => propose(ctx, allowed) },
  "propose and redeem what is allowed": {
    prepare: nothing,
    run: (ctx) => propose(ctx, { ...allowed, redeem: { nonce, enforces: [], approved: false } }),
  },
  "propose what is held": { prepare: nothing, run: (ctx) => propose(ctx, held) },
  "propose what is denied": { prepare: nothing, run: (ctx) => propose(ctx, deniedProposal) },
  "propose what is counted": { prepare: nothing, run: (ctx) => propose(ctx, countedProposal) },
  "remediate what was denied": {
    prepare: async (ctx) => (await propose(ctx, deniedProposal)).view.job.id,
    run: (ctx, id) => remediate(ctx, id, { remediation: "read", job_id: "job-2" }),
  },
  "remediate a hold": {
    prepare: holding,
    run: (ctx) => remediate(ctx, "job-1", { remediation: "read", job_id: "job-2" }),
    isTwoSteps: true,
  },
  approve: { prepare: holding, run: reviewBy("approve") },
  reject: { prepare: holding, run: reviewBy("reject") },
  modify: { prepare: holding, run: reviewBy("modify") },
  comment: { prepare: holding, run: reviewBy("comment") },
  abstain: { prepare: holding, run: reviewBy("abstain") },
  "cancel a hold": { prepare: holding, run: withdrawBy("cancel") },
  "cancel a release": { prepare: approved, run: withdrawBy("cancel") },
  revoke: { prepare: approved, run: withdrawBy("revoke") },
  "renew a grant": {
    prepare: approved,
    run: (ctx) => renewGrant(ctx, "job-1"),
    isRepeatable: false,
  },
  redeem: { prepare: approved, run: (ctx, token) => redeemBy(ctx, token, "redeem") },
  report: {
    prepare: running,
    run: (ctx) =>
      reportOutcome(ctx, {
        jobId: "job-1",
        outcome: { status: "SUCCEEDED", summary: "done" },
        idempotencyKey: "report",
      }),
  },
  "redeem with another effect": {
    prepare: async (ctx) => {
      await propose(ctx, { ...held, effect: shown });
      await reviewBy("approve")(ctx);
      return (await renewGrant(ctx, "job-1")).grant?.token ?? "";
    },
    run: redeemChanged,
  },
  "report with an output": {
    prepare: running,
    run: (ctx) =>
      reportOutcome(ctx, {
        jobId: "job-1",
        outcome: { status: "SUCCEEDED", output: { rows: [1, 2] } },
        idempotencyKey: "report",
      }),
  },
  "settle what nobody reported": {
    prepare: async (ctx, clock) => {
      await overdue(running, ctx, clock);
      await tickDue(ctx, ctx.caller.tenant);
      return "";
    },
    run: (ctx) =>
      settleJob(ctx, {
        jobId: "job-1",
        said: { status: "FAILED", reason: "nothing is there" },
        idempotencyKey: "settle",
      }),
  },
  "expire a hold": {
    prepare: (ctx, clock) => overdue(holding, ctx, clock),
    run: (ctx) => tickDue(ctx, ctx.caller.tenant),
    isLoop: true,
  },
  "lose an execution": {
    prepare: (ctx, clock) => overdue(running, ctx, clock),
    run: (ctx) => tickDue(ctx, ctx.caller.tenant),
    isLoop: true,
  },
  "publish a policy": {
    prepare: nothing,
    run: (ctx) => publishPolicy(ctx, { source: otherPolicy }),
  },
  ...peopleVerbs,
  "change a tool": {
    prepare: nothing,
    run: (ctx) => putTool(ctx, "mail", { topic: "job.mail.*", risk_tags: ["egress"] }),
  },
  "make a key": {
    prepare: nothing,
    run: (ctx) => createKey(ctx, { ...keyRequest, scopes: [...keyRequest.scopes] }),
    isRepeatable: false,
  },
  "revoke a key": {
    prepare: async (ctx) => {
      const made = await createKey(ctx, { ...keyRequest, scopes: [...keyRequest.scopes] });
      return made.id;
    },
    run: (ctx, id) => revokeKey(ctx, id),
  },
  "deliver a message": { prepare: holding, run: (ctx) => sendRound(ctx, log), isLoop: true },
  "turn a message to people into one for each": {
    prepare: heldWithMail,
    run: fanOutRound,
    isLoop: true,
  },
  "deliver a message to a person": {
    prepare: async (ctx) => {
      await heldWithMail(ctx);
      await fanOutRound(ctx);
      return "";
    },
    run: (ctx) => sendRound(withMail(ctx), mail),
    // The proof of the level is written first, then that the message was accepted.
    isTwoSteps: true,
    isLoop: true,
  },
};
