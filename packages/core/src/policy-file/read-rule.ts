// Reads one rule or invariant, and says where two of its keys do not go together.

import {
  reasonLengthMax,
  velocityInMaxMs,
  velocityInMinMs,
  velocityOverMax,
} from "../base/limits.ts";
import { type DecisionKind, isHold, type Mode } from "../policy/decision.ts";
import {
  type Condition,
  type Defaults,
  type Group,
  isRelaxing,
  type Match,
  matchAnything,
  type Rule,
  type Velocity,
} from "../policy/policy.ts";
import { readConstraints, readRemediations, ruleIdForm } from "./read-constraints.ts";
import { readDecision } from "./read-decision.ts";
import { readDuration } from "./read-duration.ts";
import { readWaivers } from "./read-exception.ts";
import {
  type Absent,
  readCondition,
  readPath,
  readTemplate,
  type Scope,
} from "./read-expression.ts";
import { readHold, refuseSilence } from "./read-hold.ts";
import { readMatch } from "./read-match.ts";
import type { Scopes } from "./read-scope.ts";
import {
  type Members,
  needed,
  part,
  type Place,
  readItems,
  readMembers,
  readNumber,
  readText,
  readTexts,
  readWord,
  refuseTwice,
  type Reading,
} from "./reading.ts";
import { holdKeyNames, keysOf } from "./shape-maps.ts";

export interface RuleContext {
  readonly groups: ReadonlyMap<string, Group>;
  readonly isInvariant: boolean;
  readonly scopes: Scopes;
  readonly defaults: Defaults;
}

export function readRule(reading: Reading, place: Place, context: RuleContext): Rule | null {
  const noun = context.isInvariant ? "invariant" : "rule";
  const what = `${noun} ${nameOf(place)}`.trim();
  const members = readMembers(reading, place, what, keysOf("rule"));
  if (members === null) return null;
  const id = readId(reading, place, members, noun);
  const decision = readDecisionOf(reading, place, members, noun);
  const match = part(members, "match", (at) => readMatch(reading, at)) ?? matchAnything;
  const absent = decision !== null && isRelaxing(decision) ? "fails" : "applies";
  const rule: Rule = {
    id: id ?? "",
    match,
    decision: decision ?? "deny",
    ...readQuestions(reading, members, { match, scopes: context.scopes, absent }),
    constraints: part(members, "constraints", (at) => readConstraints(reading, at)),
    ...readHold(reading, members, context.groups),
    notify: part(members, "notify", (at) => readTexts(reading, at, "`notify`", channelForm)) ?? [],
    remediations: part(members, "remediations", (at) => readRemediations(reading, at)) ?? [],
    samplePercent: part(members, "sample", (at) => readSample(reading, at)),
    mode: part(members, "mode", (at) => readRuleMode(reading, at, context)) ?? "enforce",
    owner: part(members, "owner", (at) => readText(reading, at, "`owner`")),
    waivers: part(members, "waivers", (at) => readWaivers(reading, at)) ?? [],
  };
  if (id === null || decision === null) return null;
  checkTogether(reading, { place, members }, rule, context);
  checkRelaxing(reading, place, rule, context);
  return rule;
}

/** The parts of a rule that hold expressions. */
function readQuestions(
  reading: Reading,
  members: Members,
  { match, scopes, absent }: { match: Match; scopes: Scopes; absent: Absent },
): Pick<Rule, "when" | "velocity" | "reason" | "reasonTemplate"> {
  const own = scopes.of(match);
  const reason = part(members, "reason", (at) =>
    readText(reading, at, "`reason`", { lengthMax: reasonLengthMax }),
  );
  return {
    when: part(members, "when", (at) => {
      const condition = readCondition(reading, at, "`when`", { scopes: own, absent });
      if (condition !== null) scopes.remember(at, condition.ast, own);
      return condition;
    }),
    velocity: part(members, "velocity", (at) => readVelocity(reading, at, own)),
    reason,
    reasonTemplate:
      reason === null
        ? null
        : part(members, "reason", (at) => readTemplate(reading, at, reason, own)),
  };
}

function readVelocity(reading: Reading, place: Place, scopes: readonly Scope[]): Velocity | null {
  const what = "`velocity`";
  const members = readMembers(reading, place, what, keysOf("velocity"));
  if (members === null) return null;
  const need = { reading, place, members, what };
  const form = { min: 1, max: velocityOverMax, isWhole: true };
  const over = needed(need, "over", (at) => readNumber(reading, at, "`over`", form));
  const bounds = { minMs: velocityInMinMs, maxMs: velocityInMaxMs };
  const inMs = needed(need, "in", (at) => readDuration(reading, at, "`in`", bounds));
  const per = part(members, "per", (at) => readPaths(reading, at, scopes)) ?? [];
  return over === null || inMs === null ? null : { over, inMs, per };
}

