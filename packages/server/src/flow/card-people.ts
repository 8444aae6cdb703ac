// Of the card what is about people: who is asked, who of them is on duty, and who was told when and how.

import { isoOf } from "@holdpoint/core/base/clock";
import type { Job } from "@holdpoint/core/job/job";
import type { Contact, Duty } from "@holdpoint/core/people/duty";
import type { ToldView, WhoView } from "@holdpoint/core/wire/hold";
import { askedOf } from "@holdpoint/core/wire/hold-view";
import type { Context } from "./context.ts";
import { peopleChannel } from "./notify.ts";
import type { LoadedPolicy } from "./policy-book.ts";

/** Names below one target, and messages: a card is read in half a minute. */
const peopleShownMax = 50;
const toldShownMax = 100;

export interface CardPeople {
  readonly who: readonly WhoView[];
  readonly told: readonly ToldView[];
}

/** Nobody for a job that nobody was asked about. */
export async function cardPeople(
  ctx: Context,
  job: Job,
  policy: LoadedPolicy,
): Promise<CardPeople> {
  if (!job.held) return { who: [], told: [] };
  const { tenant } = ctx.caller;
  const [duty, told] = await Promise.all([
    ctx.people.duty(tenant, policy),
    toldOf(ctx, tenant, job.id),
  ]);
  const names = new Map(duty.members("any").map(({ id, name, email }) => [id, name ?? email]));
  return {
    who: askedOf(job).map((target) => whoView(target, duty, ctx.clock.now())),
    told: told.map((one) => ({ ...one, name: names.get(one.person ?? "") ?? null })),
  };
}

function whoView(target: string, duty: Duty, now: number): WhoView {
  const onDuty = new Set(duty.onDuty(target, now).map(({ id }) => id));
  const isPresent = ({ id }: Contact): boolean => onDuty.has(id);
  const members = duty.members(target);
  // Those who are there come first, so that a long group is not cut before them.
  const shown = [...members.filter(isPresent), ...members.filter((one) => !isPresent(one))];
  return {
    target,
    people: shown.slice(0, peopleShownMax).map((one) => ({
      id: one.id,
      name: one.name ?? one.email,
      on_duty: isPresent(one),
    })),
  };
}

/** Messages that somebody could read: neither the program log nor what became one for each person. */
async function toldOf(ctx: Context, tenant: string, jobId: string): Promise<readonly ToldView[]> {
  const deliveries = await ctx.store.listDeliveriesOf(tenant, jobId);
  const unread = new Set(
    ctx.channels.filter(({ reach }) => reach === "none").map(({ name }) => name),
  );
  return deliveries
    .filter(({ channel }) => channel !== peopleChannel && !unread.has(channel))
    .slice(0, toldShownMax)
    .map((one) => ({
      person: one.person,
      name: null,
      channel: one.channel,
      kind: one.kind,
      state: one.state,
      level: one.level,
      at: isoOf(one.settledAt ?? one.createdAt),
    }));
}
