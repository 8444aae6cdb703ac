// Translates one imported rule, and turns it stricter where it cannot be said as it was.

import { ruleIdForm } from "../policy-file/read-constraints.ts";
import { nearest } from "../policy/finding.ts";
import { type Members, type Place, readMembers } from "../policy-file/reading.ts";
import { translateConstraints, translateRemediations } from "./constraints.ts";
import { translateMatch } from "./match.ts";
import { type DraftRule, type Importing, isNothing, numberOf, textOf } from "./source.ts";
import { plainReason, quoted } from "./text.ts";

const ruleKeys = [
  "id",
  "tier",
  "selector",
  "decision",
  "reason",
  "match",
  "velocity",
  "constraints",
  "remediations",
  "_source",
];

type Word = "allow" | "deny" | "require_approval" | "allow_with_constraints";

const words: Readonly<Record<string, Word>> = {
  allow: "allow",
  permit: "allow",
  deny: "deny",
  block: "deny",
  require_approval: "require_approval",
  "require-approval": "require_approval",
  require_human: "require_approval",
  allow_with_constraints: "allow_with_constraints",
  "allow-with-constraints": "allow_with_constraints",
  throttle: "deny",
};

/** Characters of an expression of ours. */
const whenLengthMax = 4_096;

export function translateRule(
  importing: Importing,
  place: Place,
  number: number,
): DraftRule | null {
  const { reading } = importing;
  const members = readMembers(reading, place, `rule ${number}`, ruleKeys);
  if (members === null) return null;
  const remarks: string[] = [];
  const id = idOf(importing, members, { number, remarks });
  const word = wordOf(importing, place, members);
  if (word === null) return null;
  const constraintsPlace = members.get("constraints");
  const bound =
    constraintsPlace === undefined || isNothing(constraintsPlace)
      ? { constraints: null, lacking: [] }
      : translateConstraints(importing, constraintsPlace);
  const decision = decisionOf(importing, { place, word, bound, remarks });
  const isRelaxing = decision === "allow" || decision === "allow_with_constraints";
  const asked = conditionsOf(importing, { place, members, isRelaxing });
  if (asked === null) return null;
  const velocity = velocityOf(importing, members);
  const reason = textOf(reading, members, "reason");
  const remediations = members.get("remediations");
  const offers = remediations === undefined ? [] : translateRemediations(importing, remediations);
  return {
    remarks: [...remarks, ...asked.remarks],
    body: {
      id,
      ...(Object.keys(asked.match).length === 0 ? {} : { match: asked.match }),
      ...(asked.when.length === 0 ? {} : { when: asked.when.join(" && ") }),
      ...(velocity === null ? {} : { velocity }),
      decision,
      ...(reason === null ? {} : { reason: plainReason(reason) }),
      ...(bound.constraints === null || decision === "deny"
        ? {}
        : { constraints: bound.constraints }),
      ...(offers.length === 0 ? {} : { remediations: offers }),
    },
  };
}

function idOf(
  { reading }: Importing,
  members: Members,
  { number, remarks }: { number: number; remarks: string[] },
): string {
  const id = textOf(reading, members, "id") ?? `rule-${number}`;
  if (ruleIdForm.pattern.test(id)) return id;
  const clean = id
    .replaceAll(/[^A-Za-z0-9_.:-]/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 128);
  remarks.push(`its id was ${JSON.stringify(id)}`);
  return clean === "" ? `rule-${number}` : clean;
}

function wordOf({ reading }: Importing, place: Place, members: Members): Word | null {
  const text = textOf(reading, members, "decision");
  if (text === null) return reading.error(place, "missing_key", "the rule has no `decision`");
  const word = words[text.toLowerCase()];
  if (word !== undefined) return word;
  const near = nearest(text.toLowerCase(), Object.keys(words));
  const help =
    near === null ? `it is one of: ${Object.keys(words).join(", ")}` : `did you mean \`${near}\`?`;
  return reading.error(place, "unknown_decision", `there is no decision \`${text}\``, help);
}

