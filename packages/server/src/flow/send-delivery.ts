// Sends one claimed message: as a new one, as part of a digest, by rewriting what was sent, or not at all any more.

import { maskString } from "@holdpoint/core/action/mask";
import { visibleLine } from "@holdpoint/core/action/text";
import {
  deliveryAttemptsMax,
  deliveryBackoffMaxMs,
  deliveryBackoffMs,
  deliveryLifeMs,
  deliveryTimeoutMs,
  digestItemsMax,
} from "@holdpoint/core/base/limits";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { DigestNotice, NoticeBody, NoticeData } from "@holdpoint/core/wire/notice";
import { isAsking, isCard } from "@holdpoint/core/wire/notice-kind";
import { type Channel, DeliveryFailed, type OutgoingNotice } from "../channel/channel.ts";
import type { Delivery, DeliveryState, GatheredMessage } from "../storage/deliveries.ts";
import type { Engine } from "./context.ts";

/** A hold whose people are told by a message. */
export interface ToldLevel {
  readonly jobId: string;
  readonly level: number;
  /** Of the job that the message shows; null when it shows none. */
  readonly revision: number | null;
}

export interface Sent {
  readonly state: DeliveryState;
  readonly dueAt: number;
  readonly error: string | null;
  readonly ref: JsonObject | null;
  /** True when it does not count as an attempt: the other side, or the order of messages, put it off. */
  readonly isPutOff: boolean;
  /** How long the other side asked to be left alone, in milliseconds; null when it did not. */
  readonly askedMs: number | null;
  /** Whose people know by this message. */
  readonly proves: readonly ToldLevel[];
}

const errorLengthMax = 500;
/** The order of messages at one place is looked at again after this long, and then ever less often. */
const behindMs = 1_000;
const behindMaxMs = 60_000;

/** Null when another sender has the message now: nothing was sent, and nothing is to be settled. */
export async function sendDelivery(
  engine: Engine,
  tenant: string,
  { delivery, channel }: { delivery: Delivery; channel: Channel },
): Promise<Sent | null> {
  const now = engine.clock.now();
  const isOrdered = channel.reach === "person" || channel.canRewrite === true;
  if (isOrdered && isOver(delivery)) return left("dropped", now);
  if (isOrdered && isNews(delivery) && delivery.isBehind) {
    // The message before may wait for the morning: looking once a second would be work all night.
    const pauseMs = Math.min(behindMs * 2 ** delivery.waits, behindMaxMs);
    return { ...left("pending", now + pauseMs), isPutOff: true };
  }
  if (isOrdered && isNews(delivery) && delivery.earlier.length === 0) return left("dropped", now);
  try {
    if (delivery.gather !== null) return await sendDigest(engine, tenant, { delivery, channel });
    return await sendOne(engine, { delivery, channel });
  } catch (error) {
    return failedAttempt(engine, delivery, error);
  }
}

/** Nobody needs to be asked about what is decided. */
function isOver({ kind, jobState }: Delivery): boolean {
  return isAsking(kind) && jobState !== null && jobState !== "APPROVAL";
}

/** Tells those who were asked how it went on; whoever was not told before need not know. */
function isNews({ kind, jobId }: Delivery): boolean {
  return jobId !== null && (kind === "approval.resolved" || kind === "execution.unknown");
}

interface Sending {
  readonly delivery: Delivery;
  readonly channel: Channel;
}

async function sendOne(engine: Engine, { delivery, channel }: Sending): Promise<Sent> {
  const notice = noticeOf(delivery, delivery.body);
  const { signal } = timeLimit();
  const cards = delivery.earlier.filter(({ kind, ref }) => isCard(kind) && ref !== null);
  if (channel.canRewrite === true && isNews(delivery) && cards.length > 0) {
    for (const { ref } of cards) if (ref !== null) await channel.update(ref, notice, signal);
    return left("delivered", engine.clock.now());
  }
  const { ref } = await channel.deliver(notice, signal);
  return { ...left("delivered", engine.clock.now()), ref, proves: levelsOf([delivery]) };
}

