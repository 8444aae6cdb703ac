// What an imported file may hold, and the small readers that a rule is taken apart with.

import {
  type Members,
  type Place,
  readBoolean,
  readItems,
  readNumber,
  readText,
  type Reading,
} from "../policy-file/reading.ts";

/** What is written into our file for one rule, before it becomes YAML. */
export interface DraftRule {
  /** Members in the order in which they are written. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Sentences above the rule: what a reader has to know about how it was translated. */
  readonly remarks: readonly string[];
}

/** Losses that somebody may accept by name; every other one refuses the import. */
export type Loss = "content_rules" | "limits" | "match_clause";

export interface Importing {
  readonly reading: Reading;
  readonly accepted: ReadonlySet<Loss>;
}

/** Names what would be lost: an error, unless the loss was accepted. */
export function reportLoss(
  { reading, accepted }: Importing,
  place: Place,
  loss: Loss,
  message: string,
): void {
  if (accepted.has(loss))
    reading.warn(place, `lost_${loss}`, message, "accepted; it is not imported");
  else {
    const help = `say it another way, or accept the loss with \`--accept-loss ${loss}\``;
    reading.error(place, `lost_${loss}`, message, help);
  }
}

export function textsOf(reading: Reading, members: Members, key: string): readonly string[] | null {
  const place = members.get(key);
  if (place === undefined || isNothing(place)) return null;
  const texts: string[] = [];
  for (const item of readItems(reading, place, `\`${key}\``)) {
    const text = readText(reading, item, `an entry of \`${key}\``);
    if (text !== null) texts.push(text);
  }
  // There, an empty list asks nothing.
  return texts.length === 0 ? null : texts;
}

export function textOf(reading: Reading, members: Members, key: string): string | null {
  const place = members.get(key);
  if (place === undefined || isNothing(place)) return null;
  return readText(reading, place, `\`${key}\``, { lengthMax: 4_000 });
}

export function numberOf(reading: Reading, members: Members, key: string): number | null {
  const place = members.get(key);
  if (place === undefined || isNothing(place)) return null;
  return readNumber(reading, place, `\`${key}\``, { min: 0, max: 1e12, isWhole: false });
}

export function flagOf(reading: Reading, members: Members, key: string): boolean | null {
  const place = members.get(key);
  return place === undefined || isNothing(place) ? null : readBoolean(reading, place, `\`${key}\``);
}

/** An empty value, an empty list and an empty text all ask nothing there. */
export function isNothing({ node }: Place): boolean {
  if (node.kind === "list") return node.items.length === 0;
  if (node.kind === "map") return node.fields.length === 0;
  return node.value === null || node.value === "";
}
