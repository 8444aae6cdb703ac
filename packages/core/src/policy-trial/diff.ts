// Compares two policies by what they decide: about recorded actions, tests, and every limit that they draw.

import { policyDiffCasesMax } from "../base/limits.ts";
import { actionJson, factsJson, nowText } from "./action-json.ts";
import { type CompiledPolicy, compilePolicy } from "../policy-decide/compile.ts";
import type { Decision, EvaluationInput } from "../policy/decision.ts";
import { boundaryCases } from "./diff-cases.ts";
import { compareDecisions } from "./diff-decisions.ts";
import { diffSections } from "./diff-sections.ts";
import { evaluate } from "../policy-decide/evaluate.ts";
import type { Policy } from "../policy/policy.ts";
import { emptyRegistry, type Registry } from "../policy/registry.ts";
import type {
  ActionOrigin,
  DiffExample,
  Difference,
  DiffReport,
  Verdict,
} from "../policy/report.ts";
import { inputOfTest } from "./run-tests.ts";
import { maskedPaths } from "../policy/recorded-input.ts";
import { GapFinder } from "./replay-gaps.ts";
import { velocityChecks } from "../policy-decide/velocity.ts";
import { policyDigest } from "../policy-file/snapshot.ts";

/** A recorded action, and the job that it comes from. */
export interface RecordedAction {
  readonly job: string;
  readonly input: EvaluationInput;
}

export interface DiffOptions {
  readonly corpus?: readonly RecordedAction[];
  /** The instant around which times are varied; generated actions are proposed then. */
  readonly now: number;
  /** Absent: nothing is known of parameters but what conditions say. */
  readonly registry?: Registry;
  readonly casesMax?: number;
}

export function diffPolicies(before: Policy, after: Policy, options: DiffOptions): DiffReport {
  const identical = policyDigest(before) === policyDigest(after);
  const changes = diffSections(before, after);
  const sides = [compilePolicy(before), compilePolicy(after)] as const;
  const tally = new DifferenceTally(sides);
  for (const { job, input } of options.corpus ?? []) {
    tally.addRecorded({ origin: "recorded", from: job, input });
  }
  for (const test of distinctTests(before, after)) {
    tally.addByRule({ origin: "test", from: test.name, input: test.action });
  }
  let limited = false;
  if (changes.length > 0) {
    const changed = new Set(
      changes.flatMap(({ section, id }) => (isRules(section) && id !== null ? [id] : [])),
    );
    const casesMax = options.casesMax ?? policyDiffCasesMax;
    const { now, registry = emptyRegistry } = options;
    const boundary = boundaryCases(sides, { now, changed, casesMax, registry });
    limited = boundary.limited;
    for (const { about, input } of boundary.cases) {
      tally.addByRule({ origin: "boundary", from: about, input });
    }
  }
  return { identical, changes, ...tally.report(limited) };
}

function isRules(section: string): boolean {
  return section === "rules" || section === "invariants";
}

function distinctTests(before: Policy, after: Policy): Policy["tests"] {
  const tests = [...after.tests, ...before.tests];
  return [
    ...new Map(tests.map((test) => [JSON.stringify([test.name, test.action]), test])).values(),
  ];
}

interface Case {
  readonly origin: ActionOrigin;
  readonly from: string;
  /** The action as it is shown. */
  readonly input: EvaluationInput;
}

interface Group {
  readonly head: Omit<Difference, "count" | "examples">;
  count: number;
  readonly examples: DiffExample[];
}

/** Decides each action twice, and gathers what differs by the rules that are responsible. */
class DifferenceTally {
  readonly #sides: readonly [CompiledPolicy, CompiledPolicy];
  readonly #groups = new Map<string, Group>();
  readonly #origins = { recorded: 0, test: 0, boundary: 0 };
  readonly #directions = { same: 0, loosened: 0, tightened: 0 };
  readonly #gaps: readonly GapFinder[];
  #unclear = 0;

  constructor(sides: readonly [CompiledPolicy, CompiledPolicy]) {
    this.#sides = sides;
    this.#gaps = sides.map((compiled) => new GapFinder(compiled));
  }

  /** Left out when what one of them decides depends on what the record does not hold. */
  addRecorded(one: Case): void {
    const masked = maskedPaths(one.input);
    const isClear = this.#sides.every((compiled, side) => {
      const uncounted = uncountedRules(compiled, one.input);
      return this.#gaps[side]?.find(one.input, { masked, uncounted }) === null;
    });
    if (isClear) this.add(one, one.input, one.input);
    else this.#unclear += 1;
  }

  /** An action whose counts of velocity go by the ids of rules. */
  addByRule(one: Case): void {
    const [before, after] = this.#sides;
    this.add(one, inputOfTest(before, one.input), inputOfTest(after, one.input));
  }

  add(one: Case, inputBefore: EvaluationInput, inputAfter: EvaluationInput): void {
    const before = evaluate(this.#sides[0], inputBefore);
    const after = evaluate(this.#sides[1], inputAfter);
    const { direction, about } = compareDecisions(before, after);
    this.#origins[one.origin] += 1;
    this.#directions[direction] += 1;
    if (direction === "same") return;
    const head = { direction, before: verdictOf(before), after: verdictOf(after), about };
    const key = JSON.stringify([direction, head.before, head.after]);
    const group = this.#groups.get(key) ?? { head, count: 0, examples: [] };
    this.#groups.set(key, group);
    group.count += 1;
    if (group.examples.length < examplesMax) group.examples.push(exampleOf(one));
  }

  report(limited: boolean): Omit<DiffReport, "identical" | "changes"> {
    const all = [...this.#groups.values()]
      .sort((a, b) => b.count - a.count)
      .map(({ head, count, examples }) => ({ ...head, count, examples }));
    const { recorded, test, boundary } = this.#origins;
    return {
      actions: {
        recorded,
        tests: test,
        boundaries: boundary,
        ...this.#directions,
        unclear: this.#unclear,
        limited,
      },
      loosened: all.filter(({ direction }) => direction === "loosened"),
      tightened: all.filter(({ direction }) => direction === "tightened"),
    };
  }
}

function uncountedRules(compiled: CompiledPolicy, input: EvaluationInput): ReadonlySet<string> {
  const checks = velocityChecks(compiled, input);
  const missing = checks.filter(({ key }) => !Object.hasOwn(input.facts.velocity, key));
  return new Set(missing.map(({ ruleId }) => ruleId));
}

export function verdictOf(decision: Decision): Verdict {
  return { decision: decision.kind, rule: decision.ruleId };
}

function exampleOf({ origin, from, input }: Case): DiffExample {
  return { origin, from, action: actionJson(input), facts: factsJson(input), now: nowText(input) };
}

/** Actions that are shown of each kind of difference; recorded ones come first. */
const examplesMax = 3;
