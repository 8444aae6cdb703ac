// Decides beside the server, without what only the server knows; every doubt is left to the server.

import { unknown } from "./clause.ts";
import { applyRegistry, type CompiledRegistry, compileRegistry } from "./apply-registry.ts";
import { type CompiledPolicy, compilePolicy, type CompiledRule } from "./compile.ts";
import { type CompiledCondition, rootBit } from "./condition.ts";
import type { Decision, EvaluationInput } from "../policy/decision.ts";
import { evaluate } from "./evaluate.ts";
import { outcome } from "./find-matches.ts";
import { matchAnything, type Match, type Policy } from "../policy/policy.ts";
import { isOwnTopic } from "../policy/publish.ts";
import type { Registry } from "../policy/registry.ts";
import { buildIndex, type TopicIndex } from "./topic-index.ts";
import { findRules, makeScratch, type Scratch } from "./topic-walk.ts";
import { velocityChecks } from "./velocity.ts";

/** Why the server has to decide. */
export type LocalDoubt =
  /** A topic of the server's own. */
  | "own_topic"
  /** A rule for this topic, or a derivation or tool, looks at what happened before. */
  | "history"
  /** A rule counts such proposals. */
  | "velocity"
  /** A rule looks at the clock, or says another thing at the two ends of the span. */
  | "time"
  /** A rule could not be told to apply or not, or the budget was used up. */
  | "undecided"
  /** A rule, or the policy, only warns or runs in the shadow, and would have said something. */
  | "unenforced"
  /** Held, denied, or released with constraints or a notice. */
  | "not_plain";

export type LocalAnswer =
  | { readonly isDecided: true; readonly decision: Decision }
  | { readonly isDecided: false; readonly why: LocalDoubt };

/** A policy and its tool registry, ready to decide beside the server. */
export interface LocalPolicy {
  readonly compiled: CompiledPolicy;
  readonly registry: CompiledRegistry;
  /** By number of a rule: what it asks for beyond the action, as `asks` has it. */
  readonly asked: Uint8Array;
  /** Topics about which some rule looks at history. */
  readonly history: { readonly index: TopicIndex; readonly scratch: Scratch };
  readonly hasVelocity: boolean;
  /** Why nothing at all is decided here; null when something may be. */
  readonly never: LocalDoubt | null;
}

const asks = {
  /** Expressions over `now`: it may say another thing at every moment. */
  instant: 1,
  /** A calendar, or an exception that ends: it says the same until a boundary. */
  span: 2,
} as const;

export function prepareLocal(policy: Policy, tools: Registry): LocalPolicy {
  return localOver(compilePolicy(policy), compileRegistry(tools));
}

/** Over what is compiled already; its working memory is shared. */
export function localOver(compiled: CompiledPolicy, registry: CompiledRegistry): LocalPolicy {
  const reads = readerOf(compiled);
  const topics = compiled.rules
    .filter((rule) => readsHistory(compiled, rule, reads))
    .map(({ rule }): Match => ({ ...matchAnything, topics: rule.match.topics }));
  const index = buildIndex(topics);
  return {
    compiled,
    registry,
    asked: Uint8Array.from(compiled.rules, (rule) => asksOf(compiled, rule, reads)),
    history: { index, scratch: makeScratch(index) },
    hasVelocity: compiled.rules.some(({ velocity }) => velocity !== null),
    never: neverOf(compiled, registry, reads),
  };
}

/**
 * The decision that the server would make at any instant from `input.now` to `until`, whatever history
 * and counts say; or why that cannot be told. What people rejected is not looked at: whoever asks knows
 * the topics of which something is remembered.
 *
 * INVARIANT: with a decision, the server's own about the same action under the same policy and tools is
 * the same one. `input.facts` are not looked at.
 */
export function decideLocally(
  local: LocalPolicy,
  input: EvaluationInput,
  until: number,
): LocalAnswer {
  const { never, history, compiled } = local;
  if (never !== null) return doubt(never);
  if (isOwnTopic(input.topic)) return doubt("own_topic");
  findRules(history.index, history.scratch, input);
  if (history.scratch.foundCount > 0) return doubt("history");
  const known = withTools(local.registry, input);
  if (local.hasVelocity && velocityChecks(compiled, known).length > 0) return doubt("velocity");
  // As the server does at each decision: what the registry says counts on top of what it said before.
  const whole = known === input ? input : withTools(local.registry, known);
  const decision = evaluate(compiled, whole);
  const asked = askedBy(local);
  if ((asked & asks.instant) !== 0) return doubt("time");
  const why = plainDoubt(local, decision);
  if (why !== null) return doubt(why);
  if ((asked & asks.span) === 0 || until === input.now) return { isDecided: true, decision };
  const later = evaluate(compiled, { ...whole, now: until });
  const isSame = plainDoubt(local, later) === null && saysTheSame(decision, later);
  return isSame ? { isDecided: true, decision } : doubt("time");
}

