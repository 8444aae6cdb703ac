// Groups: who is in them, who of them is on duty, and members that are added beside those of the policy.

import type { Instant } from "@holdpoint/core/base/clock";
import { isoOf } from "@holdpoint/core/base/clock";
import { HoldpointError } from "@holdpoint/core/error/error";
import { indexPeople, nameKey } from "@holdpoint/core/people/names";
import type { GroupEntry, People } from "@holdpoint/core/people/people";
import type { Group } from "@holdpoint/core/policy/policy";
import type { GroupPage, GroupView, OnCallView, WeekView } from "@holdpoint/core/wire/people";
import { changePeople } from "./change-people.ts";
import { type Context, requireViewer } from "./context.ts";
import { authorOf } from "./manage-people.ts";
import {
  aheadMs,
  contactViewOf,
  type GroupAt,
  groupViewOf,
  loadsOf,
  nextChange,
  onDutyOf,
} from "./people-view.ts";

export async function listGroups(ctx: Context): Promise<GroupPage> {
  requireViewer(ctx);
  const places = await groupsAt(ctx, ctx.clock.now());
  const ids = places.flatMap(({ place }) => memberIds(place));
  const loads = await loadsOf(ctx, ids);
  return { items: places.map(({ place, group }) => groupViewOf(place, group, loads)) };
}

export async function showGroup(ctx: Context, name: string): Promise<GroupView> {
  requireViewer(ctx);
  const { place, group } = await groupAt(ctx, name, ctx.clock.now());
  return groupViewOf(place, group, await loadsOf(ctx, memberIds(place)));
}

function memberIds({ duty, name }: GroupAt): readonly string[] {
  return duty.members(`group:${name}`).map(({ id }) => id);
}

/** Who answers now, or at another moment, and what changes next. */
export async function readOnCall(ctx: Context, at: Instant | null): Promise<OnCallView> {
  requireViewer(ctx);
  const moment = at ?? ctx.clock.now();
  const places = await groupsAt(ctx, moment);
  return {
    at: isoOf(moment),
    items: places.map(({ place, group }) => ({
      group: place.name,
      always: group.isAlways,
      on_duty: onDutyOf(place),
      next: nextChange(place),
    })),
  };
}

export async function readWeek(
  ctx: Context,
  name: string,
  from: Instant | null,
): Promise<WeekView> {
  requireViewer(ctx);
  const start = from ?? ctx.clock.now();
  const { place, group } = await groupAt(ctx, name, start);
  const schedule = place.policy.policy.schedules.get(group.schedule ?? "");
  const slots = place.duty.slots(name, start, start + aheadMs);
  return {
    group: name,
    from: isoOf(start),
    to: isoOf(start + aheadMs),
    zone: group.hours?.zone ?? schedule?.zone ?? null,
    slots: slots.map((slot) => ({
      from: isoOf(slot.from),
      to: isoOf(slot.to),
      people: slot.people.map((one) => contactViewOf(one, true)),
    })),
  };
}

/** SECURITY: who is in a group may decide for it, so only people who administer say so. */
export async function addMember(ctx: Context, name: string, member: string): Promise<GroupView> {
  const author = authorOf(ctx);
  await groupAt(ctx, name, ctx.clock.now());
  await changePeople(ctx, author, (people) => {
    const id = idOf(people, member);
    return { ...people, groups: withMembers(people.groups, name, (before) => [...before, id]) };
  });
  return showGroup(ctx, name);
}

export async function removeMember(ctx: Context, name: string, member: string): Promise<GroupView> {
  const author = authorOf(ctx);
  await groupAt(ctx, name, ctx.clock.now());
  await changePeople(ctx, author, (people) => {
    const id = idOf(people, member);
    const before = people.groups.find((one) => one.name === name)?.members ?? [];
    if (!before.includes(id)) {
      throw new HoldpointError("person_not_found", {
        message: `the people document has no \`${id}\` in group \`${name}\`; members of the policy file are changed there`,
      });
    }
    const without = (members: readonly string[]) => members.filter((one) => one !== id);
    return { ...people, groups: withMembers(people.groups, name, without) };
  });
  return showGroup(ctx, name);
}

function idOf({ people }: People, member: string): string {
  if (member.startsWith("role:")) return member;
  return indexPeople(people).get(nameKey(member))?.id ?? member;
}

function withMembers(
  groups: readonly GroupEntry[],
  name: string,
  change: (members: readonly string[]) => readonly string[],
): readonly GroupEntry[] {
  const before = groups.find((one) => one.name === name)?.members ?? [];
  const others = groups.filter((one) => one.name !== name);
  return [...others, { name, members: [...new Set(change(before))] }];
}

interface Found {
  readonly place: GroupAt;
  readonly group: Group;
}

async function groupsAt(ctx: Context, at: Instant): Promise<readonly Found[]> {
  const policy = await ctx.policies.active(ctx.caller.tenant);
  const duty = await ctx.people.duty(ctx.caller.tenant, policy);
  const names = [...policy.policy.groups.keys()].sort();
  return names.flatMap((name) => {
    const group = policy.policy.groups.get(name);
    return group === undefined ? [] : [{ place: { policy, duty, name, at }, group }];
  });
}

async function groupAt(ctx: Context, name: string, at: Instant): Promise<Found> {
  const policy = await ctx.policies.active(ctx.caller.tenant);
  const group = policy.policy.groups.get(name);
  if (group === undefined) {
    const message = `the policy has no group \`${name}\`; groups are named in the policy file`;
    throw new HoldpointError("group_not_found", { message });
  }
  const duty = await ctx.people.duty(ctx.caller.tenant, policy);
  return { place: { policy, duty, name, at }, group };
}
