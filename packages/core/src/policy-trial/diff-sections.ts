// Compares two policies as they are written: what is new, gone or other in each section of the file.

import { diffJson } from "../action/diff.ts";
import { canonicalJson } from "../base/json/canonical.ts";
import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";
import type { Policy } from "../policy/policy.ts";
import type { SectionChange } from "../policy/report.ts";
import { policyToJson } from "../policy-file/snapshot.ts";

/** Changes in the order in which files are written; tests are no part of what is decided. */
export function diffSections(before: Policy, after: Policy): SectionChange[] {
  const [old, fresh] = [objectOf(policyToJson(before)), objectOf(policyToJson(after))];
  const names = new Set([...Object.keys(fresh), ...Object.keys(old)]);
  names.delete("tests");
  const changes = [...names].flatMap((name) =>
    diffSection(name, memberOf(old, name), memberOf(fresh, name)),
  );
  return [...changes, ...orderChange(before, after)];
}

function diffSection(section: string, before: Json | null, after: Json | null): SectionChange[] {
  if (isSame(before, after)) return [];
  const [old, fresh] = [itemsOf(before), itemsOf(after)];
  if (old === null || fresh === null) return [changeOf(section, null, before, after)];
  const ids = [...fresh.keys(), ...[...old.keys()].filter((id) => !fresh.has(id))];
  return ids.flatMap((id) => {
    const [one, other] = [old.get(id) ?? null, fresh.get(id) ?? null];
    return isSame(one, other) ? [] : [changeOf(section, id, one, other)];
  });
}

function changeOf(
  section: string,
  id: string | null,
  before: Json | null,
  after: Json | null,
): SectionChange {
  if (id !== null && before === null) return { kind: "added", section, id, members: [] };
  if (id !== null && after === null) return { kind: "removed", section, id, members: [] };
  return { kind: "changed", section, id, members: diffJson(before, after) };
}

/**
 * What a section holds, by name: the members of a map, the items of a list by their ids or, where
 * they have none, by what they say. Null for a section that is one thing.
 */
function itemsOf(section: Json | null): ReadonlyMap<string, Json> | null {
  if (section === null) return new Map();
  if (Array.isArray(section)) {
    return new Map(section.map((item) => [nameOf(item), item]));
  }
  if (!isJsonObject(section)) return null;
  const members = Object.entries(section);
  const isNamed = members.every(([, member]) => typeof member === "object" && member !== null);
  return isNamed ? new Map(members) : null;
}

function nameOf(item: Json): string {
  const id = isJsonObject(item) ? item["id"] : null;
  if (typeof id === "string") return id;
  const when = isJsonObject(item) ? item["when"] : null;
  return typeof when === "string" ? when : canonicalJson(item);
}

/** Where the first match decides, the order of the rules that stay is part of the policy. */
function orderChange(before: Policy, after: Policy): SectionChange[] {
  if (before.combine !== "first_match" || after.combine !== "first_match") return [];
  const [old, fresh] = [before.rules.map(({ id }) => id), after.rules.map(({ id }) => id)];
  const [inOld, inFresh] = [new Set(old), new Set(fresh)];
  const stayed = old.filter((id) => inFresh.has(id));
  const staying = fresh.filter((id) => inOld.has(id));
  if (isSame(stayed, staying)) return [];
  const member = { path: "/order", before: stayed, after: staying };
  return [{ kind: "changed", section: "rules", id: null, members: [member] }];
}

function isSame(one: Json | null, other: Json | null): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

function objectOf(json: Json): JsonObject {
  return isJsonObject(json) ? json : {};
}

function memberOf(object: JsonObject, name: string): Json | null {
  return Object.hasOwn(object, name) ? (object[name] ?? null) : null;
}