function doubt(why: LocalDoubt): LocalAnswer {
  return { isDecided: false, why };
}

/** The same object when no tool fits. */
function withTools(registry: CompiledRegistry, input: EvaluationInput): EvaluationInput {
  const { entries, riskTags, reversible, effect } = applyRegistry(registry, input);
  return entries.length === 0 ? input : { ...input, riskTags, reversible, effect };
}

/** What the rules that the last decision considered ask for, together. */
function askedBy({ compiled: { scratch }, asked }: LocalPolicy): number {
  let all = 0;
  for (let place = 0; place < scratch.foundCount; place += 1) {
    all |= asked[scratch.found[place] ?? -1] ?? 0;
  }
  return all;
}

/** Looks at the decision that was made last. */
function plainDoubt({ compiled }: LocalPolicy, decision: Decision): LocalDoubt | null {
  if (decision.unenforced !== null || decision.warnings.length > 0) return "unenforced";
  if (decision.kind !== "allow" && decision.kind !== "log") return "not_plain";
  if (decision.constraints !== null || decision.notify.length > 0) return "not_plain";
  const { scratch, deciding } = compiled;
  if (deciding.scope.exhaustedBy !== null) return "undecided";
  for (let place = 0; place < scratch.foundCount; place += 1) {
    const result = deciding.outcomes[scratch.found[place] ?? -1] ?? 0;
    const isAsked = (result & outcome.unasked) === 0;
    if (isAsked && (result & outcome.answer) === unknown) return "undecided";
  }
  return null;
}

function saysTheSame(one: Decision, other: Decision): boolean {
  return (
    one.kind === other.kind &&
    one.ruleId === other.ruleId &&
    one.reason === other.reason &&
    one.matchedRuleIds.join("\n") === other.matchedRuleIds.join("\n")
  );
}

/** Roots that a condition reads, those of the variables that it names with them. */
type Reads = (condition: CompiledCondition | null) => number;

function readerOf({ surroundings }: CompiledPolicy): Reads {
  const { variables } = surroundings;
  const known: number[] = [];
  const reads: Reads = (condition) => {
    if (condition === null) return 0;
    return condition.variables.reduce((all, number) => all | (known[number] ?? 0), condition.reads);
  };
  // Each variable names only those before it.
  for (const { condition } of variables) known.push(reads(condition));
  return reads;
}

/** Roots that anything of the rule reads: its `when`, its exceptions, the expressions of its reason. */
function readsOf({ exceptions }: CompiledPolicy, rule: CompiledRule, reads: Reads): number {
  const lifting = rule.exceptions.map((number) => reads(exceptions[number]?.condition ?? null));
  const reason = (rule.template ?? []).map((part) => (typeof part === "string" ? 0 : reads(part)));
  return [reads(rule.condition), ...lifting, ...reason].reduce((all, one) => all | one, 0);
}

function exceptionsOf({ policy }: CompiledPolicy, rule: CompiledRule): readonly Match[] {
  return rule.exceptions.flatMap((number) => policy.exceptions[number]?.match ?? []);
}

function readsHistory(compiled: CompiledPolicy, rule: CompiledRule, reads: Reads): boolean {
  if (rule.rule.match.unusual !== null) return true;
  if (exceptionsOf(compiled, rule).some(({ unusual }) => unusual !== null)) return true;
  return (readsOf(compiled, rule, reads) & rootBit.facts) !== 0;
}

function asksOf(compiled: CompiledPolicy, rule: CompiledRule, reads: Reads): number {
  const matches = [rule.rule.match, ...exceptionsOf(compiled, rule)];
  const isTimed = matches.some(({ during, outside }) => during !== null || outside !== null);
  return (
    ((readsOf(compiled, rule, reads) & rootBit.now) === 0 ? 0 : asks.instant) |
    (isTimed || rule.exceptions.length > 0 ? asks.span : 0)
  );
}

/** Derivations and tools are asked about every action: one that needs the server takes everything there. */
function neverOf(
  { derive }: CompiledPolicy,
  { byTopic, byTool }: CompiledRegistry,
  reads: Reads,
): LocalDoubt | null {
  const tools = [...byTopic, ...byTool].flatMap(({ rows, recipients }) => [rows, recipients]);
  const all = [...derive.map(({ condition }) => condition), ...tools].reduce(
    (roots, condition) => roots | reads(condition),
    0,
  );
  if ((all & rootBit.facts) !== 0) return "history";
  return (all & rootBit.now) === 0 ? null : "time";
}
