// The form of one person: what it shows of an entry, and what it sends.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { EntryView, GroupView, PersonRequest } from "@holdpoint/core/wire/people";

export interface LimitFields {
  readonly topics: string;
  readonly atMost: string;
  readonly currency: string;
}

export interface PersonFields {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** Lists are typed with commas or spaces between. */
  readonly accounts: string;
  readonly roles: string;
  readonly channels: string;
  /** Groups that the people document gives. */
  readonly groups: readonly string[];
  readonly limits: readonly LimitFields[];
  readonly cards: string;
  readonly isQuiet: boolean;
  readonly quietFrom: string;
  readonly quietTo: string;
  readonly quietZone: string;
}

export const noLimit: LimitFields = { topics: "", atMost: "", currency: "" };

export function fieldsOf(
  entry: EntryView | null,
  groups: readonly string[],
  zone: string,
): PersonFields {
  const quiet = entry?.quiet ?? null;
  return {
    id: entry?.id ?? "",
    name: entry?.name ?? "",
    email: entry?.email ?? "",
    accounts: entry?.accounts.join(", ") ?? "",
    roles: entry?.roles.join(", ") ?? "",
    channels: entry?.channels.join(", ") ?? "",
    groups,
    limits:
      entry?.limits.map(({ topics, cost }) => ({
        topics: topics?.join(", ") ?? "",
        atMost: cost === null ? "" : String(cost.at_most),
        currency: cost?.currency ?? "",
      })) ?? [],
    cards: entry?.cards_per_hour == null ? "" : String(entry.cards_per_hour),
    isQuiet: quiet !== null,
    quietFrom: quiet?.from ?? "22:00",
    quietTo: quiet?.to ?? "07:00",
    quietZone: quiet?.zone ?? zone,
  };
}

/** Groups in which the people document, and not the policy file, names the person. */
export function groupsGiven(id: string, groups: readonly GroupView[]): readonly string[] {
  return groups
    .filter(({ named }) => named.some((one) => one.source === "people" && one.member === id))
    .map(({ name }) => name);
}

/** Groups are sent only when they were changed here, so that a change made elsewhere stays. */
export function requestOf(fields: PersonFields, groupsBefore: readonly string[]): PersonRequest {
  const { email, name, cards, groups } = fields;
  const limits = fields.limits.map(limitOf).filter((limit) => Object.keys(limit).length > 0);
  const isRegrouped = [...groups].sort().join("\n") !== [...groupsBefore].sort().join("\n");
  return {
    ...(email.trim() === "" ? {} : { email: email.trim() }),
    ...(name.trim() === "" ? {} : { name: name.trim() }),
    accounts: listOf(fields.accounts),
    roles: listOf(fields.roles),
    channels: listOf(fields.channels),
    ...(isRegrouped ? { groups: [...groups] } : {}),
    ...(limits.length === 0 ? {} : { limits }),
    ...(cards.trim() === "" ? {} : { cards_per_hour: Number(cards) }),
    ...(fields.isQuiet
      ? {
          quiet: {
            zone: fields.quietZone.trim(),
            from: fields.quietFrom.trim(),
            to: fields.quietTo.trim(),
          },
        }
      : {}),
  };
}

/** What would be lost or misread if it were sent, by field. */
export function wrongIn({ id, cards, limits }: PersonFields): ReadonlyMap<string, string> {
  const wrong = new Map<string, string>();
  if (id.trim() === "") wrong.set("id", "Everybody has one");
  if (cards.trim() !== "" && !/^[1-9][0-9]*$/.test(cards.trim())) {
    wrong.set("cards_per_hour", "A whole number, or nothing");
  }
  limits.forEach(({ atMost, currency }, index) => {
    if (atMost.trim() === "" && currency.trim() === "") return;
    if (!/^[0-9]+(\.[0-9]+)?$/.test(atMost.trim())) wrong.set(`at_most ${index}`, "A number");
    if (currency.trim() === "") wrong.set(`currency ${index}`, "Which one?");
  });
  return wrong;
}

function limitOf({ topics, atMost, currency }: LimitFields): JsonObject {
  const named = listOf(topics);
  const isCost = atMost.trim() !== "" || currency.trim() !== "";
  return {
    ...(named.length === 0 ? {} : { topics: named }),
    ...(isCost ? { cost: { at_most: Number(atMost), currency: currency.trim() } } : {}),
  };
}

function listOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}
