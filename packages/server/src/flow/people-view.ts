// People, groups and duty as answers show them.

import { type Instant, isoOf } from "@holdpoint/core/base/clock";
import type { Contact, Duty, DutySlot } from "@holdpoint/core/people/duty";
import { isLive } from "@holdpoint/core/people/names";
import type { Delegation, People, PersonEntry } from "@holdpoint/core/people/people";
import type { Person } from "@holdpoint/core/approval/review";
import { isHold } from "@holdpoint/core/policy/decision";
import type { Group } from "@holdpoint/core/policy/policy";
import type {
  ContactView,
  DelegationView,
  DutyChange,
  EntryView,
  GroupView,
} from "@holdpoint/core/wire/people";
import type { Load } from "../storage/deliveries.ts";
import type { Context } from "./context.ts";
import type { LoadedPolicy } from "./loaded-policy.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** How far ahead the next change of duty is looked for. */
export const aheadMs: number = 7 * dayMs;

export function entryViewOf(policy: LoadedPolicy, entry: PersonEntry, loads: Loads): EntryView {
  return {
    id: entry.id,
    email: entry.email,
    name: entry.name,
    accounts: [...entry.accounts],
    roles: [...entry.roles],
    groups: entry.isActive ? groupsOf(policy, personOf(entry)) : [],
    limits: limitsOf(entry),
    quiet: entry.quiet,
    cards_per_hour: entry.cardsPerHour,
    channels: [...entry.channels],
    active: entry.isActive,
    load: loadOf(loads, entry.id),
  };
}

export function limitsOf({ limits }: PersonEntry): EntryView["limits"] {
  return limits.map(({ topics, cost }) => ({
    topics: topics === null ? null : [...topics],
    cost: cost === null ? null : { at_most: cost.atMost, currency: cost.currency },
  }));
}

/** Names of the groups that somebody is a member of. */
export function groupsOf({ policy, directory }: LoadedPolicy, person: Person): string[] {
  return [...policy.groups.keys()].filter((group) => directory.isMember(group, person)).sort();
}

function personOf({ id, email, name, roles }: PersonEntry): Person {
  return { id, email, name, roles, assurance: "key" };
}

export function delegationViews(
  { people, delegations }: People,
  now: Instant,
): readonly DelegationView[] {
  const byId = new Map(people.map((entry) => [entry.id, entry]));
  return delegations.map((one) => delegationViewOf(byId, one, now));
}

function delegationViewOf(
  byId: ReadonlyMap<string, PersonEntry>,
  delegation: Delegation,
  now: Instant,
): DelegationView {
  const [from, to] = [byId.get(delegation.from), byId.get(delegation.to)];
  return {
    id: delegation.id,
    from: delegation.from,
    from_name: from?.name ?? null,
    to: delegation.to,
    to_name: to?.name ?? null,
    starts: isoOf(delegation.startsAt),
    ends: isoOf(delegation.endsAt),
    reason: delegation.reason,
    by: delegation.by,
    created_at: isoOf(delegation.createdAt),
    live: isLive(delegation, now) && from?.isActive === true && to?.isActive === true,
  };
}

export function contactViewOf({ id, name, email }: Contact, isOnDuty: boolean): ContactView {
  return { id, name, email, on_duty: isOnDuty };
}

export interface GroupAt {
  readonly policy: LoadedPolicy;
  readonly duty: Duty;
  readonly name: string;
  readonly at: Instant;
}

/** By id; whoever got no card is not among them. */
export type Loads = ReadonlyMap<string, Load>;

/** How many cards people got within the last hour. */
export function loadsOf(ctx: Context, ids: readonly string[]): Promise<Loads> {
  return ctx.store.loadOf(ctx.caller.tenant, [...new Set(ids)], ctx.clock.now() - hourMs);
}

export function loadOf(
  loads: Loads,
  id: string,
): Pick<GroupView["members"][number], "cards_last_hour" | "cards_open"> {
  const load = loads.get(id);
  return { cards_last_hour: load?.recent ?? 0, cards_open: load?.open ?? 0 };
}

export function groupViewOf(place: GroupAt, group: Group, loads: Loads): GroupView {
  const { policy, duty, name, at } = place;
  const target = `group:${name}`;
  const onDuty = new Set(duty.onDuty(target, at).map(({ id }) => id));
  const added = policy.people.groups.find((one) => one.name === name)?.members ?? [];
  const named = (source: "policy" | "people") => (member: string) => ({ member, source });
  return {
    name,
    members: duty
      .members(target)
      .map((one) => ({ ...contactViewOf(one, onDuty.has(one.id)), ...loadOf(loads, one.id) })),
    named: [...group.members.map(named("policy")), ...added.map(named("people"))],
    hours: group.hours === null ? null : hoursOf(group.hours),
    schedule: group.schedule,
    roster: group.roster,
    always: group.isAlways,
    tell: group.tell,
    digest_ms: group.digestMs,
    next: nextChange(place),
    asked_by: askedBy(policy, name),
  };
}

/** Rules in force that ask the group, and how their holds go on after it. */
function askedBy({ policy }: LoadedPolicy, name: string): GroupView["asked_by"] {
  const { defaults, mode } = policy;
  return [...policy.invariants, ...policy.rules].flatMap((rule) => {
    if (!isHold(rule.decision) || mode !== "enforce" || rule.mode !== "enforce") return [];
    const steps = [...rule.escalate].sort((a, b) => a.afterMs - b.afterMs);
    const isFirst = rule.approvals.some((one) => one.kind === "group" && one.name === name);
    const step = steps.findIndex(({ to }) => to === `group:${name}`);
    if (!isFirst && step < 0) return [];
    return [
      {
        rule: rule.id,
        first: isFirst,
        steps: steps
          .slice(isFirst ? 0 : step + 1)
          .map(({ afterMs, to }) => ({ after_ms: afterMs, to })),
        timeout_ms: rule.timeoutMs ?? defaults.timeoutMs,
        on_timeout: rule.onTimeout ?? defaults.onTimeout,
      },
    ];
  });
}

function hoursOf(hours: NonNullable<Group["hours"]>): NonNullable<GroupView["hours"]> {
  const { zone, days, from, to, except, holidays } = hours;
  return { zone, days: [...days], from, to, except: [...except], holidays };
}

export function onDutyOf({ duty, name, at }: GroupAt): ContactView[] {
  return duty.onDuty(`group:${name}`, at).map((one) => contactViewOf(one, true));
}

/** The first moment of the week ahead from which others are on duty; null when there is none. */
export function nextChange({ duty, name, at }: GroupAt): DutyChange | null {
  const now = idsOf(duty.onDuty(`group:${name}`, at));
  const slot = duty
    .slots(name, at, at + aheadMs)
    .find((one) => one.from > at && idsOf(one.people) !== now);
  if (slot === undefined) return null;
  return { at: isoOf(slot.from), on_duty: slot.people.map((one) => contactViewOf(one, true)) };
}

function idsOf(people: DutySlot["people"]): string {
  return people
    .map(({ id }) => id)
    .sort()
    .join("\n");
}
