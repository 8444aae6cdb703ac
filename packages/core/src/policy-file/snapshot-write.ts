// The small writers of canonical forms: what is absent is left out.

import type { Json, JsonObject } from "../base/json/value.ts";

export function without(members: Readonly<Record<string, Json>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

export function copy(texts: readonly string[] | null): string[] | null {
  return texts === null ? null : [...texts];
}

export function listJson<Item>(items: readonly Item[], write: (item: Item) => Json): Json[] | null {
  return items.length === 0 ? null : items.map(write);
}

export function mapJson<Item>(
  items: ReadonlyMap<string, Item>,
  write: (item: Item) => Json,
): JsonObject | null {
  if (items.size === 0) return null;
  return Object.fromEntries([...items].map(([name, item]) => [name, write(item)]));
}
