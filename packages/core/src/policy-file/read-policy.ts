// Reads a whole policy from its positioned tree: every part, every fault, in one pass.

import {
  holdTimeoutDefaultMs,
  holdTimeoutMaxMs,
  holdTimeoutMinMs,
  reasonLengthMax,
  rejectionMemoryDefaultMs,
  rejectionMemoryMaxMs,
  rulesMax,
} from "../base/limits.ts";
import { type Finding, hasErrors, sortFindings } from "../policy/finding.ts";
import {
  type Defaults,
  isRelaxing,
  type Policy,
  type Rule,
  type Vocabulary,
} from "../policy/policy.ts";
import { readDecision } from "./read-decision.ts";
import { readDuration, readDurationOrNone } from "./read-duration.ts";
import { readDerivations, readExceptions } from "./read-exception.ts";
import {
  readGovernance,
  readGroups,
  readRoles,
  readSchedules,
  usualGovernance,
} from "./read-groups.ts";
import { readDefaultOnTimeout } from "./read-hold.ts";
import { noParameters, readParameters, readVocabulary } from "./read-names.ts";
import { modes, readRule, type RuleContext } from "./read-rule.ts";
import { Scopes } from "./read-scope.ts";
import { readTests } from "./read-test.ts";
import { readCalendars } from "./read-time.ts";
import { noVariables, readVariables } from "./read-variables.ts";
import {
  type Members,
  type Names,
  part,
  type Place,
  readItems,
  readMembers,
  readText,
  readWord,
  Reading,
} from "./reading.ts";
import type { Registry } from "../policy/registry.ts";
import { keysOf } from "./shape-maps.ts";
import type { Source } from "./source.ts";

