// Reads what stands beside the rules: derived tags, exceptions and waivers.

import { reasonLengthMax } from "../base/limits.ts";
import { isFindingCode, findingCodes } from "../policy/finding-codes.ts";
import { type Derivation, type Exception, matchAnything, type Waiver } from "../policy/policy.ts";
import { ruleIdForm } from "./read-constraints.ts";
import { readCondition } from "./read-expression.ts";
import { readMatch } from "./read-match.ts";
import { readRiskTags } from "./read-names.ts";
import type { Scopes } from "./read-scope.ts";
import { readInstant } from "./read-time.ts";
import {
  needed,
  part,
  type Place,
  readItems,
  readMembers,
  readText,
  readTexts,
  refuseUnknown,
  type Reading,
} from "./reading.ts";
import { keysOf } from "./shape-maps.ts";

const longText = { lengthMax: reasonLengthMax };

export function readDerivations(
  reading: Reading,
  place: Place,
  scopes: Scopes,
): readonly Derivation[] {
  const derivations: Derivation[] = [];
  for (const item of readItems(reading, place, "`derive`")) {
    const what = "an entry of `derive`";
    const members = readMembers(reading, item, what, keysOf("derivation"));
    if (members === null) continue;
    const need = { reading, place: item, members, what };
    const when = needed(need, "when", (at) => {
      const condition = readCondition(reading, at, "`when`", {
        scopes: scopes.open,
        absent: "applies",
      });
      if (condition !== null) scopes.remember(at, condition.ast, scopes.open);
      return condition;
    });
    const tags = needed(need, "add_risk_tags", (at) => {
      const added = readRiskTags(reading, at, "`add_risk_tags`");
      if (added.length > 0) return added;
      return reading.error(at, "no_effect", "`add_risk_tags` adds no tag", "name a tag");
    });
    if (when !== null && tags !== null) derivations.push({ when, addRiskTags: tags });
  }
  return derivations;
}

export function readExceptions(
  reading: Reading,
  place: Place,
  scopes: Scopes,
): readonly Exception[] {
  const exceptions: Exception[] = [];
  const ids = new Set<string>();
  for (const item of readItems(reading, place, "`exceptions`")) {
    const exception = readException(reading, item, scopes);
    if (exception === null) continue;
    if (ids.has(exception.id)) {
      const message = `another exception is called \`${exception.id}\` too`;
      reading.error(item, "duplicate_id", message, "give each exception an id of its own");
    }
    ids.add(exception.id);
    exceptions.push(exception);
  }
  return exceptions;
}

function readException(reading: Reading, place: Place, scopes: Scopes): Exception | null {
  const what = "an exception";
  const members = readMembers(reading, place, what, keysOf("exception"));
  if (members === null) return null;
  const need = { reading, place, members, what };
  const id = needed(need, "id", (at) => readText(reading, at, "`id`", ruleIdForm));
  const rules = needed(need, "rules", (at) => readLifted(reading, at));
  const match = part(members, "match", (at) => readMatch(reading, at)) ?? matchAnything;
  const owner = needed(need, "owner", (at) => readText(reading, at, "`owner`"));
  const reason = needed(need, "reason", (at) => readText(reading, at, "`reason`", longText));
  const expiresAt = needed(need, "expires", (at) => readInstant(reading, at, "`expires`"));
  const when = part(members, "when", (at) => {
    const own = scopes.of(match);
    const condition = readCondition(reading, at, "`when`", { scopes: own, absent: "fails" });
    if (condition !== null) scopes.remember(at, condition.ast, own);
    return condition;
  });
  if (id === null || rules === null || owner === null) return null;
  if (reason === null || expiresAt === null) return null;
  return { id, rules, match, when, owner, reason, expiresAt };
}

/** INVARIANT: an exception lifts rules of this file, and never an invariant. */
function readLifted(reading: Reading, place: Place): readonly string[] | null {
  const ids = readTexts(reading, place, "`rules`", ruleIdForm);
  const { rules, invariants } = reading.names;
  if (place.node.kind === "list" && place.node.items.length === 0) {
    return reading.error(place, "no_effect", "`rules: []` lifts nothing", "name a rule");
  }
  if (rules === null || place.node.kind !== "list") return ids;
  for (const [index, node] of place.node.items.entries()) {
    const at = { node, path: `${place.path}/${index}` };
    const id = node.kind === "scalar" ? node.value : null;
    if (typeof id !== "string" || rules.has(id)) continue;
    if (invariants.has(id)) {
      const message = `\`${id}\` is an invariant, and an invariant is never lifted`;
      reading.error(at, "exception_of_invariant", message, "name a rule");
    } else refuseUnknownRule(reading, at, id, rules);
  }
  return ids;
}

export function refuseUnknownRule(
  reading: Reading,
  place: Place,
  id: string,
  known: Iterable<string>,
): void {
  const message = `there is no rule \`${id}\` in this file`;
  const otherwise = "name a rule of this file by its id";
  refuseUnknown(reading, place, { code: "unknown_rule", word: id, message, known, otherwise });
}

export function readWaivers(reading: Reading, place: Place): readonly Waiver[] {
  const waivers: Waiver[] = [];
  for (const item of readItems(reading, place, "`waivers`")) {
    const what = "a waiver";
    const members = readMembers(reading, item, what, keysOf("waiver"));
    if (members === null) continue;
    const need = { reading, place: item, members, what };
    const id = needed(need, "id", (at) => readCode(reading, at));
    const reason = needed(need, "reason", (at) => readText(reading, at, "`reason`", longText));
    const expiresAt = needed(need, "expires", (at) => readInstant(reading, at, "`expires`"));
    if (id === null || reason === null || expiresAt === null) continue;
    if (waivers.some((other) => other.id === id)) {
      reading.error(item, "duplicate_id", `\`${id}\` is waived twice`, "keep one of the two");
    }
    waivers.push({ id, reason, expiresAt });
  }
  return waivers;
}

function readCode(reading: Reading, place: Place): string | null {
  const id = readText(reading, place, "`id`");
  if (id === null || isFindingCode(id)) return id;
  const message = `no finding has the code \`${id}\``;
  const known = Object.keys(findingCodes);
  const otherwise = "a waiver names the code that stands in brackets in the finding";
  refuseUnknown(reading, place, { code: "unknown_code", word: id, message, known, otherwise });
  return null;
}