interface Deciding {
  readonly place: Place;
  readonly word: Word;
  readonly bound: ReturnType<typeof translateConstraints>;
  readonly remarks: string[];
}

/** INVARIANT: what cannot be enforced here is not released: people decide instead. */
function decisionOf({ reading }: Importing, { place, word, bound, remarks }: Deciding): Word {
  if (word === "deny") return "deny";
  const { constraints, lacking } = bound;
  if (lacking.length > 0) {
    const names = lacking.map((name) => `\`${name}\``).join(", ");
    const isReleased = word !== "require_approval";
    const message = isReleased
      ? `nothing here enforces ${names}, so people are asked instead`
      : `nothing here enforces ${names}; people have to see to it`;
    reading.warn(place, "constraint_lacking", message);
    remarks.push(message);
    return "require_approval";
  }
  if (word === "allow" && constraints !== null) return "allow_with_constraints";
  if (word === "allow_with_constraints" && constraints === null) {
    remarks.push("it named no constraint");
    return "allow";
  }
  return word;
}

interface Asking {
  readonly place: Place;
  readonly members: Members;
  readonly isRelaxing: boolean;
}

function conditionsOf(
  importing: Importing,
  { place, members, isRelaxing }: Asking,
): ReturnType<typeof translateMatch> {
  const { reading } = importing;
  const matchPlace = members.get("match");
  const selector = members.get("selector");
  if (matchPlace === undefined || isNothing(matchPlace)) {
    reading.warn(place, "match_missing", "the rule has no `match`, so it is for every action");
  }
  const draft =
    matchPlace === undefined || isNothing(matchPlace)
      ? { match: {}, when: [], remarks: [] }
      : translateMatch(importing, matchPlace, isRelaxing);
  if (draft === null) return null;
  const when = [...draft.when];
  const remarks = [...draft.remarks];
  if (selector !== undefined && !isNothing(selector)) {
    const keys = ["workflow_id", "job_id", "session_id"];
    const parts = readMembers(reading, selector, "`selector`", keys);
    for (const key of parts?.keys() ?? []) {
      const wanted = textOf(reading, parts ?? new Map(), key);
      if (wanted === null) continue;
      when.push(`("${key}" in action.labels && action.labels["${key}"] == ${quoted(wanted)})`);
      remarks.push(`\`selector.${key}\` is read from the label \`${key}\``);
    }
  }
  if (when.join(" && ").length > whenLengthMax) {
    const help = "divide the rule into several";
    reading.error(place, "too_many", "the rule asks more than one expression can hold", help);
    return null;
  }
  return { match: draft.match, when, remarks };
}

function velocityOf(importing: Importing, members: Members): Record<string, unknown> | null {
  const { reading } = importing;
  const place = members.get("velocity");
  if (place === undefined || isNothing(place)) return null;
  const keys = ["max_requests", "window_seconds", "key"];
  const parts = readMembers(reading, place, "`velocity`", keys);
  if (parts === null) return null;
  const over = numberOf(reading, parts, "max_requests");
  const window = numberOf(reading, parts, "window_seconds");
  if (over === null || window === null || over < 1 || over > 1_000 || window < 1) {
    const help = "`max_requests` from 1 to 1,000, `window_seconds` from 1";
    return reading.error(place, "value_invalid", "this `velocity` cannot be counted", help);
  }
  const key = textOf(reading, parts, "key");
  const per = (key ?? "")
    .split(":")
    .filter((part) => part !== "")
    .map(perOf);
  if (per.includes(null)) {
    const help = "`actor_id`, `tenant`, `topic` or `labels.<name>`";
    return reading.error(place, "value_invalid", `\`${key ?? ""}\` is no key of a velocity`, help);
  }
  return {
    over: Math.floor(over),
    in: `${Math.floor(window)}s`,
    ...(per.length > 0 ? { per } : {}),
  };
}

function perOf(part: string): string | null {
  if (part === "actor_id") return "agent.id";
  if (part === "tenant" || part === "topic") return part;
  const label = /^labels\.(.+)$/.exec(part)?.[1];
  return label === undefined ? null : `labels[${quoted(label)}]`;
}
