// Where a person stands now: on duty, away, at the end of their budget.

import type { DelegationView, EntryView, GroupView } from "@holdpoint/core/wire/people";

export interface Standing {
  /** Their groups, and whether they are on duty in each; null where the group is not known yet. */
  readonly groups: readonly { readonly name: string; readonly isOnDuty: boolean }[];
  /** Delegations of theirs that count now. */
  readonly away: readonly DelegationView[];
  /** Those of others that they decide for now. */
  readonly standsInFor: readonly DelegationView[];
  readonly isOverBudget: boolean;
}

export function standingOf(
  person: EntryView,
  groups: readonly GroupView[],
  delegations: readonly DelegationView[],
): Standing {
  const dutyOf = new Map(
    groups.map((group) => [
      group.name,
      group.members.some((one) => one.id === person.id && one.on_duty),
    ]),
  );
  const live = delegations.filter((one) => one.live);
  const budget = person.cards_per_hour;
  return {
    groups: person.groups.map((name) => ({ name, isOnDuty: dutyOf.get(name) ?? false })),
    away: live.filter(({ from }) => from === person.id),
    standsInFor: live.filter(({ to }) => to === person.id),
    isOverBudget: budget !== null && person.load.cards_last_hour >= budget,
  };
}

/** Whether every word of the search is somewhere in what is known of the person. */
export function fits(person: EntryView, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const { id, name, email, accounts, roles, groups } = person;
  const text = [id, name, email, ...accounts, ...roles, ...groups].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}
