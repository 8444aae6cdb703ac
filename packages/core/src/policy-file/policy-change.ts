// What publishing a policy would change: rules by id, invariants, and how many people that takes.

import { canonicalJson } from "../base/json/canonical.ts";
import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";
import type { Policy } from "../policy/policy.ts";
import { policyToJson } from "./snapshot.ts";

export interface ListChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export interface PolicyChange {
  readonly rules: ListChange;
  readonly invariants: ListChange;
  /** Names of the other sections that are not the same: `defaults`, `variables`, … */
  readonly sections: readonly string[];
  /** True when an invariant is another, or something is that its meaning rests on. */
  readonly changesInvariants: boolean;
  /** True when an invariant of the old policy does not stand in the new one as it was. */
  readonly loosensInvariants: boolean;
}

/** People other than the author that a change takes. */
export function approversFor(change: Pick<PolicyChange, "changesInvariants">): number {
  return change.changesInvariants ? 2 : 1;
}

const ruleLists = ["rules", "invariants"];
/** Say nothing about what is decided. */
const idleSections = ["tests", "version"];

/**
 * Sections that the meaning of an invariant may rest on. A variable, a parameter or a derived tag
 * can turn an invariant off without touching it, so that a change of one counts as a change of all.
 */
const supportOf: ReadonlyMap<string, (standing: Standing) => boolean> = new Map([
  ["variables", asksValues],
  ["parameters", asksValues],
  ["calendars", ({ match }) => "during" in match || "outside" in match],
  ["derive", (standing) => asksTags(standing) || asksExpression(standing)],
  ["roles", asksPeople],
  ["groups", asksPeople],
  ["schedules", asksPeople],
]);

/** An invariant of the old policy, and whether tags are derived, before or after. */
interface Standing {
  readonly invariant: JsonObject;
  readonly match: JsonObject;
  readonly hasDerived: boolean;
}

function asksExpression({ invariant }: Standing): boolean {
  return "when" in invariant || "velocity" in invariant;
}

function asksTags({ match }: Standing): boolean {
  return "risk_tags" in match || "any_risk_tags" in match;
}

/** A derived tag may come from a variable, so that what matches tags rests on variables too. */
function asksValues(standing: Standing): boolean {
  return asksExpression(standing) || (asksTags(standing) && standing.hasDerived);
}

/** Whom an invariant asks, whom it escalates to, and the groups that stand behind every chain. */
function asksPeople({ invariant }: Standing): boolean {
  return holding.includes(invariant["decision"] ?? null);
}

const holding: readonly Json[] = ["require_approval", "allow_unless_rejected"];

export function policyChange(from: Policy, to: Policy): PolicyChange {
  const [before, after] = [membersOf(policyToJson(from)), membersOf(policyToJson(to))];
  const invariants = compareLists(before["invariants"], after["invariants"]);
  const sections = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => !ruleLists.includes(name) && !idleSections.includes(name))
    .filter((name) => !isSame(before[name], after[name]))
    .sort();
  const hasDerived = itemsOf(before["derive"]).length + itemsOf(after["derive"]).length > 0;
  const isShaken = itemsOf(before["invariants"]).some((invariant) => {
    const match = membersOf(invariant["match"] ?? null);
    const standing = { invariant, match, hasDerived };
    return sections.some((name) => supportOf.get(name)?.(standing) === true);
  });
  const isOther =
    invariants.added.length + invariants.removed.length + invariants.changed.length > 0;
  return {
    rules: compareLists(before["rules"], after["rules"]),
    invariants,
    sections,
    changesInvariants: isOther || isShaken,
    loosensInvariants: invariants.removed.length + invariants.changed.length > 0 || isShaken,
  };
}

function compareLists(before: Json | undefined, after: Json | undefined): ListChange {
  const [old, fresh] = [byId(before), byId(after)];
  return {
    added: [...fresh.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !fresh.has(id)),
    changed: [...fresh].flatMap(([id, rule]) => {
      const was = old.get(id);
      return was === undefined || isSame(was, rule) ? [] : [id];
    }),
  };
}

function byId(list: Json | undefined): ReadonlyMap<string, JsonObject> {
  return new Map(
    itemsOf(list).map((item) => [typeof item["id"] === "string" ? item["id"] : "", item]),
  );
}

function itemsOf(list: Json | undefined): readonly JsonObject[] {
  return Array.isArray(list) ? list.map(membersOf) : [];
}

function membersOf(json: Json): JsonObject {
  return isJsonObject(json) ? json : {};
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return canonicalJson(one) === canonicalJson(other);
}

/** In a few words, for the card: `2 rules added, 1 changed; invariants changed: no-prod-drop`. */
export function changeText(change: PolicyChange): string {
  const parts = [
    ...wordsOf("rules", change.rules),
    ...wordsOf("invariants", change.invariants),
    ...(change.sections.length === 0 ? [] : [`other sections: ${change.sections.join(", ")}`]),
  ];
  const note =
    change.changesInvariants && wordsOf("invariants", change.invariants).length === 0
      ? ["invariants rest on what changed"]
      : [];
  return [...parts, ...note].join("; ") || "nothing that decides";
}

function wordsOf(name: string, list: ListChange): readonly string[] {
  return (["added", "removed", "changed"] as const).flatMap((how) =>
    list[how].length === 0 ? [] : [`${name} ${how}: ${shortList(list[how])}`],
  );
}

const namedMax = 20;

function shortList(names: readonly string[]): string {
  const more = names.length - namedMax;
  return names.slice(0, namedMax).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
