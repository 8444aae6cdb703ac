// What a trace says beyond its rules: tags, modes, lifted rules, the budget, where constraints came from.

import { traceEntriesMax } from "../base/limits.ts";
import { writeDuration } from "../policy-file/read-duration.ts";
import type { CompiledPolicy, CompiledRule } from "./compile.ts";
import type { Constraints, Decision, EvaluationInput } from "../policy/decision.ts";

export interface Explained {
  readonly compiled: CompiledPolicy;
  readonly input: EvaluationInput;
  /** With its derived tags. */
  readonly effective: EvaluationInput;
  readonly decision: Decision;
  /** Rules that would count if the policy were enforced. */
  readonly matched: readonly CompiledRule[];
  readonly lifted: readonly { readonly rule: CompiledRule; readonly exception: string }[];
  /** True when a rule matched about which nothing was unknown. */
  readonly isCertain: boolean;
}

export function notesOn(explained: Explained): readonly string[] {
  const { compiled, input, effective, decision, matched } = explained;
  const notes: string[] = [];
  const { combine, defaults, mode } = compiled.policy;
  const added = effective.riskTags.filter((tag) => !input.riskTags.includes(tag));
  if (added.length > 0) notes.push(`\`derive\` adds ${listed(added)}`);
  const { exhaustedBy } = compiled.deciding.scope;
  if (exhaustedBy !== null) {
    notes.push(
      `the condition of ${exhaustedBy} used up the budget; what was not asked counts as unknown`,
    );
  }
  const hasRule = matched.some((rule) => !rule.isInvariant);
  if (!hasRule) {
    notes.push(`no rule matches, so the default counts: ${defaults.decision}`);
  } else if (combine === "first_match") {
    notes.push("the first matching rule of the file decides; later ones do not count");
  } else if (!explained.isCertain) {
    notes.push(
      `the rules that match are undecided, so the default counts too: ${defaults.decision}`,
    );
  }
  for (const { rule, exception } of explained.lifted.slice(0, LIFTED_MAX)) {
    notes.push(`exception \`${exception}\` lifts \`${rule.id}\``);
  }
  if (mode !== "enforce") notes.push(unenforcedNote(decision, mode));
  if (matched.length > traceEntriesMax) {
    notes.push(`${matched.length} rules match, the first ${traceEntriesMax} are listed`);
  }
  const bound = matched.filter(({ rule }) => rule.constraints !== null && rule.decision !== "deny");
  const isContradiction =
    decision.kind === "deny" && matched.every(({ rule }) => rule.decision !== "deny");
  if (isContradiction && hasRule && bound.length > 1) {
    notes.push(`the constraints of the matching rules contradict each other: ${decision.reason}`);
  }
  return [...notes, ...constraintNotes(bound, decision.constraints), ...holdNotes(explained)];
}

function unenforcedNote({ unenforced, kind }: Decision, mode: string): string {
  const enforced = unenforced ?? kind;
  return `the policy is in ${mode} mode: only its invariants count; enforced it would decide ${enforced}`;
}

function listed(tags: readonly string[]): string {
  return tags.map((tag) => `\`${tag}\``).join(", ");
}

/** Who is asked later, who may override, and what silence does, where several rules say it together. */
function holdNotes({ decision, matched }: Explained): readonly string[] {
  const { terms } = decision;
  if (terms === null) return [];
  const counting = matched.filter(
    ({ id, isHold }) => isHold && decision.matchedRuleIds.includes(id),
  );
  const notes: string[] = [];
  for (const { afterMs, to } of terms.escalate) {
    const from = counting.filter(({ rule }) => rule.escalate.some((step) => step.to === to));
    notes.push(
      `\`escalate\` to \`${to}\` after ${writeDuration(afterMs)} comes from ${idsOf(from)}`,
    );
  }
  const [floor, ...floors] = terms.invariants;
  if (floor !== undefined) {
    notes.push(`nobody can override: ${listed([floor, ...floors])} is an invariant`);
  } else if (terms.emergency === null) {
    const silent = counting.filter(({ rule }) => rule.emergency === null);
    const by =
      silent.length === 0 ? "the default holds too" : `${idsOf(silent)} names no \`emergency\``;
    if (counting.some(({ rule }) => rule.emergency !== null)) {
      notes.push(`nobody can override: ${by}`);
    }
  } else {
    const by = terms.emergency.map((one) => `\`${one.by}\` (${one.within.join(" or ")})`);
    notes.push(`an override takes ${by.join(" and ")}`);
  }
  if (decision.kind === "allow_unless_rejected") {
    const after = writeDuration(terms.windowMs ?? decision.timeoutMs);
    notes.push(`silence releases ${after} after somebody was told`);
  } else if (decision.onTimeout === "allow") {
    notes.push(`silence releases at the timeout, after ${writeDuration(decision.timeoutMs)}`);
  }
  const releases = counting.filter(({ rule }) => rule.onTimeout === "allow");
  if (releases.length > 0 && decision.onTimeout !== "allow") {
    notes.push(`\`on_timeout: allow\` of ${idsOf(releases)} does not count beside what else holds`);
  }
  return notes;
}

function idsOf(rules: readonly CompiledRule[]): string {
  return listed(rules.map(({ id }) => id));
}

/** Where each merged constraint came from. */
function constraintNotes(
  bound: readonly CompiledRule[],
  merged: Constraints | null,
): readonly string[] {
  if (merged === null || bound.length === 0) return [];
  const notes: string[] = [];
  for (const name of Object.keys(merged) as (keyof Constraints)[]) {
    const from = bound.filter(({ rule }) => rule.constraints?.[name] !== undefined);
    const ids = from.map(({ id }) => `\`${id}\``).join(", ");
    const value = merged[name];
    if (typeof value === "number") {
      const giver = from.find(({ rule }) => rule.constraints?.[name] === value);
      const smallest = from.length === 1 ? "" : `, the smallest of ${ids}`;
      notes.push(`\`${name}\` ${value} comes from \`${giver?.id ?? ""}\`${smallest}`);
    } else if (from.length === 1) {
      notes.push(`\`${name}\` comes from ${ids}`);
    } else if (name === "network_allowlist") {
      notes.push(`\`${name}\` is what ${ids} have in common`);
    } else {
      notes.push(`\`${name}\` joins those of ${ids}`);
    }
  }
  return notes;
}

/** Lifted rules that notes name; the trace has the others. */
const LIFTED_MAX = 16;
