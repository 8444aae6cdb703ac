// Counts proposals again for rules with velocity that the recording policy did not count for.

import type { Instant } from "../base/clock.ts";
import type { CompiledPolicy } from "../policy-decide/compile.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { velocityChecks } from "../policy-decide/velocity.ts";

export class VelocityRecount {
  readonly #compiled: CompiledPolicy;
  readonly #hasVelocity: boolean;
  /** Times of proposals by key, oldest first. */
  readonly #times = new Map<string, Instant[]>();
  /** Before this instant not every proposal is known. */
  #completeFrom: Instant | null = null;
  #lastAt: Instant | null = null;

  constructor(compiled: CompiledPolicy) {
    const { policy } = compiled;
    this.#compiled = compiled;
    this.#hasVelocity = [...policy.invariants, ...policy.rules].some((rule) => rule.velocity);
  }

  /** A proposal whose input is not known: counts that reach back to it are not certain. */
  miss(): void {
    if (this.#lastAt !== null) this.#completeFrom = this.#lastAt + 1;
  }

  /**
   * The input with the counts that the record lacks, and the ids of rules for which the records do
   * not reach back far enough to count. A recorded count is never replaced.
   */
  complete(
    input: EvaluationInput,
    isProposal: boolean,
  ): { readonly input: EvaluationInput; readonly uncertain: ReadonlySet<string> } {
    const { now } = input;
    this.#completeFrom ??= now;
    this.#lastAt = now;
    const uncertain = new Set<string>();
    if (!this.#hasVelocity) return { input, uncertain };
    const velocity: Record<string, number> = { ...input.facts.velocity };
    for (const { key, inMs, over, ruleId } of velocityChecks(this.#compiled, input)) {
      const times = (this.#times.get(key) ?? []).filter((at) => at > now - inMs);
      if (isProposal) times.push(now);
      this.#times.set(key, times);
      if (Object.hasOwn(velocity, key)) continue;
      const isComplete = this.#completeFrom <= now - inMs;
      if (isComplete || times.length > over) velocity[key] = times.length;
      else uncertain.add(ruleId);
    }
    return { input: { ...input, facts: { ...input.facts, velocity } }, uncertain };
  }
}
