// Reads one rule or invariant, and says where two of its keys do not go together.

import type { DecisionKind, OnTimeout } from "./decision.ts";
import { decisionKinds, isHold } from "./decision.ts";
import { holdTimeoutMaxMs, holdTimeoutMinMs, reasonLengthMax } from "../base/limits.ts";
import { nearest } from "./finding.ts";
import { type Group, isRelaxing, matchAnything, type Rule } from "./policy.ts";
import { readConstraints, readRemediations, ruleIdForm } from "./read-constraints.ts";
import { readMatch } from "./read-match.ts";
import {
  notActedOn,
  readApprovals,
  readEmergency,
  readEscalate,
  readExclude,
} from "./read-people.ts";
import {
  type Members,
  type Place,
  readDuration,
  readMembers,
  readText,
  readTexts,
  readWord,
  type Reading,
  wrongType,
} from "./reading.ts";

/** Keys that only a hold can act on. */
const holdKeys = [
  "approvals",
  "exclude",
  "strong_auth",
  "sla",
  "timeout",
  "on_timeout",
  "on_reject",
  "escalate",
  "emergency",
  "window",
] as const;

const ruleKeys = [
  "id",
  "match",
  "decision",
  "reason",
  "constraints",
  "remediations",
  "notify",
  "sample",
  ...holdKeys,
];

export interface RuleContext {
  readonly groups: ReadonlyMap<string, Group>;
  readonly isInvariant: boolean;
}

export function readRule(reading: Reading, place: Place, context: RuleContext): Rule | null {
  const noun = context.isInvariant ? "invariant" : "rule";
  const members = readMembers(reading, place, `${noun} ${nameOf(place)}`.trim(), ruleKeys);
  if (members === null) return null;
  const id = readId(reading, place, members, noun);
  const decision = readDecisionOf(reading, place, members, noun);
  const matchPlace = members.get("match");
  const match = matchPlace === undefined ? matchAnything : readMatch(reading, matchPlace);
  const rule: Rule = {
    id: id ?? "",
    match,
    decision: decision ?? "deny",
    reason: optional(members, "reason", (at) =>
      readText(reading, at, "`reason`", { lengthMax: reasonLengthMax }),
    ),
    constraints: optional(members, "constraints", (at) => readConstraints(reading, at)),
    ...readHold(reading, members, context.groups),
    notify:
      optional(members, "notify", (at) => readTexts(reading, at, "`notify`", channelForm)) ?? [],
    remediations: optional(members, "remediations", (at) => readRemediations(reading, at)) ?? [],
    samplePercent: optional(members, "sample", (at) => readSample(reading, at)),
    when: null,
    velocity: null,
    mode: "enforce",
    reasonTemplate: null,
    owner: null,
    waivers: [],
  };
  if (id === null || decision === null) return null;
  checkTogether(reading, place, members, rule);
  checkRelaxing(reading, place, rule, context);
  return rule;
}

const channelForm = {
  pattern: /^[a-z][a-z0-9-]*(:\S+)?$/,
  form: "write a channel such as `slack:approvals` or `log`",
};

type HoldPart = Pick<
  Rule,
  | "approvals"
  | "exclude"
  | "strongAuth"
  | "slaMs"
  | "timeoutMs"
  | "onTimeout"
  | "onReject"
  | "escalate"
  | "emergency"
  | "windowMs"
>;

function readHold(
  reading: Reading,
  members: Members,
  groups: ReadonlyMap<string, Group>,
): HoldPart {
  const bounds = { minMs: holdTimeoutMinMs, maxMs: holdTimeoutMaxMs };
  const span = (key: string): number | null =>
    optional(members, key, (at) => readDuration(reading, at, `\`${key}\``, bounds));
  const windowPlace = members.get("window");
  if (windowPlace !== undefined) {
    notActedOn(reading, windowPlace, "window", "silence releases nothing, people have to approve");
  }
  return {
    approvals: optional(members, "approvals", (at) => readApprovals(reading, at, groups)) ?? [],
    exclude: optional(members, "exclude", (at) => readExclude(reading, at)) ?? [],
    strongAuth: optional(members, "strong_auth", (at) => readStrongAuth(reading, at)),
    slaMs: span("sla"),
    timeoutMs: span("timeout"),
    onTimeout: optional(members, "on_timeout", (at) => readOnTimeout(reading, at)),
    onReject: optional(members, "on_reject", (at) =>
      readWord(reading, at, "`on_reject`", ["abort", "reroute", "escalate"]),
    ),
    escalate: optional(members, "escalate", (at) => readEscalate(reading, at)) ?? [],
    emergency: optional(members, "emergency", (at) => readEmergency(reading, at)),
    windowMs: span("window"),
  };
}

/** INVARIANT: silence never lets an action run, so `on_timeout: allow` does not load. */
export function readOnTimeout(reading: Reading, place: Place): OnTimeout | null {
  const words: readonly OnTimeout[] = ["block", "escalate", "allow"];
  const word = readWord(reading, place, "`on_timeout`", words);
  if (word === "allow") {
    return reading.error(
      place,
      "never_fail_open",
      "`on_timeout: allow` would let the action run because nobody looked",
      "write `on_timeout: block`",
    );
  }
  if (word === "escalate") {
    notActedOn(reading, place, "on_timeout: escalate", "the hold blocks at its timeout");
  }
  return word;
}