function readPaths(reading: Reading, place: Place, scopes: readonly Scope[]): readonly Condition[] {
  const paths: Condition[] = [];
  const items = readItems(reading, place, "`per`");
  if (items.length > PATHS_MAX) {
    reading.error(place, "too_many", `\`per\` has at most ${PATHS_MAX} entries`);
  }
  for (const item of items) {
    const path = readPath(reading, item, "an entry of `per`", scopes);
    if (path === null) continue;
    if (paths.some(({ source }) => source === path.source)) {
      refuseTwice(reading, item, "`per`", path.source);
    }
    paths.push(path);
  }
  return paths;
}

const PATHS_MAX = 8;

export const modes: readonly Mode[] = ["enforce", "warn", "shadow"];

/** INVARIANT: an invariant is always enforced. */
function readRuleMode(reading: Reading, place: Place, { isInvariant }: RuleContext): Mode | null {
  const mode = readWord(reading, place, "`mode`", modes);
  if (!isInvariant) return mode;
  const message = "an invariant is always enforced, it has no mode";
  return reading.error(place, "invariant_mode", message, "remove `mode`, or write a rule");
}

const channelForm = {
  pattern: /^[a-z][a-z0-9-]*(:\S+)?$/,
  form: "write a channel such as `slack:approvals` or `log`",
};

function readSample(reading: Reading, place: Place): number | null {
  const text = readText(reading, place, "`sample`", {
    pattern: /^(100|[0-9]{1,2}(\.[0-9]{1,3})?)%$/,
    form: "write a share such as `5%`",
  });
  reading.note(
    place,
    "not_acted_on",
    "`sample` is accepted, not acted on by this version: nothing that was released is reviewed afterwards",
  );
  return text === null ? null : Number(text.slice(0, -1));
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
  return readDecision(reading, member);
}

function checkTogether(
  reading: Reading,
  { place, members }: { place: Place; members: Members },
  rule: Rule,
  context: RuleContext,
): void {
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
    for (const key of holdKeyNames) {
      const member = members.get(key);
      if (member !== undefined) noEffect(reading, member, key);
    }
  }
  refuseSilence(reading, members, rule);
  if (isHold(decision)) checkLadder(reading, members, rule, context);
}

/** Keys of a hold that come to nothing, each as a warning at its place. */
function checkLadder(
  reading: Reading,
  members: Members,
  rule: Rule,
  { isInvariant, defaults }: RuleContext,
): void {
  const { decision, escalate, remindMs, strongAuth } = rule;
  const warn = (key: string, code: string, message: string, help: string): void => {
    const member = members.get(key);
    if (member !== undefined) reading.warn(member, code, message, help);
  };
  const timeoutMs = rule.timeoutMs ?? defaults.timeoutMs;
  const onTimeout = rule.onTimeout ?? defaults.onTimeout;
  const help = "make the timeout longer or the step earlier";
  // They count on through the chain.
  if ((escalate.at(-1)?.afterMs ?? 0) >= timeoutMs && onTimeout !== "escalate") {
    warn("escalate", "never_reached", "a step of `escalate` comes after the timeout", help);
  }
  if ((remindMs.at(-1) ?? 0) >= timeoutMs && onTimeout !== "escalate" && escalate.length === 0) {
    warn("remind", "never_reached", "a reminder comes after the timeout", help);
  }
  if (decision !== "allow_unless_rejected") {
    const message = "`window` has no effect: only `allow_unless_rejected` has a veto window";
    warn("window", "no_effect", message, "remove it, or choose `allow_unless_rejected`");
  }
  if (isInvariant) {
    const message = "`emergency` has no effect: an invariant cannot be overridden";
    warn("emergency", "no_effect", message, "remove it, or write the rule under `rules`");
  } else if (strongAuth !== null) {
    const message = "`emergency` has no effect beside `strong_auth`";
    warn("emergency", "no_effect", message, "remove one of the two");
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

function isBroad({ match, when, velocity }: Rule): boolean {
  if (when !== null || velocity !== null) return false;
  const asked = Object.entries(match).filter(([, value]) => value !== null);
  if (asked.length === 0) return true;
  return asked.length === 1 && match.topics !== null && match.topics.includes("**");
}

/** The id as it stands in the file, for messages; empty when there is none. */
function nameOf(place: Place): string {
  if (place.node.kind !== "map") return "";
  const value = place.node.fields.find((field) => field.key === "id")?.value;
  const id = value?.kind === "scalar" ? value.value : null;
  return typeof id === "string" ? `\`${id}\`` : "";
}
