// What a person may approve, in words.

import type { EntryView } from "@holdpoint/core/wire/people";

export function limitWords({ topics, cost }: EntryView["limits"][number]): string {
  const where = topics === null ? "any topic" : topics.join(", ");
  return cost === null
    ? where
    : `${where}, up to ${cost.at_most.toLocaleString("en")} ${cost.currency}`;
}
