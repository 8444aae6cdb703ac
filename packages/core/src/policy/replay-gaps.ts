// Tells when a recorded action cannot be decided again, because a rule asks what the record does not say.

import { referencesOf } from "../cel/references.ts";
import { type CompiledPolicy, compilePolicy } from "./compile.ts";
import {
  type ClauseTrace,
  type EvaluationInput,
  type RuleTrace,
  strictnessOf,
} from "./decision.ts";
import { evaluate } from "./evaluate.ts";
import { inlineCondition } from "./inline.ts";
import { type Condition, type Match, matchAnything, type Policy, type Rule } from "./policy.ts";
import type { ReplayObstacle } from "./report.ts";
import { explain } from "./trace.ts";

/** What a rule reads that a record may not hold. */
interface Reads {
  readonly paths: readonly string[];
  readonly velocityPaths: readonly string[];
  /** True when the rule adds to whatever lets the action run. */
  readonly bindsMore: boolean;
}

/** A condition that is not one of a rule, asked by a policy that holds nothing else. */
interface Probe {
  readonly paths: readonly string[];
  readonly usesUnusual: boolean;
  readonly compiled: CompiledPolicy;
}

export class GapFinder {
  readonly #compiled: CompiledPolicy;
  readonly #reads: ReadonlyMap<string, Reads>;
  /** Derivations and exceptions: what goes wrong in them does not stand in the trace. */
  readonly #probes: readonly Probe[];

  constructor(compiled: CompiledPolicy) {
    const { policy } = compiled;
    this.#compiled = compiled;
    this.#reads = new Map(
      [...policy.invariants, ...policy.rules].map((rule) => [rule.id, readsOf(rule, policy)]),
    );
    const asked = [
      ...policy.derive.map(({ when }) => ({ when, match: matchAnything })),
      ...policy.exceptions.map(({ when, match }) => ({ when, match })),
    ];
    this.#probes = asked.map(({ when, match }) => probeOf(policy, when, match));
  }

  /**
   * Null when the decision can be made. `uncounted` are the ids of rules whose velocity the record
   * has no count for.
   */
  find(
    input: EvaluationInput,
    masked: readonly string[],
    uncounted: ReadonlySet<string>,
  ): ReplayObstacle | null {
    const isWhole = masked.length === 0 && input.facts.history !== null && uncounted.size === 0;
    if (isWhole) return null;
    for (const { paths, usesUnusual, compiled } of this.#probes) {
      const gap = gapIn(paths, input, masked);
      if (gap === null && !(usesUnusual && input.facts.history === null)) continue;
      const [rule] = tracesOf(compiled, input);
      if (rule === undefined) continue;
      const found = obstacleOf(
        rule,
        { paths, velocityPaths: [], bindsMore: false },
        { input, masked, uncounted },
      );
      if (found !== null) return found;
    }
    return this.#ofRules({ input, masked, uncounted });
  }

  #ofRules(gaps: Gaps): ReplayObstacle | null {
    let decided = -1;
    let strictest = -1;
    let found: ReplayObstacle | null = null;
    for (const rule of tracesOf(this.#compiled, gaps.input)) {
      const reads = this.#reads.get(rule.ruleId);
      const obstacle = reads === undefined ? null : obstacleOf(rule, reads, gaps);
      const strictness = strictnessOf(rule.decision);
      if (obstacle === null) {
        const isCounting = rule.matched && rule.exception === null && rule.mode === "enforce";
        if (isCounting) decided = Math.max(decided, strictness);
      } else {
        const weight = reads?.bindsMore === true ? strictnessOf("deny") - 1 : strictness;
        strictest = Math.max(strictest, weight);
        found = obstacle;
      }
    }
    // The strictest rule decides, so what cannot be told of a more relaxed one does not matter.
    const isStrict = this.#compiled.policy.combine === "strict";
    return isStrict && strictest < decided ? null : found;
  }
}

interface Gaps {
  readonly input: EvaluationInput;
  readonly masked: readonly string[];
  readonly uncounted: ReadonlySet<string>;
}

/** What keeps one rule from being decided; null when it is decided without what is missing. */
function obstacleOf(rule: RuleTrace, reads: Reads, gaps: Gaps): ReplayObstacle | null {
  const found: ReplayObstacle[] = [];
  for (const clause of rule.clauses) {
    const obstacle = obstacleIn(clause, rule, reads, gaps);
    if (obstacle !== null) found.push(obstacle);
    // A definite no decides, whatever else is missing.
    else if (!clause.matched && clause.error === null) return null;
  }
  return found[0] ?? null;
}

function obstacleIn(
  { clause, error }: ClauseTrace,
  rule: RuleTrace,
  reads: Reads,
  { input, masked, uncounted }: Gaps,
): ReplayObstacle | null {
  if (clause === "unusual") return input.facts.history === null ? "history_not_recorded" : null;
  if (clause === "velocity") {
    if (!uncounted.has(rule.ruleId)) return null;
    return touches(reads.velocityPaths, masked) ? "masked_value" : "velocity_not_counted";
  }
  return clause === "when" && error !== null ? gapIn(reads.paths, input, masked) : null;
}

function gapIn(
  paths: readonly string[],
  input: EvaluationInput,
  masked: readonly string[],
): ReplayObstacle | null {
  if (touches(paths, masked)) return "masked_value";
  const readsHistory = paths.some((path) => path === "facts" || path.startsWith("facts."));
  return readsHistory && input.facts.history === null ? "history_not_recorded" : null;
}

/** True when one of the paths is, holds or stands below a hidden value. */
function touches(paths: readonly string[], masked: readonly string[]): boolean {
  return masked.some((hidden) =>
    paths.some((path) => path === hidden || isBelow(hidden, path) || isBelow(path, hidden)),
  );
}

function isBelow(path: string, other: string): boolean {
  return path.startsWith(`${other}.`) || path.startsWith(`${other}[`);
}

function tracesOf(compiled: CompiledPolicy, input: EvaluationInput): readonly RuleTrace[] {
  return explain(compiled, input, evaluate(compiled, input)).rules;
}

function readsOf(rule: Rule, policy: Policy): Reads {
  return {
    paths: pathsOf(rule.when, policy),
    bindsMore: rule.constraints !== null,
    velocityPaths: (rule.velocity?.per ?? []).flatMap((per) =>
      referencesOf(per.ast).map((path) => (path.startsWith("action") ? path : `action.${path}`)),
    ),
  };
}

function pathsOf(condition: Condition | null, policy: Policy): readonly string[] {
  return condition === null ? [] : referencesOf(inlineCondition(condition, policy, null));
}

function probeOf(policy: Policy, when: Condition | null, match: Match): Probe {
  const rule: Rule = { ...silentRule, match, when };
  const asking = { ...policy, derive: [], exceptions: [], invariants: [], rules: [rule] };
  return {
    paths: pathsOf(when, policy),
    usesUnusual: match.unusual !== null,
    compiled: compilePolicy({ ...asking, mode: "enforce", combine: "strict" }),
  };
}

const silentRule: Rule = {
  id: "probe",
  match: matchAnything,
  decision: "deny",
  reason: "",
  constraints: null,
  approvals: [],
  exclude: [],
  strongAuth: null,
  slaMs: null,
  timeoutMs: null,
  onTimeout: null,
  onReject: null,
  notify: [],
  remediations: [],
  escalate: [],
  emergency: null,
  windowMs: null,
  samplePercent: null,
  when: null,
  velocity: null,
  mode: "enforce",
  reasonTemplate: null,
  owner: null,
  waivers: [],
};