/** What waits for the same person leaves together; what was decided in the meantime is left out. */
async function sendDigest(
  engine: Engine,
  tenant: string,
  { delivery, channel }: Sending,
): Promise<Sent | null> {
  const now = engine.clock.now();
  const gathering = { leader: delivery, now, limit: digestItemsMax };
  const messages = await engine.store.gatherDeliveries(tenant, gathering);
  if (!messages.some(({ id }) => id === delivery.id)) return null;
  const waiting = messages.filter(({ jobState }) => jobState === "APPROVAL");
  const [first] = waiting;
  if (first === undefined) return left("dropped", now);
  const body = waiting.length === 1 ? first.body : digestBody(engine, waiting);
  const kind = waiting.length === 1 ? delivery.kind : "approval.digest";
  const { signal } = timeLimit();
  const notice = { ...noticeOf(delivery, body), kind, thread: null };
  const { ref } = await channel.deliver(notice, signal);
  const proves = levelsOf(waiting);
  return {
    ...left("delivered", engine.clock.now()),
    ref: waiting.length === 1 ? ref : null,
    proves,
  };
}

function digestBody(engine: Engine, messages: readonly GatheredMessage[]): string {
  const bodies = messages.map(({ body }) => JSON.parse(body) as NoticeBody);
  const digest: DigestNotice = {
    digest: bodies.map(({ data }) => data as NoticeData),
    title: `${bodies.length} holds wait for you`,
    url: `${engine.publicUrl}/approvals`,
  };
  const timestamp = new Date(engine.clock.now()).toISOString();
  return JSON.stringify({ type: "approval.digest", timestamp, data: digest });
}

function levelsOf(
  messages: readonly Pick<Delivery, "jobId" | "level" | "isProofWanted" | "body">[],
): readonly ToldLevel[] {
  return messages.flatMap(({ jobId, level, isProofWanted, body }) =>
    isProofWanted && jobId !== null && level !== null
      ? [{ jobId, level, revision: revisionOf(body) }]
      : [],
  );
}

function revisionOf(body: string): number | null {
  const { data } = JSON.parse(body) as { data?: { job?: { revision?: unknown } } };
  const revision = data?.job?.revision;
  return typeof revision === "number" ? revision : null;
}

function noticeOf(delivery: Delivery, body: string): OutgoingNotice {
  const thread = delivery.earlier.find(({ ref }) => ref !== null)?.ref ?? null;
  const { id, kind, address, person } = delivery;
  return { id, kind, body, address, person, thread };
}

function timeLimit(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(deliveryTimeoutMs) };
}

function left(state: DeliveryState, dueAt: number): Sent {
  return { state, dueAt, error: null, ref: null, isPutOff: false, askedMs: null, proves: [] };
}

/** When to try again, or that it is given up. */
export function failedAttempt(engine: Engine, delivery: Delivery, error: unknown): Sent {
  const now = engine.clock.now();
  const message = errorText(error);
  const refusal = error instanceof DeliveryFailed ? error : null;
  const askedMs =
    refusal?.retryAfterMs == null ? null : Math.min(refusal.retryAfterMs, deliveryBackoffMaxMs);
  const counted = delivery.attempts - delivery.waits;
  const isUsedUp =
    refusal?.isFinal === true ||
    (askedMs === null && counted >= deliveryAttemptsMax) ||
    now - delivery.createdAt >= deliveryLifeMs;
  if (isUsedUp) return { ...left("dead", now), error: message };
  const pauseMs = askedMs ?? backoffMs(engine, counted);
  const isPutOff = askedMs !== null;
  return { ...left("pending", now + pauseMs), error: message, isPutOff, askedMs };
}

/** What went wrong, as the log may show it: the other side chose the words. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return visibleLine(maskString(text), errorLengthMax);
}

/** Doubles with each attempt; half of it is chance, so that many do not come back at once. */
function backoffMs(engine: Engine, attempts: number): number {
  const wholeMs = Math.min(deliveryBackoffMs * 2 ** (attempts - 1), deliveryBackoffMaxMs);
  const chance = (engine.random(1)[0] ?? 0) / 255;
  return Math.round(wholeMs * (0.5 + chance / 2));
}