function readStrongAuth(reading: Reading, place: Place): "passkey" | null {
  const word = readWord(reading, place, "`strong_auth`", ["passkey"]);
  if (word !== null) {
    reading.warn(
      place,
      "strong_auth_unavailable",
      "this version cannot check a passkey, so nobody can approve what this rule holds",
      "such a hold ends at its timeout; leave `strong_auth` out to have it reviewed",
    );
  }
  return word;
}

function readSample(reading: Reading, place: Place): number | null {
  const text = readText(reading, place, "`sample`", {
    pattern: /^(100|[0-9]{1,2}(\.[0-9]{1,3})?)%$/,
    form: "write a share such as `5%`",
  });
  notActedOn(reading, place, "sample", "nothing that was released is reviewed afterwards");
  return text === null ? null : Number(text.slice(0, -1));
}

const aliases: Readonly<Record<string, DecisionKind>> = {
  auto: "allow",
  permit: "allow",
  block: "deny",
};

export function readDecision(reading: Reading, place: Place): DecisionKind | null {
  const node = place.node;
  if (node.kind !== "scalar" || typeof node.value !== "string") {
    return wrongType(reading, place, "`decision`", "text");
  }
  const word = node.value.toLowerCase();
  const kind = decisionKinds.find((one) => one === word);
  if (kind !== undefined) return kind;
  const alias = Object.hasOwn(aliases, word) ? aliases[word] : undefined;
  if (alias !== undefined) return alias;
  const near = nearest(word, [...decisionKinds, ...Object.keys(aliases)]);
  return reading.error(
    place,
    "unknown_decision",
    `there is no decision \`${node.value}\``,
    near === null ? `it is one of: ${decisionKinds.join(", ")}` : `did you mean \`${near}\`?`,
  );
}

function readId(reading: Reading, place: Place, members: Members, noun: string): string | null {
  const member = members.get("id");
  if (member === undefined) return reading.error(place, "missing_key", `this ${noun} needs \`id\``);
  return readText(reading, member, "`id`", ruleIdForm);
}

function readDecisionOf(
  reading: Reading,
  place: Place,
  members: Members,
  noun: string,
): DecisionKind | null {
  const member = members.get("decision");
  if (member === undefined) {
    return reading.error(place, "missing_key", `${noun} ${nameOf(place)} needs \`decision\``);
  }
  const decision = readDecision(reading, member);
  if (decision === "allow_unless_rejected") {
    notActedOn(reading, member, decision, "it holds like `require_approval`");
  }
  return decision;
}

function checkTogether(reading: Reading, place: Place, members: Members, rule: Rule): void {
  const { decision } = rule;
  if (decision === "allow_with_constraints" && rule.constraints === null) {
    const help = "add `constraints`, or write `decision: allow`";
    reading.error(place, "missing_key", `rule \`${rule.id}\` needs \`constraints\``, help);
  }
  const constraints = members.get("constraints");
  if (constraints !== undefined && (decision === "allow" || decision === "log")) {
    reading.error(
      constraints,
      "value_invalid",
      `\`decision: ${decision}\` would run the action without its constraints`,
      "write `decision: allow_with_constraints`",
    );
  }
  if (constraints !== undefined && decision === "deny")
    noEffect(reading, constraints, "constraints");
  if (!isHold(decision)) {
    for (const key of holdKeys) {
      const member = members.get(key);
      if (member !== undefined) noEffect(reading, member, key);
    }
  }
  const late = rule.escalate.find((step) => step.afterMs >= (rule.timeoutMs ?? Infinity));
  const escalate = members.get("escalate");
  if (late !== undefined && escalate !== undefined) {
    const help = "make the timeout longer or the step earlier";
    reading.warn(escalate, "never_reached", "a step of `escalate` comes after the timeout", help);
  }
}

function noEffect(reading: Reading, place: Place, key: string): void {
  const help = "remove it, or choose another decision";
  reading.warn(place, "no_effect", `\`${key}\` has no effect beside this decision`, help);
}

function checkRelaxing(reading: Reading, place: Place, rule: Rule, context: RuleContext): void {
  if (!isRelaxing(rule.decision)) return;
  if (context.isInvariant) {
    reading.warn(
      place,
      "invariant_relaxes",
      `invariant \`${rule.id}\` only sets a floor: it lets no action run that no rule lets run`,
      "write it under `rules` if it should release actions",
    );
  } else if (isBroad(rule)) {
    reading.warn(
      place,
      "broad_allow",
      `rule \`${rule.id}\` releases every action that no other rule holds or denies`,
      "name the topics that it is for under `match`",
    );
  }
}

function isBroad({ match }: Rule): boolean {
  const asked = Object.entries(match).filter(([, value]) => value !== null);
  if (asked.length === 0) return true;
  return asked.length === 1 && match.topics !== null && match.topics.includes("**");
}

function optional<Value>(
  members: Members,
  key: string,
  read: (place: Place) => Value | null,
): Value | null {
  const member = members.get(key);
  return member === undefined ? null : read(member);
}

/** The id as it stands in the file, for messages; empty when there is none. */
function nameOf(place: Place): string {
  if (place.node.kind !== "map") return "";
  const value = place.node.fields.find((field) => field.key === "id")?.value;
  const id = value?.kind === "scalar" ? value.value : null;
  return typeof id === "string" ? `\`${id}\`` : "";
}
