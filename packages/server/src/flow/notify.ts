// Writes what people and agents are told into the outbox of the change; a worker sends it afterwards.

import { isoOf } from "@holdpoint/core/base/clock";
import type { Change } from "@holdpoint/core/job/change";
import { noticeData } from "@holdpoint/core/wire/notice";
import { isAsking, noticeKinds } from "@holdpoint/core/wire/notice-kind";
import type { ChannelInfo } from "../channel/channel.ts";
import type { OutboxMessage } from "../storage/store.ts";
import type { Engine } from "./context.ts";

/** Where rows stand that a worker turns into one row for each person and channel. */
export const peopleChannel = "people";

/**
 * One message per shared place that the rule names, or per configured one when it names none, and
 * one for all people who are reached each by themselves.
 */
export function notify(engine: Engine, change: Change): readonly OutboxMessage[] {
  const { job, notice } = change;
  if (notice === null || !job.held) return [];
  const kind = noticeKinds[notice];
  const now = job.updatedAt;
  const { publicUrl } = engine;
  const body = JSON.stringify({
    type: kind,
    timestamp: isoOf(now),
    data: noticeData(job, { kind, publicUrl, now }),
  });
  const level = isAsking(kind) ? (job.watch?.level ?? 0) : null;
  const isWidened = level !== null && level > 0;
  const places = placesTold(engine, { named: job.decision.notify, isWidened });
  return places.map((channel) => ({
    id: engine.ids.delivery(),
    jobId: job.id,
    channel,
    kind,
    body,
    level,
    dueAt: now,
  }));
}

interface Telling {
  readonly named: readonly string[];
  /** A hold that was widened uses every way to reach people that there is. */
  readonly isWidened: boolean;
}

function placesTold(engine: Engine, { named, isWidened }: Telling): readonly string[] {
  const shared = sharedPlaces(engine, named);
  const isPersonal = personalChannels(engine, isWidened ? [] : named).length > 0;
  return isPersonal ? [...shared, peopleChannel] : shared;
}

/** Channels of persons that the names mean: every one there is when they are none. */
export function personalChannels(engine: Engine, named: readonly string[]): readonly ChannelInfo[] {
  const told = namesTold(engine, named);
  return engine.channels.filter(({ name, reach }) => reach === "person" && told.includes(name));
}

/** Shared places that the names mean: every one there is when they are none. */
export function sharedPlaces(engine: Engine, named: readonly string[] = []): readonly string[] {
  const personal = engine.channels.filter(({ reach }) => reach === "person");
  return namesTold(engine, named).filter((told) => !personal.some(({ name }) => name === told));
}

/** A name that is not configured is never silence: its message goes to every channel there is. */
function namesTold(engine: Engine, named: readonly string[]): readonly string[] {
  const all = engine.channels.map(({ name }) => name);
  const known = named.filter((name) => all.includes(name));
  const isWhole = named.length > 0 && known.length === named.length;
  return [...new Set(["log", ...(isWhole ? known : all)])];
}
