// Names the calls of a run that have no id of their own, the same in every process.

import { sha256Hex } from "../client/sha256.ts";
import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Json } from "@holdpoint/core/base/json/value";
import type { Action } from "../action/action.ts";
import { runningOf } from "../action/wire.ts";

/** Hexadecimal digits of the fingerprint that a name carries. */
const FINGERPRINT_LENGTH = 32;

/**
 * The id of each call: the caller's, else a fingerprint of what it does, with a number where the same call
 * stands in the list twice.
 *
 * @throws TypeError when two actions carry the same id
 */
export async function callIdsOf(actions: readonly Action[]): Promise<string[]> {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  const ids: string[] = [];
  for (const action of actions) {
    const given = action.agent?.call;
    if (given != null && taken.has(given)) throw new TypeError(`two calls have the id ${given}`);
    const print = given ?? (await fingerprint(action));
    const count = (counts.get(print) ?? 0) + 1;
    counts.set(print, count);
    const id = given ?? (count === 1 ? print : `${print}.${count}`);
    taken.add(id);
    ids.push(id);
  }
  return ids;
}

async function fingerprint(action: Action): Promise<string> {
  const text = canonicalJson(runningOf(action) as unknown as Json);
  const bytes = new TextEncoder().encode(text);
  return `fp-${(await sha256Hex(bytes)).slice(0, FINGERPRINT_LENGTH)}`;
}