export type PolicyReading =
  | { readonly ok: true; readonly policy: Policy; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

const noRoles: Pick<Policy, "roles" | "roleLimits"> = { roles: new Map(), roleLimits: new Map() };
const combinings: readonly Policy["combine"][] = ["strict", "first_match"];

/** INVARIANT: a file with one error gives no policy; nothing of it is ever half read. */
export function readPolicy(source: Source, registry: Registry | null = null): PolicyReading {
  const reading = new Reading(source);
  const root = source.root === null ? null : { node: source.root, path: "" };
  const policy = root === null ? null : readRoot(reading, root, registry);
  const findings = sortFindings(reading.findings);
  return policy === null || hasErrors(findings)
    ? { ok: false, findings }
    : { ok: true, policy, findings };
}

function readRoot(reading: Reading, place: Place, registry: Registry | null): Policy | null {
  const members = readMembers(reading, place, "the policy", keysOf("policy"));
  if (members === null) return null;
  const vocabulary = part(members, "vocabulary", (at) => readVocabulary(reading, at));
  reading.names = namesOf(members, vocabulary);
  readVersion(reading, place, members);
  if (!members.has("rules")) {
    reading.error(place, "missing_key", "the policy needs `rules`", "write `rules: []` for none");
  }
  const parameters = part(members, "parameters", (at) => readParameters(reading, at));
  const { variables, types } =
    part(members, "variables", (at) => readVariables(reading, at, parameters ?? noParameters)) ??
    noVariables;
  const scopes = new Scopes({
    variables: types,
    parameters: parameters ?? noParameters,
    registry,
  });
  const defaults = readDefaults(reading, members);
  const policy: Policy = {
    version: "v1",
    combine:
      part(members, "combine", (at) => readWord(reading, at, "`combine`", combinings)) ?? "strict",
    mode: part(members, "mode", (at) => readWord(reading, at, "`mode`", modes)) ?? "enforce",
    vocabulary: vocabulary ?? { riskTags: null, topics: null },
    calendars: part(members, "calendars", (at) => readCalendars(reading, at)) ?? new Map(),
    parameters: parameters ?? noParameters,
    variables,
    derive: part(members, "derive", (at) => readDerivations(reading, at, scopes)) ?? [],
    exceptions: part(members, "exceptions", (at) => readExceptions(reading, at, scopes)) ?? [],
    defaults,
    ...(part(members, "roles", (at) => readRoles(reading, at)) ?? noRoles),
    governance: part(members, "governance", (at) => readGovernance(reading, at)) ?? usualGovernance,
    ...readAsked(reading, members, { scopes, defaults }),
    schedules: part(members, "schedules", (at) => readSchedules(reading, at)) ?? new Map(),
    tests: part(members, "tests", (at) => readTests(reading, at)) ?? [],
  };
  refuseRepeatedIds(reading, members);
  for (const name of variables.keys()) {
    const at = members.get("variables")?.node;
    const node = at?.kind === "map" ? at.fields.find(({ key }) => key === name)?.value : undefined;
    const ast = variables.get(name)?.ast;
    if (node === undefined || ast === undefined) continue;
    scopes.remember({ node, path: `/variables/${name}` }, ast, scopes.open);
  }
  scopes.tell(reading);
  return policy;
}

/** Rules and invariants, with the groups that they ask. */
function readAsked(
  reading: Reading,
  members: Members,
  shared: Pick<RuleContext, "scopes" | "defaults">,
): Pick<Policy, "groups" | "invariants" | "rules"> {
  const groups = part(members, "groups", (at) => readGroups(reading, at)) ?? new Map();
  const rulesOf = (key: string, isInvariant: boolean): readonly Rule[] =>
    part(members, key, (at) => readRules(reading, at, key, { groups, isInvariant, ...shared })) ??
    [];
  return { groups, invariants: rulesOf("invariants", true), rules: rulesOf("rules", false) };
}

function namesOf(members: Members, vocabulary: Vocabulary | null): Names {
  const idsOf = (key: string): ReadonlySet<string> =>
    new Set(idPlaces(members, key).map(({ id }) => id));
  return {
    roles: namesIn(members, "roles"),
    groups: namesIn(members, "groups"),
    schedules: namesIn(members, "schedules"),
    calendars: namesIn(members, "calendars"),
    rules: idsOf("rules"),
    invariants: idsOf("invariants"),
    riskTags: vocabulary?.riskTags ? new Set(vocabulary.riskTags) : null,
    topics: vocabulary?.topics ?? null,
  };
}

function readVersion(reading: Reading, place: Place, members: Members): void {
  const version = members.get("version");
  if (version === undefined) {
    const help = "begin the file with `version: v1`";
    reading.error(place, "missing_key", "the policy needs `version`", help);
  } else readWord(reading, version, "`version`", ["v1"]);
}

function readRules(
  reading: Reading,
  place: Place,
  key: string,
  context: RuleContext,
): readonly Rule[] {
  const items = readItems(reading, place, `\`${key}\``);
  if (items.length > rulesMax) {
    reading.error(place, "too_many", `a policy has at most ${rulesMax} rules`);
    return [];
  }
  const rules: Rule[] = [];
  for (const item of items) {
    const rule = readRule(reading, item, context);
    if (rule !== null) rules.push(rule);
  }
  return rules;
}

function readDefaults(reading: Reading, members: Members): Defaults {
  const absent: Defaults = {
    decision: "require_approval",
    reason: null,
    timeoutMs: holdTimeoutDefaultMs,
    onTimeout: "block",
    onError: "deny",
    rejectionMemoryMs: rejectionMemoryDefaultMs,
  };
  const place = members.get("defaults");
  if (place === undefined) return absent;
  const parts = readMembers(reading, place, "`defaults`", keysOf("defaults"));
  if (parts === null) return absent;
  const bounds = { minMs: holdTimeoutMinMs, maxMs: holdTimeoutMaxMs };
  return {
    decision: part(parts, "decision", (at) => readDefaultDecision(reading, at)) ?? absent.decision,
    reason: part(parts, "reason", (at) => readDefaultReason(reading, at)),
    timeoutMs:
      part(parts, "timeout", (at) => readDuration(reading, at, "`timeout`", bounds)) ??
      absent.timeoutMs,
    onTimeout:
      part(parts, "on_timeout", (at) => readDefaultOnTimeout(reading, at)) ?? absent.onTimeout,
    onError:
      part(parts, "on_error", (at) => readWord(reading, at, "`on_error`", onErrors)) ??
      absent.onError,
    rejectionMemoryMs:
      part(parts, "rejection_memory", (at) => readMemory(reading, at)) ?? absent.rejectionMemoryMs,
  };
}

function readMemory(reading: Reading, place: Place): number | null {
  return readDurationOrNone(reading, place, "`rejection_memory`", {
    minMs: 1_000,
    maxMs: rejectionMemoryMaxMs,
  });
}

/** The reason of the default is text: it belongs to no rule whose action it could speak of. */
function readDefaultReason(reading: Reading, place: Place): string | null {
  const reason = readText(reading, place, "`reason`", { lengthMax: reasonLengthMax });
  if (reason?.includes("${")) {
    const message = "`${…}` in the reason of `defaults` stays as it stands";
    reading.warn(place, "no_effect", message, "write a rule when the reason is to name something");
  }
  return reason;
}

const onErrors: readonly Defaults["onError"][] = ["deny", "require_approval"];

function readDefaultDecision(reading: Reading, place: Place): Defaults["decision"] | null {
  const decision = readDecision(reading, place);
  if (decision === "allow_with_constraints") {
    const help = "write a rule without `match` that carries the constraints";
    return reading.error(place, "value_invalid", "`defaults` cannot carry constraints", help);
  }
  if (decision !== null && isRelaxing(decision)) {
    const help = "write `require_approval` or `deny`, and a rule for what may run";
    reading.warn(place, "broad_allow", "every action that no rule names runs without people", help);
  }
  return decision;
}

/** Rules and invariants share one space of ids, because a decision names its rule by id alone. */
function refuseRepeatedIds(reading: Reading, members: Members): void {
  const places = ["invariants", "rules"].flatMap((key) => idPlaces(members, key));
  const paths = new Map<string, string>();
  for (const { id, place } of places.sort((a, b) => a.place.node.at - b.place.node.at)) {
    const before = paths.get(id);
    if (before === undefined) paths.set(id, place.path);
    else {
      const help = `the first one is at ${before}; give each rule an id of its own`;
      reading.error(place, "duplicate_rule_id", `another rule is called \`${id}\` too`, help);
    }
  }
}

function idPlaces(members: Members, key: string): { id: string; place: Place }[] {
  const node = members.get(key)?.node;
  if (node?.kind !== "list") return [];
  return node.items.flatMap((item, index) => {
    const id =
      item.kind === "map" ? item.fields.find((field) => field.key === "id")?.value : undefined;
    if (id?.kind !== "scalar" || typeof id.value !== "string") return [];
    return [{ id: id.value, place: { node: id, path: `/${key}/${index}/id` } }];
  });
}

function namesIn(members: Members, key: string): ReadonlySet<string> {
  const node = members.get(key)?.node;
  return new Set(node?.kind === "map" ? node.fields.map((field) => field.key) : []);
}
