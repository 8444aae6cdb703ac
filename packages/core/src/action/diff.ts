// Which values differ between two JSON documents, by JSON Pointer (RFC 6901).

import { canonicalJson } from "../base/json/canonical.ts";
import { isJsonObject, type Json } from "../base/json/value.ts";

export interface Difference {
  readonly path: string;
  /** Null where there was nothing. */
  readonly before: Json;
  readonly after: Json;
}

/** Differences in the order of paths; arrays of another length are one difference. */
export function diffJson(before: Json, after: Json, path = ""): readonly Difference[] {
  if (isJsonObject(before) && isJsonObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => {
      const place = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      return diffJson(own(before, name), own(after, name), place);
    });
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((value, index) =>
      diffJson(value, after[index] ?? null, `${path}/${index}`),
    );
  }
  return canonicalJson(before) === canonicalJson(after) ? [] : [{ path, before, after }];
}

function own(object: { readonly [key: string]: Json }, name: string): Json {
  return Object.hasOwn(object, name) ? (object[name] ?? null) : null;
}
